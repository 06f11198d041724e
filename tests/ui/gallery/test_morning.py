"""The morning of a merchandiser from wall to line sheet: by mouse, by keys alone, while the line drops."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Download, Error, Page, expect

from catalogs.gallery.sharing import links
from catalogs.gallery.shortlists import Shortlist
from catalogs.gallery.shortlists.events import Event
from tests.catalogs.gallery.rack import a_design, hang_pictures, publish_rows
from tests.ui.gallery.serving import Served, hung, serving, wait_until, wait_until_true
from tests.ui.gallery.stops import stop, tab_to

Signed = Callable[..., Page]
# The second night: garments 0 to 3 in styles 10 to 16; dresses are every other one.
NIGHT = [a_design(number) for number in range(40, 68)]
CUT_S = 10


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Served]:
    """A gallery of this file's own, with two nights: 24 designs, and 28 that are new."""
    storage = hung(tmp_path_factory.mktemp("morning") / "bucket", designs=24)
    hang_pictures(storage, NIGHT)
    publish_rows(storage, NIGHT, "night-2")
    with serving(storage) as served:
        yield served


def ids(page: Page) -> list[str]:
    return [str(one) for one in page.locator("a.tile").evaluate_all("all => all.map(one => one.dataset.id)")]


def list_of(house: Served, name: str) -> Shortlist:
    (found,) = [one for one in house.house.shelf.lists() if one.name == name]
    return found


def saved(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def text_of_pdf(path: Path) -> str | None:
    """Return what a PDF says; None where there is no pdftotext (Debian's package poppler-utils)."""
    assert path.read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftotext") is None:
        return None
    done = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True)
    return " ".join(done.stdout.split())


