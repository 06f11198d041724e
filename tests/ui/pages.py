"""Prefect's pages in a real browser: a form filled in, a run watched, its buttons clicked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# no sandbox inside containers, and nothing that would ask a host of its maker's
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000
MOST_RETRIES = 3
ENDED = re.compile("Completed|Crashed|Failed")


@dataclass
class Pages:
    """The pages of one server, in one window.

    Attributes:
        page: the window.
        address: of the server, http://127.0.0.1:port.
        hosts: that the browser has asked, whatever for.
    """

    page: Page
    address: str
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        self.page.set_default_timeout(PATIENCE_MS)

    def open_form(self, deployment: str) -> None:
        """Open the form of a deployment's custom run."""
        self.page.goto(f"{self.address}/deployments/deployment/{deployment}/run")
        self.page.locator(".schema-form-property").first.wait_for()

    def titles(self) -> list[str]:
        """Return what stands above the fields of the form, in their order."""
        shown = self.page.locator(".schema-form-property__label").all_inner_texts()
        return [title.removesuffix(" (Optional)") for title in shown]

    def field(self, title: str) -> Locator:
        """Return a field of the form by what stands above it."""
        label = self.page.locator(".schema-form-property__label").get_by_text(title, exact=True)
        optional = self.page.locator(".schema-form-property__label").get_by_text(
            f"{title} (Optional)", exact=True
        )
        return self.page.locator(".schema-form-property").filter(has=label.or_(optional))

    def fill(self, title: str, value: str | int | bool) -> None:
        """Fill in a field of the form as a person does: choose, type or switch."""
        one = self.field(title)
        if isinstance(value, bool):
            switch = one.locator(".p-toggle__control")
            if (switch.get_attribute("aria-checked") == "true") != value:
                switch.click()
        elif one.locator(".p-select-button__control").count():
            # a click opens these lists and closes them again (Prefect 3.8.8): people press space
            one.locator(".p-select-button__control").press("Space")
            self.page.locator(".p-select-option").get_by_text(str(value), exact=True).click()
        else:
            one.locator("input, textarea").fill(str(value))

    def submit(self) -> str:
        """Send the form, open the page of the run that it began, and return the run's id.

        Where the server is too busy to take it, it is sent again, as a person would.
        """
        for _ in range(MOST_RETRIES):
            with self.page.expect_response("**/create_flow_run") as answer:
                self.page.get_by_role("button", name="Submit", exact=True).click()
            if answer.value.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        assert answer.value.ok, f"{answer.value.status}: {answer.value.text()}"
        run = str(answer.value.json()["id"])
        self.open_run(run)
        return run

    def submit_in_vain(self) -> str:
        """Send a form that is refused; return what the page says."""
        self.page.get_by_role("button", name="Submit", exact=True).click()
        said = self.page.locator(".p-toast__message").first
        said.wait_for()
        return said.inner_text()

    def open_run(self, run: str) -> None:
        """Open a run's page."""
        self.page.goto(f"{self.address}/runs/flow-run/{run}")

    def wait_for_state(self, name: str, *, within_s: float = 300.0) -> None:
        """Wait until the page of the run says that it is in a state."""
        expect(self.page.locator(".state-badge").first).to_have_text(name, timeout=1000 * within_s)

    def retry(self) -> None:
        """Click Retry, and once more where the page asks whether it is meant."""
        button = self.page.get_by_role("button", name="Retry", exact=True)
        button.click()
        expect(button).to_have_count(2, timeout=PATIENCE_MS)
        button.last.click()
        expect(button).not_to_have_count(2, timeout=PATIENCE_MS)

    def retry_to_the_end(self) -> None:
        """Click Retry until the run is completed, as somebody does who was quick.

        A worker tells of a death twice, seconds apart: a run that was retried in between says Crashed again.
        """
        badge = self.page.locator(".state-badge").first
        for _ in range(MOST_RETRIES):
            self.retry()
            expect(badge).not_to_have_text("Crashed", timeout=PATIENCE_MS)
            expect(badge).to_have_text(ENDED, timeout=5 * PATIENCE_MS)
            if badge.inner_text().strip() != "Crashed":
                break
        self.wait_for_state("Completed")

    def open_artifact(self, key: str) -> None:
        """Open an artifact of the run whose page is open."""
        self.page.get_by_text("Artifacts", exact=True).click()
        self.page.locator("a[href*='/artifacts/']").filter(has_text=key).first.click()
        self.page.wait_for_url("**/artifacts/**")


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start Chromium; skips where there is none."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"needs a browser at {CHROMIUM} (Debian's package chromium)")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        except Error as error:
            pytest.skip(f"{CHROMIUM} does not start: {error.message.splitlines()[0]}")
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def browsing(address: str, *, height_px: int = 1000) -> Iterator[Pages]:
    """Open a browser on a server's pages; skips where there is none."""
    with a_browser() as browser:
        yield Pages(browser.new_page(viewport={"width": 1280, "height": height_px}), address)
