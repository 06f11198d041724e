from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from catalogs.layout import manifest_key
from tests.catalogs.gallery.rack import a_design, hang_pictures, publish_rows
from tests.ui.gallery.serving import DESIGNS, Served, hung, serving, wait_until

IDS = [a_design(number)["design_id"] for number in range(DESIGNS)]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Served]:
    """A gallery of this file's own, in which nights are published."""
    with serving(hung(tmp_path_factory.mktemp("night") / "bucket", designs=24)) as served:
        yield served


def in_sight(page: Page) -> list[str]:
    """Return the ids of the tiles in the page, as they are read."""
    return page.locator("a.tile").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.id ?? ''"))


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_all_designs_are_reached_by_scrolling_and_few_are_in_the_page(window: Callable[..., Page]):
    # best first: motifs grow with the number, so the last design is the first one painted
    page = window("/?sort=-motif")
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "90")  # 4 a row at 1280 pixels
    assert in_sight(page)[:4] == IDS[:4]

    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(f'[data-id="{IDS[-1]}"]')).to_be_visible()
    expect(page.locator(f'[data-id="{IDS[0]}"]')).to_have_count(0)
    assert len(in_sight(page)) < 60
    assert in_sight(page) == sorted(in_sight(page), key=IDS.index)


def test_a_million_designs_fit_into_a_page_and_each_has_its_place(window: Callable[..., Page]):
    # 1 000 000 tiles in rows of 3 are 333 334 rows of 300 pixels: 100 million, more than a page can be high
    page = window("/nowhere")
    told = page.evaluate(
        """async () => {
          const { Layout, Runway, TALLEST } = await import("/static/wall-layout.js");
          const layout = new Layout({ total: 1e6, groups: [], columns: 3, row: 300, heading: 0 });
          const runway = new Runway();
          runway.set(layout.height, 800, 0);
          const seen = (scrolled) => { runway.follow(scrolled); return layout.at(runway.top + 799); };
          const lost = [];
          for (let index = 0; index < 1e6; index += 9973) {
            runway.set(layout.height, 800, Math.round(runway.scrolledAt(layout.placeOf(index).top)));
            const rows = layout.between(runway.top, runway.top + 800);
            if (!rows.some((row) => index >= row.first && index < row.first + row.count)) lost.push(index);
          }
          const high = runway.height;
          const last = seen(high - 800);
          runway.set(layout.height, 800, 0);
          runway.follow(250);
          return { high, limit: TALLEST, last, lost, byHand: runway.top };
        }"""
    )
    assert told["high"] == told["limit"]
    assert told["lost"] == []
    assert told["last"] == 999_999
    # by hand the wall moves as far as the page, whatever the scrollbar stands for
    assert told["byHand"] == 250


def test_what_is_chosen_is_in_the_address_and_back_takes_it_away(window: Callable[..., Page]):
    page = window("/")
    page.get_by_role("checkbox", name="dress").check()
    # garments 0 and 2 of 4 are dresses
    expect(heading(page)).to_have_text("180 designs")
    page.get_by_label("Group").select_option("garment")
    expect(page.get_by_role("heading", name="Linen dress 0")).to_have_text("Linen dress 0 90")
    assert page.url.endswith("/?category=dress&group=garment")
    page.keyboard.press("/")
    page.keyboard.type("ete ikat")
    expect(heading(page)).to_have_text("60 designs")  # every third style, whatever its accents

    page.reload()
    expect(heading(page)).to_have_text("60 designs")
    expect(page.get_by_role("checkbox", name="dress")).to_be_checked()
    page.go_back()
    expect(heading(page)).to_have_text("180 designs")
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_back()
    page.go_back()
    expect(heading(page)).to_have_text("360 designs")
    expect(page.get_by_role("checkbox", name="dress")).not_to_be_checked()


def test_a_range_is_chosen_by_keys_and_taken_away_by_its_chip(window: Callable[..., Page]):
    page = window("/?min_motif=2&category=shirt")
    # motifs are .40 + .01 a number: 200 designs from 160 on, half of them shirts
    expect(heading(page)).to_have_text("100 designs")
    page.get_by_role("slider", name="Motif kept, from").press("End")
    expect(page.get_by_role("heading", name="No design is like that.")).to_have_count(0)
    expect(heading(page)).to_have_text("1 design")
    page.get_by_role("link", name="Motif kept").click()
    expect(heading(page)).to_have_text("180 designs")


