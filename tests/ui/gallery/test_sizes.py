"""The pages on a tablet under fingers, at 200 %, on paper, and for people who ask for less motion."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.catalogs.gallery.rack import a_design
from tests.ui.gallery.serving import wait_until
from tests.ui.gallery.stops import stop

Signed = Callable[..., Page]
TABLET = {"viewport": {"width": 768, "height": 1024}, "has_touch": True, "is_mobile": True}
# 1280 × 800 at 200 % is half as many CSS px.
DOUBLED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
ONE, TWO = (a_design(number)["design_id"] for number in (45, 46))
PAGES = (
    "/?group=garment&min_motif=0.5",
    f"/design/{ONE}?sort=motif",
    f"/compare?id={ONE}&id={TWO}",
    "/shortlists",
    "/shortlist/{spring}",
    "/shortlist/{spring}/history",
    f"/ask?design={ONE}",
    "/requests",
    "/failures",
)
# What is wider than the window, or holds more than it shows; strips and tables scroll by themselves.
_CUT = """() => {
  const wide = document.documentElement.clientWidth;
  const apart = '.unseen, .said, .strip, .scrolled, .skip';
  const shown = [...document.querySelectorAll('*')].filter((one) =>
    one.checkVisibility({ visibilityProperty: true }) && !one.closest(apart));
  const out = shown.filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    return right > wide + 1 || left < -1 || (one === document.documentElement && one.scrollWidth > wide);
  });
  const cut = shown.filter((one) => one.matches('button, .button, h1, h2, label, th, .chip')
    && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'hidden');
  const name = (one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 30)}`;
  return [...out, ...cut].map(name);
}"""
# What a finger has to hit and is smaller than 24 px (WCAG 2.5.8); a link within a sentence may be.
_SMALL = """() => {
  const all = [...document.querySelectorAll('a, button, input, select, textarea, summary')];
  const isOn = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.unseen, .skip');
  const text = (one) => one.textContent.trim();
  const isInText = (one) => one.matches('p > a') && text(one.parentElement) !== text(one);
  return all.filter((one) => isOn(one) && !isInText(one)).filter((one) => {
    const { width, height } = (one.closest('label') ?? one).getBoundingClientRect();
    return width && Math.min(width, height) < 23.9;
  }).map((one) => `${one.tagName} ${(one.ariaLabel ?? text(one)).slice(0, 30)}`);
}"""


def opened(signed: Signed, path: str, spring: str, **options: object) -> Page:
    page = signed("ann", path.format(spring=spring), **options)
    page.wait_for_load_state("networkidle")
    return page


class Finger:
    """One finger on a page, as the browser itself knows it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def touch(self, kind: str, x: float, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Go from a place to another and rest there: what is let go of at once flies on, swallowing taps."""
        self.touch("touchStart", *start)
        for step in range(1, 6):
            self._page.wait_for_timeout(16)
            share = step / 5
            self.touch("touchMove", *(a + share * (b - a) for a, b in zip(start, end, strict=True)))
        self._page.wait_for_timeout(150)
        self.touch("touchMove", end[0] + 1, end[1])
        self.touch("touchEnd", *end)


def test_a_tablet_is_used_with_fingers(signed: Signed, spring: str):
    ann = opened(signed, "/?sort=motif", spring, **TABLET)
    finger = Finger(ann)
    ann.get_by_role("button", name="Filters").tap()
    ann.get_by_role("checkbox", name="dress").tap()
    expect(ann.get_by_role("heading", level=1)).to_have_text("180 designs")
    ann.get_by_role("button", name="Filters").tap()
    finger.swipe((384, 900), (384, 200))
    wait_until(ann, "scrollY > 300 && !document.querySelector('.tile.blank')")

    # held, it shows what the design is made of, and does not open it
    middle = 384.0, 500.0
    finger.touch("touchStart", *middle)
    peek = ann.locator("#peek")
    expect(peek.get_by_text("Garment")).to_be_visible()
    expect(peek.get_by_text("Textile")).to_be_visible()
    wait_until(ann, "[...document.querySelectorAll('#peek img')].every((one) => one.naturalWidth > 0)")
    finger.touch("touchEnd", *middle)
    expect(peek).to_be_hidden()
    assert "/design/" not in ann.url
    # a tap does
    ann.touchscreen.tap(*middle)
    ann.wait_for_url("**/design/*")

    # a finger across the picture goes to the next one; choosing and the slider are under it, too
    ann.wait_for_load_state("networkidle")
    here = ann.url
    finger.swipe((600, 500), (150, 510))
    ann.wait_for_url(lambda url: "/design/" in url and url != here)
    ann.wait_for_load_state("networkidle")
    finger.swipe((150, 500), (600, 510))
    ann.wait_for_url(here)
    ann.get_by_role("button", name="Beside the photo").tap()
    divider = ann.locator("[data-divider]").bounding_box()
    assert divider
    finger.swipe((divider["x"] + 16, 500), (divider["x"] - 200, 500))
    assert int(ann.get_by_role("slider").input_value()) < 40
    assert ann.url == here
    ann.get_by_role("button", name="4 stars").tap()
    expect(ann.get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("size", [TABLET, DOUBLED], ids=["tablet", "at 200 %"])
def test_nothing_is_cut_off_or_too_small_to_hit(signed: Signed, spring: str, size: dict[str, object]):
    page = opened(signed, "/healthz", spring, **size)
    wrong = []
    for path in PAGES:
        page.goto(path.format(spring=spring))
        page.wait_for_load_state("networkidle")
        wrong += [f"{path} is cut: {one}" for one in page.evaluate(_CUT)]
        wrong += [f"{path} is small: {one}" for one in page.evaluate(_SMALL)]
    assert wrong == []


@pytest.mark.parametrize("path", [PAGES[0], PAGES[1], PAGES[2], PAGES[4]])
def test_nothing_lies_over_what_has_the_focus(signed: Signed, spring: str, path: str):
    page = opened(signed, path, spring, **DOUBLED)
    stops = []
    for _ in range(45):
        page.keyboard.press("Tab")
        stops.append(stop(page))
        if stops[-1].tag == "body":
            stops.pop()
            break
    assert [one for one in stops if not one.is_well] == []
    # and backwards, where what stays at the top would lie over it
    for _ in range(len(stops) - 1):
        page.keyboard.press("Shift+Tab")
        stops.append(stop(page))
    assert [one for one in stops if not one.is_well] == []
    assert len(stops) > 30


def test_on_paper_there_are_pictures_and_titles_and_nothing_to_press(
    signed: Signed, spring: str, tmp_path: Path
):
    page = opened(signed, "/?sort=-motif", spring)
    chrome = (
        ".top, .finding, .button, button:not(.star.is-on), select, .skip, dialog, .bars, .outbox, .where,"
        " .peek, .crumb"
    )
    wanted = {
        "/?sort=-motif": ("360 designs", "Linen dress 0", "Été floral 0", "On this page: 1 to "),
        f"/design/{ONE}": ("Linen shirt 1", "in Été ikat 11", "CC-BY-4.0", "Motif"),
        f"/shortlist/{spring}": ("Spring", "Linen shirt 1"),
        f"/compare?id={ONE}&id={TWO}": ("Linen shirt 1 in Été ikat 11", "Linen dress 2 in Été ikat 11"),
    }
    for number, (path, told) in enumerate(wanted.items()):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.emulate_media(media="print")
        left = page.locator(chrome).evaluate_all(
            "all => all.filter(one => one.checkVisibility()).map(one => one.className + one.textContent)"
        )
        assert left == [], path
        pictures = "[...document.images].filter(one => one.checkVisibility() && one.naturalWidth).length"
        assert page.evaluate(pictures) >= len(told[:1])
        page.emulate_media(media="null")
        file = tmp_path / f"{number}.pdf"
        page.pdf(path=file, format="A4")
        if shutil.which("pdftotext") is None:
            continue
        done = subprocess.run(["pdftotext", "-l", "1", file, "-"], check=True, capture_output=True, text=True)
        printed = " ".join(done.stdout.split())
        for part in told:
            assert part in printed, path


def test_who_asks_for_less_motion_sees_none(signed: Signed, spring: str):
    page = opened(signed, "/", spring, reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll('*')].filter((one) => {
      const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
      return transitionDuration.split(',').some((time) => parseFloat(time) > 0)
        || animationName !== 'none' || scrollBehavior === 'smooth';
    }).map((one) => one.tagName + '.' + one.className)"""
    running = "document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 0).length"
    page.get_by_role("checkbox", name="dress").check()
    page.keyboard.press("?")
    assert page.evaluate(running) == 0
    assert page.evaluate(moving) == []
    for path in (f"/design/{ONE}", f"/compare?id={ONE}&id={TWO}", f"/shortlist/{spring}"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate(moving) == []
    page.goto(f"/compare?id={ONE}&id={TWO}")
    page.get_by_role("button", name="Blink with the reference").click()
    assert page.evaluate(running) == 0
