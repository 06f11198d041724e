"""One gallery and one browser for all tests of this folder; a window of its own for each test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalogs.gallery.safety.porter import COOKIE, Porter
from catalogs.gallery.safety.users import EDITOR, User
from catalogs.gallery.shortlists import edit
from tests.ui.gallery.serving import Served, hung, serving
from tests.ui.pages import a_browser

PATIENCE_MS = 15_000
Signed = Callable[..., Page]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def gallery(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Served]:
    """A gallery of 360 designs that all tests share: what a test writes there, others see."""
    with serving(hung(tmp_path_factory.mktemp("gallery") / "bucket")) as served:
        yield served


@pytest.fixture
def window(browser: Browser, gallery: Served) -> Iterator[Callable[..., Page]]:
    """Opens windows of a person's own: ``window("/shortlists", viewport=…)``, all options as Playwright's.

    A test fails that makes a page ask another host, throw, or run what the page's policy forbids.
    """
    contexts = []
    wrong: list[str] = []

    def opened(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": gallery.address, "viewport": {"width": 1280, "height": 800}} | options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
        )
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((options.get("base_url", gallery.address), "data:", "blob:"))
                else wrong.append(asked.url)
            ),
        )
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def signed(window: Callable[..., Page], gallery: Served) -> Signed:
    """Opens windows of editors: ``signed("mia", "/shortlists")``, of another gallery with ``at=``."""

    def opened(name: str, path: str, *, at: Served = gallery, **options: object) -> Page:
        porter, port = Porter(at.house.settings), at.address.rpartition(":")[2]
        cookie = {
            "name": f"{COOKIE}-{port}",
            "value": porter.let_in(User(name, EDITOR)),
            "domain": "127.0.0.1",
            "path": "/",
            "expires": -1,
            "httpOnly": True,
            "secure": False,
            "sameSite": "Strict",
        }
        state = {"cookies": [cookie], "origins": []}
        return window(path, storage_state=state, base_url=at.address, **options)

    return opened


@pytest.fixture
def spring(gallery: Served) -> str:
    """A fresh list of five designs; its id."""
    list_id = f"spring-{time.time_ns():x}"
    designs = [tile.design_id for tile in gallery.house.finder.tiles([1, 2, 3, 4, 5])]
    edit(gallery.house.shelf, list_id, {"kind": "create", "text": "Spring"}, by="mia")
    for design in designs:
        edit(gallery.house.shelf, list_id, {"kind": "add", "design": design}, by="mia")
    return list_id
