"""How the wall feels in Chromium: ``python -m bench.gallery_browser http://127.0.0.1:8080``.

What Lighthouse calls LCP, CLS and INP, as the browser itself reports them, and how many frames a second are
painted while ten thousand tiles scroll past. The browser paints without a graphics card here, so that wall
times and frames tell the truth on quiet cores alone. What the page's own thread computed for a frame or an
interaction is CPU time, and can be compared on busy ones: under 20 ms a frame are 50 frames a second.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
TILES = 10_000
KEYS = ("ArrowRight", "ArrowDown", "ArrowDown", "c", "PageDown", "Control+End", "Control+Home")
_OBSERVED = """
window.seen = { lcp: 0, cls: 0, inp: 0 };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) seen.lcp = one.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) seen.cls += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.interactionId) seen.inp = Math.max(seen.inp, one.duration);
}).observe({ type: "event", buffered: true, durationThreshold: 16 });
"""
# A row of the wall a step of a wheel that is turned quickly: eight rows in ten frames.
_SCROLLED = """async (tiles) => {
  const last = () => Math.max(0, ...[...document.querySelectorAll(".row")].map((row) => row.first ?? 0));
  const row = document.querySelector(".row").getBoundingClientRect().height;
  const frames = [];
  let most = 0;
  await new Promise((done) => {
    const step = (now) => {
      frames.push(now);
      window.scrollBy({ top: 0.8 * row, behavior: "instant" });
      most = Math.max(most, document.querySelectorAll(".tile").length);
      if (last() >= tiles || frames.length > 3000) done();
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  const gaps = frames.slice(1).map((now, place) => now - frames[place]).sort((a, b) => a - b);
  const fps = 1000 * gaps.length / (frames.at(-1) - frames[0]);
  return { fps, slow: gaps[Math.floor(0.95 * gaps.length)], most, count: frames.length };
}"""


@dataclass(frozen=True)
class Felt:
    """What a browser felt.

    Attributes:
        lcp_ms: until the largest of the first pictures was painted (wanted: under 1500).
        cls: how much moved by itself, on arrival and while finding (under 0.05).
        inp_ms: the longest that a click or a key waited for its picture (under 200).
        frames_per_s: while 10,000 tiles scrolled past (50 and more).
        slow_frame_ms: 95 of 100 frames were quicker.
        most_tiles: in the page at once.
        cpu_ms_a_frame: that the page's thread computed while scrolling: scripts, styles, layout, painting.
        cpu_ms_a_key: the same from tile to tile by keys.
    """

    lcp_ms: float
    cls: float
    inp_ms: float
    frames_per_s: float
    slow_frame_ms: float
    most_tiles: int
    cpu_ms_a_frame: float
    cpu_ms_a_key: float


def feel(address: str, *, tiles: int = TILES) -> Felt:
    """Visit a gallery with a million designs, click about, and scroll ``tiles`` past.

    Args:
        address: of a gallery that answers, without a slash at the end.
        tiles: that scroll past, fewer where there are fewer.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(_OBSERVED)
        clock = Clock(page)
        page.goto(f"{address}/", wait_until="networkidle")
        page.wait_for_timeout(500)
        lcp_ms = page.evaluate("seen.lcp")
        _find(page)
        before = clock.ms()
        for key in KEYS:
            page.keyboard.press(key)
            page.wait_for_timeout(250)
        key_ms = (clock.ms() - before) / len(KEYS)
        felt = page.evaluate("seen")
        page.goto(f"{address}/", wait_until="networkidle")
        before = clock.ms()
        scrolled = page.evaluate(_SCROLLED, tiles)
        frame_ms = (clock.ms() - before) / scrolled["count"]
        browser.close()
    return Felt(
        lcp_ms=lcp_ms,
        cls=felt["cls"],
        inp_ms=felt["inp"],
        frames_per_s=scrolled["fps"],
        slow_frame_ms=scrolled["slow"],
        most_tiles=scrolled["most"],
        cpu_ms_a_frame=frame_ms,
        cpu_ms_a_key=key_ms,
    )


class Clock:
    """CPU time that the thread of a page has computed for."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def ms(self) -> float:
        """Return what it has computed for since the page was opened."""
        told = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in told if one["name"] == "TaskDuration")


def _find(page: Page) -> None:
    """Choose, sort and group, as people do."""
    for facet in ("category", "season", "kind"):
        page.locator(f"#facet-{facet} input").first.check()
        page.wait_for_timeout(1200)
    page.select_option("#sort", "rank")
    page.wait_for_timeout(1200)
    page.select_option("#group", "garment")
    page.wait_for_timeout(1500)
    page.locator("a.tile").first.focus()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address")
    parser.add_argument("--tiles", type=int, default=TILES)
    asked = parser.parse_args()
    for name, value in asdict(feel(asked.address.rstrip("/"), tiles=asked.tiles)).items():
        print(f"{name:14} {value:,.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
