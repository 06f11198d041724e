"""The gallery in a real browser: a server of this process on a bucket, and windows on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from playwright.sync_api import Page

from catalogs.gallery.house import House
from catalogs.gallery.settings import GallerySettings
from catalogs.gallery.web.app import create_app
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from tests.catalogs.gallery.rack import a_design, a_failure, hang_pictures, publish_rows

# 4 garments × 90 styles: more than a window holds, few enough to be painted in a second.
DESIGNS = 360
FAILURES = 6
LOOK_EVERY_S = 0.2
_STARTS_WITHIN_S = 20.0


@dataclass(frozen=True)
class Served:
    """A gallery that answers.

    Attributes:
        address: http://127.0.0.1:port, without a slash at the end.
        storage: its bucket; it looks for new manifests five times a second.
        house: what its pages work with.
    """

    address: str
    storage: Storage
    house: House


def hung(folder: Path, designs: int = DESIGNS) -> Storage:
    """Return a bucket with a night of designs, a few failures and their pictures."""
    storage = DirectoryStorage(folder)
    rows = [a_design(number) for number in range(designs)]
    rows += [a_failure(number) for number in range(designs, designs + FAILURES)]
    hang_pictures(storage, rows)
    publish_rows(storage, rows)
    return storage


@contextmanager
def serving(storage: Storage) -> Iterator[Served]:
    """Serve a bucket's gallery on a free port of this machine."""
    house = House.of(storage, GallerySettings(look_every_s=LOOK_EVERY_S))
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(house),
            host="127.0.0.1",
            port=0,
            log_level="warning",
            ws="none",
            timeout_graceful_shutdown=2,
        )
    )
    thread = threading.Thread(target=server.run, name="gallery", daemon=True)
    thread.start()
    try:
        ends = time.monotonic() + _STARTS_WITHIN_S
        while not server.started:
            if not thread.is_alive() or time.monotonic() > ends:
                raise RuntimeError("the gallery did not start; what it said is above")
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{port}", storage, house)
    finally:
        server.should_exit = True
        thread.join(timeout=_STARTS_WITHIN_S)


def wait_until_true(page: Page, is_so: Callable[[], bool], *, within_s: float = 15.0) -> None:
    """Wait for something that happens outside the page, and let the page work meanwhile."""
    late = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < late, "it did not happen"
        page.wait_for_timeout(50)


def wait_until(page: Page, script: str, *, within_s: float = 15.0) -> None:
    """Wait until an expression is true in a page (Playwright's own way is forbidden by the page's policy)."""
    ends = time.monotonic() + within_s
    while not page.evaluate(script):
        if time.monotonic() > ends:
            raise AssertionError(f"{script} did not become true within {within_s:.0f} s")
        page.wait_for_timeout(50)
