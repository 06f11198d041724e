"""Where the Tab key stops: what has the focus, whether one sees that, and whether anything lies over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 90
_LOOK = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
  const near = (share, low, high) => Math.min(Math.max(low + share * (high - low), 0), 1e9);
  const points = [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]].map(([x, y]) => [
    near(x, box.left, box.right), near(y, box.top, box.bottom)]);
  const isOwn = (hit) => hit && (one.contains(hit) || hit.contains(one) && hit.closest('label')
    || hit.closest('label')?.control === one || hit.closest('.spread')?.contains(one));
  const name = one.ariaLabel || one.labels?.[0]?.textContent || one.textContent || one.value || '';
  return {
    tag: one.tagName.toLowerCase(),
    name: name.trim().replace(/\\s+/g, ' ').slice(0, 60),
    outline: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !/, 0\\)$/.test(outlineColor),
    thumb: one.closest('.spread') !== null,
    clear: points.some(([x, y]) => isOwn(document.elementFromPoint(x, y))),
  };
}"""


@dataclass(frozen=True)
class Stop:
    """What has the focus.

    Attributes:
        tag: of the element; ``body`` where nothing has it.
        name: what it is called.
        seen: that it has the focus is seen.
        clear: something of it lies under nothing else, in the window (WCAG 2.4.11).
    """

    tag: str
    name: str
    seen: bool
    clear: bool

    @property
    def is_well(self) -> bool:
        """Whether one sees where one is."""
        return self.tag != "body" and self.seen and self.clear


def stop(page: Page) -> Stop:
    """Return what has the focus now."""
    told: dict[str, Any] = page.evaluate(_LOOK)
    seen = told["outline"] or (told["thumb"] and _is_drawn(page))
    return Stop(told["tag"], told["name"], bool(seen), told["clear"])


def tab_to(page: Page, name: str, *, back: bool = False, role: str = "") -> list[Stop]:
    """Press Tab until what has the focus is called so, and return all stops on the way; each must be well."""
    stops: list[Stop] = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Shift+Tab" if back else "Tab")
        stops.append(stop(page))
        assert stops[-1].is_well, f"nobody sees where the focus is: {stops[-1]}"
        if stops[-1].name.startswith(name) and role in ("", stops[-1].tag):
            return stops
    raise AssertionError(f"{name} was not reached; the stops were {[one.name[:30] for one in stops]}")


def _is_drawn(page: Page) -> bool:
    """Say whether a handle, whose outline no script can read, looks another way without the focus."""
    page.wait_for_load_state("networkidle")  # a histogram that comes is drawn with handles of its own
    handle = page.evaluate_handle("document.activeElement").as_element()
    assert handle is not None
    focused = handle.screenshot()
    handle.evaluate("one => one.blur()")
    blurred = handle.screenshot()
    handle.evaluate("one => one.focus()")
    return focused != blurred
