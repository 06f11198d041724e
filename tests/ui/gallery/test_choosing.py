"""Lists in a real browser: two people, a line that drops, a link after its time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, Request, Route, expect

from catalogs.gallery.sharing import address_of
from catalogs.gallery.shortlists import edit
from catalogs.gallery.shortlists.merging import Share
from tests.catalogs.gallery.rack import a_design
from tests.ui.gallery.serving import DESIGNS, Served, wait_until, wait_until_true

Signed = Callable[..., Page]


def order(page: Page) -> list[str]:
    return [str(one.get_attribute("data-design")) for one in page.locator(".entry").all()]


def titles(gallery: Served, list_id: str) -> list[str]:
    return list(gallery.house.shelf.read(list_id).designs)


def test_two_people_on_one_list_lose_nothing(signed: Signed, gallery: Served, spring: str):
    mia, ben = (signed(name, f"/shortlist/{spring}") for name in ("mia", "ben"))
    first, second, third, fourth, fifth = order(mia)

    mia.locator(f"#d-{third} .entry-grip").press("Alt+ArrowRight")
    # mia is writing while ben moves, rates, notes and takes away
    note = mia.locator(f"#d-{second} textarea")
    note.press_sequentially("for the")
    ben.locator(f"#d-{fifth} .entry-grip").press("Alt+Home")
    ben.locator(f"#d-{first} .star").nth(3).click()
    ben.locator(f"#d-{second} textarea").fill("too loud")
    ben.locator(f"#d-{second} textarea").blur()
    ben.locator(f"#d-{fourth} .remove button").click()
    expect(mia.locator(f"#d-{first} .others")).to_contain_text("ben ★★★★")
    expect(mia.locator(f"#d-{second} .others")).to_contain_text("ben: too loud")
    expect(note).to_be_focused()
    note.press_sequentially(" window")
    note.blur()

    wanted = [fifth, first, second, third]
    for page in (mia, ben):
        expect(page.locator("#list-count")).to_have_text("4 designs")
        expect(page.locator(".entry").first).to_have_attribute("data-design", fifth)
        assert order(page) == wanted
    expect(ben.locator(f"#d-{second} .others")).to_contain_text("mia: for the window")
    found = gallery.house.shelf.read(spring)
    assert list(found.designs) == wanted
    assert found.entries[2].notes == {"mia": "for the window", "ben": "too loud"}
    assert found.entries[1].ratings == {"ben": 4}

    # the keys of the page: one of mia's own is taken back
    mia.locator(f"#d-{first} .entry-grip").focus()
    mia.keyboard.press("5")
    expect(ben.locator(f"#d-{first} .others")).to_contain_text("mia ★★★★★")
    mia.keyboard.press("u")
    expect(ben.locator(f"#d-{first} .others")).not_to_contain_text("mia")


def test_a_cut_line_loses_nothing(signed: Signed, gallery: Served, spring: str):
    mia = signed("mia", f"/shortlist/{spring}")
    first, second, third, *_ = order(mia)
    # what arrives although nobody hears that it did is sent again, and is one edit all the same
    deaf = {"is": False}

    def heard(route: Route, _: Request) -> None:
        if deaf["is"]:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    mia.route("**/api/shortlists/edits", heard)
    deaf["is"] = True
    mia.locator(f"#d-{first} .star").nth(4).click()
    expect(mia.locator(".outbox")).to_contain_text("1 change not sent yet")
    deaf["is"] = False

    mia.context.set_offline(True)
    mia.locator(f"#d-{second} textarea").fill("written without a line")
    mia.locator(f"#d-{second} textarea").blur()
    mia.locator(f"#d-{third} .remove button").click()
    expect(mia.locator(".outbox")).to_contain_text(re.compile(r"[23] changes not sent yet"))
    expect(mia.locator(f"#d-{third}")).to_have_count(0)
    assert third in titles(gallery, spring)

    mia.wait_for_timeout(1500)
    mia.context.set_offline(False)
    expect(mia.locator(".outbox")).to_be_hidden()
    found = gallery.house.shelf.read(spring)
    assert third not in found.designs
    assert found.entries[0].ratings == {"mia": 5}
    assert found.entries[1].notes == {"mia": "written without a line"}
    assert [one.kind for one in found.events[6:]] == ["rate", "note", "remove"]


def test_what_waits_outlives_the_window(signed: Signed, gallery: Served, spring: str):
    mia = signed("mia", f"/shortlist/{spring}")
    first, *_ = order(mia)
    mia.route("**/api/shortlists/edits", lambda route: route.abort())
    mia.locator(f"#d-{first} .star").nth(2).click()
    expect(mia.locator(".outbox")).to_contain_text("1 change not sent yet")
    mia.unroute("**/api/shortlists/edits")
    mia.goto("/shortlists")
    mia.goto("/")
    # the new page hides its empty outbox before it has looked what waits
    wait_until_true(mia, lambda: gallery.house.shelf.read(spring).entries[0].ratings == {"mia": 3})
    expect(mia.locator(".outbox")).to_be_hidden()


def test_a_list_is_put_in_order_with_the_mouse(signed: Signed, gallery: Served, spring: str):
    mia = signed("mia", f"/shortlist/{spring}")
    first, second, third, *rest = order(mia)
    grip = mia.locator(f"#d-{first} .entry-grip")
    expect(grip).to_be_visible()
    mia.wait_for_load_state("networkidle")
    grip.hover()
    mia.mouse.down()
    place = mia.locator(f"#d-{third}").bounding_box()
    assert place is not None
    mia.mouse.move(place["x"] + place["width"] / 2, place["y"] + 60, steps=8)
    mia.wait_for_timeout(100)
    mia.mouse.up()
    expect(mia.locator(".entry").nth(2)).to_have_attribute("data-design", first)
    mia.wait_for_timeout(500)
    assert titles(gallery, spring) == [second, third, first, *rest]


def test_tiles_are_chosen_on_the_wall_with_keys(signed: Signed, gallery: Served):
    cleo = signed("cleo", "/")
    cleo.wait_for_load_state("networkidle")
    tile = cleo.locator("a.tile").nth(2)
    design = str(tile.get_attribute("data-id"))
    tile.focus()
    for key in ("s", "4", "x", "u"):
        cleo.keyboard.press(key)
    # what still waits is sent by the next page
    cleo.goto("/shortlists")
    cleo.wait_for_load_state("networkidle")
    cleo.reload()
    expect(cleo.get_by_role("link", name="Shortlist", exact=True)).to_have_count(1)
    house = gallery.house.shelf.house()
    assert house.ratings[design]["cleo"] == 4
    assert design not in house.rejected
    assert any(one.designs == (design,) and one.by == "cleo" for one in gallery.house.shelf.lists())


def test_designs_are_chosen_side_by_side_with_keys_and_buttons(signed: Signed, gallery: Served, spring: str):
    ids = [a_design(number)["design_id"] for number in (40, 41, 42)]
    flo = signed("flo", "/compare?" + "&".join(f"id={one}" for one in ids))
    expect(flo.get_by_role("button", name="4 stars")).to_have_count(3)
    cards = flo.locator(".card")
    flo.keyboard.press("x")
    expect(flo.get_by_text("Point at a design, or go to one with an arrow key")).to_be_visible()
    flo.keyboard.press("ArrowRight")
    flo.keyboard.press("ArrowRight")
    for key in ("4", "s"):
        flo.keyboard.press(key)
    expect(cards.nth(1).get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")
    expect(cards.nth(1).get_by_role("button", name="Shortlist")).to_have_attribute("aria-pressed", "true")
    # whoever points at another one means that one, although the focus stays
    cards.nth(2).hover()
    for key in ("x", "2", "u"):
        flo.keyboard.press(key)
    reject = cards.nth(2).get_by_role("button", name="Reject")
    expect(reject).to_have_attribute("aria-pressed", "true")
    cards.nth(0).get_by_role("button", name="5 stars").click()

    def house_list() -> bool:
        house = gallery.house.shelf.house()
        stars = {one: house.ratings.get(one, {}).get("flo") for one in ids}
        return stars == {ids[0]: 5, ids[1]: 4, ids[2]: None} and ids[2] in house.rejected

    wait_until_true(flo, house_list)
    assert any(one.by == "flo" and ids[1] in one.designs for one in gallery.house.shelf.lists())


def test_what_is_rejected_on_a_wall_without_the_rejected_stays_until_it_is_asked_for_anew(
    signed: Signed, gallery: Served
):
    # 140 designs are three stretches; two of them are asked for after the rejection
    gil = signed("gil", "/?rejected=hide&sort=-motif&min_motif=2.6")
    heading = gil.get_by_role("heading", level=1)
    count = int(heading.inner_text().split()[0])
    gil.locator("a.tile").first.focus()
    first = gil.locator("a.tile").first.get_attribute("data-id")
    gil.keyboard.press("x")
    expect(gil.locator(f'a.tile.rejected[data-id="{first}"]')).to_have_count(1)
    wait_until_true(gil, lambda: first in gallery.house.shelf.house().rejected)

    seen: dict[int, str] = {}
    gil.keyboard.press("Control+End")
    expect(gil.locator("a.tile").last).to_be_visible()
    wait_until(gil, "!document.querySelector('.tile.blank')")
    for index, design in gil.evaluate(
        """() => [...document.querySelectorAll('.row')].flatMap((row) => [...row.children].map(
             (cell, place) => [row.first + place, cell.firstElementChild.dataset.id]))"""
    ):
        seen[index] = design
    # the rows are numbered as they were, the last one too: nothing was pulled up by one
    assert max(seen) == count - 1
    wanted = [a_design(number)["design_id"] for number in range(DESIGNS - count, DESIGNS)]
    assert {index: wanted[index] for index in seen} == seen
    expect(gil.locator("#news")).to_be_hidden()
    gil.reload()
    expect(heading).to_have_text(f"{count - 1} designs")
    expect(gil.locator(f'[data-id="{first}"]')).to_have_count(0)
    gil.goto(f"/design/{first}")
    expect(gil.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    gil.keyboard.press("x")
    wait_until_true(gil, lambda: first not in gallery.house.shelf.house().rejected)


def test_a_link_shows_the_list_until_its_time(window: Callable[..., Page], gallery: Served, spring: str):
    now = int(time.time())
    addresses = []
    for name, until in (("a" * 16, now + 3600), ("b" * 16, now - 1)):
        event = edit(gallery.house.shelf, spring, {"kind": "share", "share": name, "until": until}, by="mia")
        share = Share(name, "mia", event.event_id, until)
        addresses.append(address_of(gallery.house.settings.secret, spring, share))

    page = window(addresses[0])
    expect(page.get_by_role("heading", name="Spring")).to_be_visible()
    expect(page.locator(".entry")).to_have_count(5)
    # the heading and the entries stand before their pictures have come
    wait_until(page, "[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    expect(page.get_by_role("navigation")).to_have_count(0)

    page.goto(addresses[1])
    expect(page.get_by_role("heading", name="This link shows nothing any more")).to_be_visible()
    expect(page.get_by_text("Ask whoever sent it for a new one")).to_be_visible()


def test_a_list_works_without_a_script(signed: Signed, gallery: Served, spring: str):
    mia = signed("mia", f"/shortlist/{spring}", java_script_enabled=False)
    first, second, *rest = order(mia)
    entry = mia.locator(f"#d-{first}")
    # every answer is a page of its own, and the old one goes before the new one is there
    with mia.expect_navigation():
        entry.get_by_role("button", name="Later").click()
    assert order(mia) == [second, first, *rest]
    entry.locator("textarea").fill("by hand")
    with mia.expect_navigation():
        entry.get_by_role("button", name="Save").click()
    with mia.expect_navigation():
        entry.locator(".star").nth(1).click()
    (kept,) = [one for one in gallery.house.shelf.read(spring).entries if one.design == first]
    assert (kept.notes, kept.ratings) == ({"mia": "by hand"}, {"mia": 2})


def test_a_design_is_chosen_on_its_page(signed: Signed, gallery: Served):
    (tile,) = gallery.house.finder.tiles([30])
    dora = signed("dora", f"/design/{tile.design_id}")
    dora.get_by_role("button", name="4 stars").click()
    expect(dora.get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")
    dora.keyboard.press("s")
    expect(dora.get_by_role("button", name="Shortlist")).to_have_attribute("aria-pressed", "true")
    expect(dora.get_by_label("List")).to_have_value(re.compile("list-"))
    dora.get_by_role("link", name="Ask for more").click()
    dora.get_by_role("button", name=re.compile("Ask ?: By the yard")).click()
    expect(dora.get_by_text("Waiting; it is taken up within minutes")).to_be_visible()
    dora.goto(f"/design/{tile.design_id}")
    expect(dora.get_by_role("link", name="By the yard: Waiting")).to_be_visible()
    expect(dora.get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")


def test_more_is_asked_of_a_tile_and_the_tile_says_so(signed: Signed):
    eve = signed("eve", "/?sort=motif")
    eve.wait_for_load_state("networkidle")
    eve.locator("a.tile").first.focus()
    eve.keyboard.press("a")
    eve.get_by_role("button", name=re.compile("Ask ?: Large pictures")).click()
    expect(eve.get_by_role("heading", name="Large pictures, 2,048 px").first).to_be_visible()
    eve.goto("/?sort=motif")
    expect(eve.locator("a.tile").first).to_contain_text("asked for")


def test_keys_pressed_before_the_page_knows_who_is_here_are_kept_in_order(signed: Signed, gallery: Served):
    (tile,) = gallery.house.finder.tiles([35])
    design, shelf = tile.design_id, gallery.house.shelf
    ann = signed("ann", "/shortlists")
    held: list[Route] = []
    ann.route("**/api/choosing", lambda route: held.append(route))
    ann.goto(f"/design/{design}", wait_until="commit")
    wait_until_true(ann, lambda: bool(held))
    for key in ("4", "x", "2", "u", "s"):
        ann.keyboard.press(key)
    assert "ann" not in shelf.house().ratings.get(design, {})
    held.pop().continue_()
    wait_until_true(ann, lambda: shelf.house().ratings.get(design, {}).get("ann") == 4)
    wait_until_true(ann, lambda: design in shelf.house().rejected)
    expect(ann.get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")
    expect(ann.get_by_role("button", name="Shortlist")).to_have_attribute("aria-pressed", "true")


def test_a_key_waits_for_what_the_gallery_knows_of_the_design(signed: Signed, gallery: Served):
    (tile,) = gallery.house.finder.tiles([36])
    design, shelf = tile.design_id, gallery.house.shelf
    ann = signed("ann", f"/design/{design}")
    ann.keyboard.press("x")
    wait_until_true(ann, lambda: design in shelf.house().rejected)
    ann.goto("about:blank")  # what the page of before asks, nobody waits for
    held: list[Route] = []
    ann.route("**/api/choices?*", lambda route: held.append(route))
    ann.goto(f"/design/{design}", wait_until="commit")
    wait_until_true(ann, lambda: bool(held))
    # it is rejected, which this page has not heard: the key takes that back
    ann.keyboard.press("x")
    held.pop().continue_()
    wait_until_true(ann, lambda: design not in shelf.house().rejected)
    expect(ann.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "false")