def test_a_morning_from_the_wall_to_the_line_sheet(
    signed: Signed,
    window: Callable[..., Page],
    house: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    mia = signed("mia", "/", at=house)
    mia.wait_for_load_state("networkidle")
    heading = mia.get_by_role("heading", level=1)
    expect(heading).to_have_text("52 designs")
    # the night's new ones come first, and say so
    assert set(ids(mia)) <= {row["design_id"] for row in NIGHT}
    expect(mia.locator("a.tile").first.locator(".mark.fresh")).to_have_text("new")

    mia.get_by_role("checkbox", name="dress").check()
    expect(heading).to_have_text("26 designs")
    mia.locator("#facet-scores > summary").click()
    track = mia.get_by_role("slider", name="Motif kept, from").bounding_box()
    assert track
    # motifs go from .40 to 1.06; from the middle on all are of the second night
    mia.mouse.move(track["x"] + 9, track["y"] + track["height"] / 2)
    mia.mouse.down()
    mia.mouse.move(track["x"] + track["width"] / 2, track["y"] + track["height"] / 2, steps=5)
    mia.mouse.up()
    expect(heading).to_have_text("14 designs")
    expect(mia).to_have_url(re.compile(r"category=dress&min_motif=0\.7"))
    dresses = ids(mia)
    assert len(dresses) == 14

    # one is looked at closely
    mia.locator("a.tile").first.click()
    mia.wait_for_url("**/design/*")
    expect(mia.get_by_text("1 of 14")).to_be_visible()
    zoomed = mia.locator("[data-zoomed]")
    fit = zoomed.inner_text()
    mia.get_by_role("group", name="Picture of the design").hover()
    mia.mouse.wheel(0, -400)
    expect(zoomed).not_to_have_text(fit)
    mia.get_by_role("button", name="All", exact=True).click()
    mia.get_by_role("button", name="Beside the photo").click()
    divider = mia.locator("[data-divider]").bounding_box()
    assert divider
    mia.mouse.move(divider["x"] + divider["width"] / 2, 300)
    mia.mouse.down()
    mia.mouse.move(divider["x"] - 100, 300, steps=4)
    mia.mouse.up()
    assert int(mia.get_by_role("slider").input_value()) < 50
    mia.get_by_role("link", name="All designs of this view").click()

    # back on the wall one goes on at the tile that was opened; four are compared
    expect(mia.locator("a.tile").first).to_be_focused()
    mia.wait_for_load_state("networkidle")
    for key in ("c", "ArrowRight", "c", "ArrowRight", "c", "ArrowRight", "c"):
        mia.keyboard.press(key)
    mia.get_by_role("link", name="Compare 4").click()
    expect(mia.locator(".card")).to_have_count(4)
    mia.wait_for_load_state("networkidle")
    for place, keys in enumerate((("s", "5"), ("s", "4"), ("s",), ("x",))):
        mia.locator(".card").nth(place).hover()
        for key in keys:
            mia.keyboard.press(key)
    wait_until_true(mia, lambda: dresses[3] in house.house.shelf.house().rejected)
    assert house.house.shelf.house().ratings == {dresses[0]: {"mia": 5}, dresses[1]: {"mia": 4}}
    expect(mia.locator(".outbox")).to_be_hidden()

    # the list: ordered, with a note
    mia.get_by_role("link", name="Shortlists").click()
    mia.get_by_role("link", name="Shortlist", exact=True).click()
    mia.wait_for_load_state("networkidle")
    entries = mia.locator(".entry")
    assert entries.evaluate_all("all => all.map(one => one.dataset.design)") == dresses[:3]
    grip, place = entries.nth(2).locator(".entry-grip"), entries.first.bounding_box()
    assert place
    grip.hover()
    mia.mouse.down()
    mia.mouse.move(place["x"] + 20, place["y"] + 60, steps=6)
    mia.wait_for_timeout(100)
    mia.mouse.up()
    expect(entries.first).to_have_attribute("data-design", dresses[2])
    entries.first.locator("textarea").fill("For the window, in linen – été!")
    entries.first.locator("textarea").blur()
    wanted = [dresses[2], dresses[0], dresses[1]]
    wait_until_true(mia, lambda: list(list_of(house, "Shortlist").designs) == wanted)
    wait_until_true(mia, lambda: "mia" in list_of(house, "Shortlist").entries[0].notes)

    # the link shows it to somebody who never signed in, until its time
    mia.get_by_role("link", name="Share").click()
    mia.get_by_label("Good for").select_option("1")
    mia.get_by_role("button", name="Make a link").click()
    link = mia.get_by_label("Link 1").input_value()
    guest = window("/nowhere", base_url=house.address)
    guest.goto(link)
    expect(guest.get_by_role("heading", level=1)).to_have_text("Shortlist")
    expect(guest.locator(".entry")).to_have_count(3)
    expect(guest.locator(".entry").first).to_contain_text("mia: For the window")
    expect(guest.get_by_role("button")).to_have_count(0)
    now = time.time
    monkeypatch.setattr(links, "time", SimpleNamespace(time=lambda: now() + links.HOUR_S + 1))
    guest.reload()
    expect(guest.get_by_role("heading", name="This link shows nothing any more")).to_be_visible()
    monkeypatch.undo()

    # it is taken away
    mia.get_by_text("Take away").click()
    with mia.expect_download() as sheet:
        mia.get_by_role("link", name="Line sheet (PDF, A4)").click()
    told = text_of_pdf(saved(sheet.value, tmp_path))
    for part in ("Linen dress", "Été", "For the window, in linen – été!", "CC0-1.0", "CC-BY-4.0", "Mill 7"):
        assert told is None or part in told
    with mia.expect_download() as table:
        mia.get_by_role("link", name="Spreadsheet with pictures (XLSX)").click()
    with zipfile.ZipFile(saved(table.value, tmp_path)) as book:
        strings = book.read("xl/worksheets/sheet1.xml").decode()
        assert len([name for name in book.namelist() if name.startswith("xl/media/")]) == 3
    assert "For the window, in linen – été!" in strings
    assert all(design in strings for design in wanted)

    # and more of it is asked for, which the tile says
    mia.get_by_role("link", name="Ask for more").click()
    mia.get_by_role("button", name=re.compile("Ask ?: Large pictures")).click()
    expect(mia.get_by_role("heading", name="Large pictures, 2,048 px").first).to_be_visible()
    mia.goto("/")
    expect(mia.locator(f'[data-id="{wanted[0]}"]')).to_contain_text("asked for")


def test_the_same_morning_with_keys_alone(signed: Signed, house: Served, tmp_path: Path):
    ben = signed("ben", "/", at=house)
    ben.wait_for_load_state("networkidle")
    heading = ben.get_by_role("heading", level=1)
    press = ben.keyboard.press

    # a facet and a range: the focus stays where one chooses
    tab_to(ben, "dress", role="input")
    press("Space")
    expect(heading).to_have_text("26 designs")
    wait_until(ben, "!document.querySelector('#shown[aria-busy]')")
    assert stop(ben).name.startswith("dress")
    tab_to(ben, "Scores", role="summary")
    press("Enter")
    expect(ben.get_by_role("slider", name="Motif kept, from")).to_be_visible()
    tab_to(ben, "Motif kept, from")
    for _ in range(2):
        press("PageUp")
        wait_until(ben, "!document.querySelector('#shown[aria-busy]')")
        ben.wait_for_load_state("networkidle")
    expect(heading).not_to_have_text("26 designs")
    expect(ben.get_by_role("slider", name="Motif kept, from")).to_be_focused()
    # the chip is taken away by its own key, and the focus goes to what that led to
    tab_to(ben, "Motif kept")
    tab_to(ben, "Category dress")
    press("Enter")
    expect(ben).not_to_have_url(re.compile("category"))
    wait_until(ben, "!document.querySelector('#shown[aria-busy]')")
    assert stop(ben).tag == "h1"
    assert stop(ben).is_well

    # the wall: from the skip link to the first tile, help and back, choosing
    ben.reload()
    ben.wait_for_load_state("networkidle")
    tab_to(ben, "Skip to the designs")
    press("Enter")
    second, fourth = ids(ben)[1], ids(ben)[3]
    assert stop(ben).is_well
    expect(ben.locator("a.tile").first).to_be_focused()
    press("?")
    expect(ben.get_by_role("dialog")).to_be_visible()
    press("Escape")
    expect(ben.get_by_role("dialog")).to_be_hidden()
    expect(ben.locator("a.tile").first).to_be_focused()
    for key in ("s", "4", "c", "ArrowRight", "s", "x", "u", "c", "ArrowRight", "c", "s", "ArrowRight", "x"):
        press(key)
        assert stop(ben).is_well
    wait_until_true(ben, lambda: fourth in house.house.shelf.house().rejected)
    assert second not in house.house.shelf.house().rejected

    # a design, closely, and back to its tile
    for key in ("ArrowLeft", "ArrowLeft", "Enter"):
        press(key)
    ben.wait_for_url(f"**/design/{second}*")
    ben.wait_for_load_state("networkidle")
    for key in ("+", "0", "g", "]"):
        press(key)
    expect(ben.get_by_role("slider")).to_have_value("55")
    press("3")
    expect(ben.get_by_role("button", name="3 stars")).to_have_attribute("aria-pressed", "true")
    tab_to(ben, "Take away", role="summary")
    press("Enter")
    tab_to(ben, "Line sheet (PDF, A4)")
    press("Escape")
    assert stop(ben).name.startswith("Take away")
    press("Escape")
    ben.wait_for_url(re.compile(r"/\?min_motif=[\d.]+$"))
    expect(ben.locator(f'[data-id="{second}"]')).to_be_focused()
    ben.wait_for_load_state("networkidle")
    assert stop(ben).is_well

    # side by side; what is taken out leaves the focus beside it
    press("/")
    tab_to(ben, "Compare 3")
    press("Enter")
    ben.wait_for_url("**/compare?*")
    ben.wait_for_load_state("networkidle")
    for key in ("ArrowRight", "ArrowRight", "5", "p", "b", "b", "+", "0"):
        press(key)
        assert stop(ben).is_well
    press("Delete")
    expect(ben.locator(".card")).to_have_count(2)
    expect(ben.locator(".card").nth(1).locator(".stage")).to_be_focused()
    wait_until_true(ben, lambda: house.house.shelf.house().ratings[second].get("ben") == 5)

    # the list: ordered, noted, one taken off
    press("/")
    tab_to(ben, "Shortlists")
    press("Enter")
    ben.wait_for_url("**/shortlists")
    ben.wait_for_load_state("networkidle")
    mine = next(one for one in house.house.shelf.lists() if one.by == "ben")
    tab_to(ben, mine.name, role="a")
    while not (ben.evaluate("document.activeElement.href") or "").endswith(mine.list_id):
        tab_to(ben, mine.name, role="a")
    press("Enter")
    ben.wait_for_url(f"**/shortlist/{mine.list_id}")
    ben.wait_for_load_state("networkidle")
    tab_to(ben, "Move Linen")
    press("Alt+ArrowRight")
    assert stop(ben).name.startswith("Move Linen")
    assert stop(ben).is_well
    tab_to(ben, "My note on", role="textarea")
    ben.keyboard.type("by hand")
    tab_to(ben, "Remove")
    press("Enter")
    expect(ben.locator(".entry")).to_have_count(2)
    assert stop(ben).name.startswith("Move Linen")
    wait_until_true(ben, lambda: len(house.house.shelf.read(mine.list_id).designs) == 2)

    # shared, and taken away
    tab_to(ben, "Make a link")
    press("Enter")
    expect(ben.get_by_label("Link 1")).to_have_value(re.compile("/share/"))
    ben.wait_for_load_state("networkidle")
    press("/")
    tab_to(ben, "Take away", role="summary")
    press("Enter")
    tab_to(ben, "Line sheet (PDF, A4)")
    with ben.expect_download() as sheet:
        press("Enter")
    assert saved(sheet.value, tmp_path).read_bytes().startswith(b"%PDF-")


def test_a_new_list_is_named_in_a_dialog_that_gives_the_focus_back(signed: Signed, house: Served):
    kim = signed("kim", "/", at=house)
    kim.wait_for_load_state("networkidle")
    for name, key in (("", "Escape"), ("Autumn", "Enter")):
        kim.locator("[data-list-picker] select").focus()
        kim.keyboard.press("End")
        expect(kim.get_by_role("dialog", name="Name of the new list")).to_be_visible()
        assert stop(kim).tag == "input"
        kim.keyboard.type(name)
        kim.keyboard.press(key)
        expect(kim.get_by_role("dialog")).to_have_count(0)
        expect(kim.locator("[data-list-picker] select")).to_be_focused()
    expect(kim.locator("[data-list-picker] select option:checked")).to_have_text("Autumn")
    wait_until_true(
        kim, lambda: [one.by for one in house.house.shelf.lists() if one.name == "Autumn"] == ["kim"]
    )


def test_a_page_that_did_not_learn_who_looks_learns_it_when_the_line_is_back(signed: Signed, house: Served):
    ida = signed("ida", "/healthz", at=house)
    ida.clock.install()
    ida.route("**/api/choosing", lambda route: route.abort(), times=1)
    with ida.expect_event("requestfailed"):
        ida.goto("/")
    ida.clock.run_for(5000)
    expect(ida.locator("[data-list-picker] select")).to_be_visible()
    ida.locator("a.tile").first.focus()
    ida.keyboard.press("1")
    ida.clock.run_for(100)
    wait_until_true(ida, lambda: any("ida" in one for one in house.house.shelf.house().ratings.values()))


def test_what_is_chosen_while_the_line_is_cut_is_there_once_and_in_order(
    signed: Signed, house: Served, monkeypatch: pytest.MonkeyPatch
):
    lea = signed("lea", "/?sort=motif", at=house)
    lea.wait_for_load_state("networkidle")
    arrived: list[str] = []
    write = house.house.shelf.write

    def noted(list_id: str, event: Event) -> Event:
        arrived.append(event.event_id)
        return write(list_id, event)

    monkeypatch.setattr(house.house.shelf, "write", noted)
    lea.clock.install()
    first, second = ids(lea)[:2]
    waiting = lea.locator(".outbox")
    lea.locator("a.tile").first.focus()

    lea.context.set_offline(True)
    for key in ("s", "5", "4", "ArrowRight", "x", "u", "s"):
        lea.keyboard.press(key)
    lea.clock.run_for(1000 * CUT_S // 2)
    # create, add, rate, rate; reject, undo, add
    expect(waiting).to_have_text("7 changes not sent yet; they are kept in this browser")
    expect(lea.locator("a.tile").first).to_contain_text("4 ★")
    # both are told, one above the other
    above, below = (lea.locator(one).bounding_box() for one in ("#offline", ".outbox"))
    assert above
    assert below
    assert above["y"] + above["height"] < below["y"]
    # loading the page anew does not work, and takes nothing away
    with pytest.raises(Error):
        lea.reload()
    lea.context.set_offline(False)
    lea.goto("/?sort=motif")
    lea.context.set_offline(True)
    lea.locator("a.tile").first.focus()
    lea.keyboard.press("2")
    lea.clock.run_for(1000 * CUT_S)
    lea.context.set_offline(False)
    lea.clock.run_for(1000)

    def all_there() -> bool:
        ratings = house.house.shelf.house().ratings
        return ratings.get(first, {}).get("lea") == 2

    wait_until_true(lea, all_there)
    expect(waiting).to_be_hidden()
    (mine,) = [one for one in house.house.shelf.lists() if one.by == "lea"]
    assert list(mine.designs) == [first, second]
    assert second not in house.house.shelf.house().rejected
    # the seven, and what was done after the page was loaded anew; what a page sent that was left before its
    # answer came may come again
    assert list(dict.fromkeys(arrived)) == sorted(set(arrived))
    assert len(set(arrived)) == 8