def test_keys_go_from_design_to_design(window: Callable[..., Page]):
    page = window("/?sort=-motif&group=garment")
    # garment 0 has designs 0, 4, 8 …: 90 in rows of 4, so that its last row has two
    page.locator("a.tile").first.focus()
    for key in ("ArrowRight", "ArrowDown", "End"):
        page.keyboard.press(key)
    assert focused(page) == IDS[4 * 7]
    page.keyboard.press("Home")
    assert focused(page) == IDS[4 * 4]
    page.keyboard.press("Control+End")
    expect(page.locator(f'[data-id="{IDS[-1]}"]')).to_be_focused()
    page.keyboard.press("ArrowUp")
    assert focused(page) == IDS[-1 - 4 * 4]
    page.keyboard.press("Control+Home")
    expect(page.locator(f'[data-id="{IDS[0]}"]')).to_be_focused()


def test_a_group_is_looked_at_alone_and_what_is_like_a_design_is_a_key_away(window: Callable[..., Page]):
    page = window("/?group=garment&sort=motif")
    page.get_by_role("link", name="Linen dress 0", exact=True).click()
    expect(heading(page)).to_have_text("90 designs")
    expect(page.get_by_role("link", name="Linen dress 0 – take away")).to_be_visible()

    page.locator(f'[data-id="{IDS[-4]}"]').focus()
    page.keyboard.press("m")
    expect(page.get_by_role("region", name="More like this")).to_be_visible()
    # itself first, then the other garments in its style
    expect(page.locator("a.tile").first).to_have_attribute("data-id", IDS[-4])
    wait_until(page, "document.querySelectorAll('.row a.tile').length > 3")
    assert set(in_sight(page)[:4]) == set(IDS[-4:])
    page.get_by_role("link", name="Back to all designs").click()
    expect(heading(page)).to_have_text("360 designs")


def test_six_designs_go_into_the_tray_and_stay_there(window: Callable[..., Page]):
    page = window("/")
    page.locator("a.tile").first.focus()
    for _ in range(7):
        page.keyboard.press("c")
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("The compare tray is full")).to_have_count(1)
    expect(page.locator(".mark.tray")).to_have_count(6)
    page.reload()
    expect(page.locator(".mark.tray")).to_have_count(6)
    page.locator("a.tile").first.focus()
    page.keyboard.press("c")
    expect(page.locator(".mark.tray")).to_have_count(5)


def test_the_place_is_kept_when_one_comes_back(window: Callable[..., Page]):
    page = window("/")
    page.evaluate("window.scrollTo(0, 9000)")
    wait_until(page, "history.state?.place?.index > 0 && !document.querySelector('.tile.blank')")
    before = in_sight(page)
    page.goto("/?q=nothing-is-like-this")
    page.go_back()
    expect(page.locator(f'[data-id="{before[len(before) // 2]}"]')).to_be_in_viewport()


def test_a_cut_connection_is_told_of_and_mended_by_itself(window: Callable[..., Page]):
    page = window("/")
    page.context.set_offline(True)
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    told = page.get_by_text("No connection. Trying again")
    expect(told).to_be_visible()
    page.context.set_offline(False)
    expect(told).not_to_be_visible()
    expect(page.locator(f'[data-id="{IDS[-1]}"], [data-id="{IDS[0]}"]').last).to_be_visible()


def test_without_a_script_there_are_forms_and_pages(window: Callable[..., Page]):
    page = window("/", java_script_enabled=False)
    expect(page.locator("a.tile")).to_have_count(60)
    page.get_by_role("link", name="Later designs").click()
    expect(page).to_have_url(re.compile("start=60"))
    expect(page.locator("a.tile")).to_have_count(60)
    first = in_sight(page)[0]
    page.get_by_role("link", name="Earlier designs").click()
    expect(page).not_to_have_url(re.compile("start=60"))
    expect(page.locator("a.tile")).to_have_count(60)
    assert first not in in_sight(page)
    page.get_by_role("checkbox", name="dress").check()
    page.get_by_role("button", name="Show").first.click()
    expect(heading(page)).to_have_text("180 designs")


def test_new_designs_are_told_of_and_nothing_moves(window: Callable[..., Page], night: Served):
    page = window("/", base_url=night.address)
    expect(page.locator("a.tile").first).to_be_visible()
    before = in_sight(page)
    rows = [a_design(number) for number in range(400, 420)]
    hang_pictures(night.storage, rows)
    publish_rows(night.storage, rows, "night-2")
    night.storage.write_atomic(manifest_key("night-3"), b"PAR1 and no more")
    night.house.watch.look()

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("New designs are there.")).to_be_visible()
    assert in_sight(page) == before
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    wait_until(page, "document.querySelectorAll('a.tile').length && scrollY > 0")
    assert set(in_sight(page)) <= set(IDS)

    page.get_by_role("button", name="Show them").click()
    expect(heading(page)).to_have_text("44 designs")
    expect(page.locator(".mark.fresh").first).to_be_visible()
    expect(page.get_by_text("What one batch published cannot be read.")).to_be_visible()
