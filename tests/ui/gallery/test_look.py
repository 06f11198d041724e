"""Looking closely, in a real browser: zoom, the slider, neighbours, the repeat, and the comparison."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from catalogs.report.yardage import two_by_two
from tests.catalogs.gallery.rack import a_design, hang_pictures, publish_rows
from tests.ui.gallery.serving import Served, serving
from tests.ui.gallery.serving import hung as hung_rows

Opened = Callable[..., Page]
ONE = a_design(5)["design_id"]


def transform(page: Page, place: int = 0) -> str:
    return page.locator(".stage").nth(place).locator("img").first.evaluate("one => one.style.transform")


def test_keys_and_wheel_zoom_and_all_is_shown_again(window: Opened):
    page = window(f"/design/{ONE}")
    stage = page.get_by_role("group", name="Picture of the design")
    zoomed = page.locator("[data-zoomed]")
    expect(zoomed).to_have_text(re.compile(r"\d+ %"))
    fit, all_of_it = zoomed.inner_text(), transform(page)
    page.keyboard.press("z")
    expect(zoomed).to_have_text("100 %")
    page.keyboard.press("0")
    expect(zoomed).to_have_text(fit)
    stage.hover(position={"x": 100, "y": 100})
    page.mouse.wheel(0, -400)
    expect(zoomed).not_to_have_text(fit)
    enlarged = transform(page)
    stage.focus()
    page.keyboard.press("ArrowRight")  # moves the picture, and does not leave the page
    assert transform(page) != enlarged
    page.keyboard.press("0")
    assert transform(page) == all_of_it
    assert ONE in page.url


def test_dragging_moves_an_enlarged_picture_no_further_than_its_edge(window: Opened):
    page = window(f"/design/{ONE}")
    page.keyboard.press("+")
    page.keyboard.press("+")
    before = transform(page)
    page.mouse.move(300, 300)
    page.mouse.down()
    page.mouse.move(340, 320, steps=3)
    page.mouse.up()
    moved = transform(page)
    assert moved != before
    for _ in range(2):  # dragged far beyond the edge twice, it stays where it was
        page.mouse.move(100, 200)
        page.mouse.down()
        page.mouse.move(800, 700, steps=3)
        page.mouse.up()
        edge = transform(page)
        moved, before = edge, moved
    assert moved == before


def test_the_slider_against_the_photo_by_keys_and_by_hand(window: Opened):
    page = window(f"/design/{ONE}")
    photo = page.get_by_alt_text("Photo of the garment: Linen shirt 1").first
    expect(photo).to_be_hidden()
    page.keyboard.press("g")
    expect(photo).to_be_visible()
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("51")
    page.keyboard.press("]")
    expect(slider).to_have_value("56")
    divider = page.locator("[data-divider]").bounding_box()
    assert divider
    page.mouse.move(divider["x"] + divider["width"] / 2, 300)
    page.mouse.down()
    page.mouse.move(120, 300, steps=3)
    page.mouse.up()
    assert int(slider.input_value()) < 30
    assert ONE in page.url
    page.keyboard.press("g")
    expect(photo).to_be_hidden()


def test_arrow_keys_go_through_the_view_and_escape_back_to_it(window: Opened):
    page = window(f"/design/{ONE}?sort=-motif")
    expect(page.get_by_text("6 of 360")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/design/{a_design(6)['design_id']}?sort=-motif")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/design/{ONE}?sort=-motif")
    page.keyboard.press("Escape")
    page.wait_for_url("**/?sort=-motif")


def test_what_is_alike_comes_when_one_scrolls_there(window: Opened):
    page = window(f"/design/{ONE}")
    strip = page.get_by_role("region", name="Alike in look")
    strip.scroll_into_view_if_needed()
    expect(strip.get_by_role("listitem")).to_have_count(12)
    strip.get_by_role("link", name=re.compile("^Linen")).first.click()
    page.wait_for_url(lambda url: "/design/" in url and ONE not in url)


def test_the_tray_takes_six_and_all_are_compared_alike(window: Opened):
    page = window(f"/design/{ONE}")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="In the compare tray")).to_be_visible()
    ids = [a_design(number)["design_id"] for number in (9, 13)]
    page.evaluate("ids => localStorage.setItem('toile.tray', JSON.stringify(ids))", [ONE, *ids])
    page.goto("/compare")
    page.wait_for_url("**/compare?id=*")
    expect(page.locator(".card")).to_have_count(3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    page.keyboard.press("+")
    stages = [transform(page, place) for place in range(3)]
    assert len(set(stages)) == 1
    assert "scale(1.5" in stages[0]
    page.keyboard.press("ArrowUp")
    moved = [transform(page, place) for place in range(3)]
    assert len(set(moved)) == 1
    assert moved != stages

    page.keyboard.press("0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    expect(page.locator(".card").nth(1).get_by_role("button", name="Reference", exact=True)).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.locator(".card")).to_have_count(2)
    assert page.evaluate("localStorage.getItem('toile.tray')").count("-") == 0
    assert ids[0] not in page.evaluate("localStorage.getItem('toile.tray')")


def test_blinking_shows_the_reference_in_the_others_place(window: Opened):
    ids = "&".join(f"id={a_design(number)['design_id']}" for number in (5, 9))
    page = window(f"/compare?{ids}", reduced_motion="reduce")
    other = page.locator(".card").nth(1).locator('[data-layer="reference"]')
    expect(other).to_be_hidden()
    page.keyboard.press("b")
    expect(other).to_be_visible()
    assert ONE in (other.locator("img").get_attribute("src") or "")
    expect(page.locator(".card").nth(0).locator('[data-layer="reference"]')).to_be_hidden()
    page.keyboard.press("b")
    expect(other).to_be_hidden()


def test_two_fingers_enlarge_the_picture(window: Opened):
    page = window(f"/design/{ONE}", viewport={"width": 768, "height": 1024}, has_touch=True)
    before = page.locator("[data-zoomed]").inner_text()
    box = page.locator("#stage").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float) -> None:
        points = [
            {"x": middle[0] + side * apart, "y": middle[1], "id": place} for place, side in enumerate((-1, 1))
        ]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if apart else []})

    for kind, apart in (("touchStart", 40), ("touchMove", 80), ("touchMove", 140), ("touchEnd", 0)):
        touch(kind, apart)
    expect(page.locator("[data-zoomed]")).not_to_have_text(before)


@pytest.fixture(scope="module")
def rolls(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Served]:
    """Four tiles of new cloth without a garment, one of each repeat, each with a mark of its own."""
    storage = hung_rows(tmp_path_factory.mktemp("rolls") / "bucket", designs=0)
    rows = []
    for number, repeat in enumerate(("straight", "half-drop", "half-brick", "mirror")):
        none = dict.fromkeys(("content_id", "content_title", "content_key", "category"))
        rows.append(a_design(number) | none | {"repeat": repeat, "width_px": 48, "height_px": 64})
        tile = Image.fromarray(np.random.default_rng(number).integers(0, 256, (64, 48, 3), np.uint8))
        data = io.BytesIO()
        tile.save(data, "PNG")
        storage.write_atomic(str(rows[-1]["image_key"]), data.getvalue())
    publish_rows(storage, rows)
    with serving(storage) as served:
        yield served


@pytest.mark.parametrize("number", range(4))
def test_the_repeat_is_laid_as_for_printing(rolls: Served, window: Opened, number: int):
    row = a_design(number)
    page = window(f"/design/{row['design_id']}", base_url=rolls.address)
    page.keyboard.press("t")
    canvas = page.locator("canvas")
    expect(canvas).to_be_visible()
    shown = base64.b64decode(canvas.evaluate("one => one.toDataURL()").partition(",")[2])
    laid = np.asarray(Image.open(io.BytesIO(shown)).convert("RGB"))
    assert laid.shape == (3 * 64, 3 * 48, 3)
    tile = Image.open(io.BytesIO(rolls.storage.read(row["image_key"])))
    repeat = ("straight", "half-drop", "half-brick", "mirror")[number]
    assert np.array_equal(laid[: 2 * 64, : 2 * 48], np.asarray(two_by_two(tile, repeat)))
    page.keyboard.press("t")
    expect(canvas).to_be_hidden()


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Served]:
    """Twelve designs of which 0 to 3 are there a second time, larger and nearly the same."""
    storage = hung_rows(tmp_path_factory.mktemp("pairs") / "bucket", designs=0)
    rows = [a_design(number) for number in range(12)]
    for number in range(4):
        made_of = ("content_id", "style_id", "style_title", "texture_descriptor", "colour_descriptor")
        again = {name: rows[number][name] for name in made_of}
        rows.append(a_design(40 + number) | again | {"size_px": 1024})
    hang_pictures(storage, rows)
    publish_rows(storage, rows)
    with serving(storage) as served:
        yield served


def test_what_is_nearly_the_same_is_one_tile_until_asked_for(pairs: Served, window: Opened):
    page = window("/?sort=motif", base_url=pairs.address)
    expect(page.locator("#count")).to_have_text("12 designs", timeout=20_000)
    expect(page.locator(".mark.near:visible")).to_have_count(4)
    expect(page.locator(".mark.near").first).to_contain_text("Stands for 2 designs: nearly the same")
    page.get_by_role("link", name="Show all 16").click()
    expect(page.locator("#count")).to_have_text("16 designs")
    expect(page.locator(".mark.near")).to_have_count(0)
    page.get_by_role("link", name="as one").click()
    expect(page.locator("#count")).to_have_text("12 designs")


@pytest.fixture(scope="module")
def shirts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One design whose garment has a compound for a name, and markup."""
    storage = hung_rows(tmp_path_factory.mktemp("shirts") / "bucket", designs=0)
    rows = [a_design(0, content_title="Heavyweight brushed cotton T-shirt & <b>pull-on</b> trousers")]
    hang_pictures(storage, rows)
    publish_rows(storage, rows)
    with serving(storage) as served:
        yield served


def test_a_heading_does_not_end_a_line_at_the_hyphen_of_a_t_shirt(shirts: Served, window: Opened):
    page = window(f"/design/{a_design(0)['design_id']}", base_url=shirts.address)
    heading = page.locator("h1")
    expect(heading).to_have_text("Heavyweight brushed cotton T-shirt & <b>pull-on</b> trousers")
    lines = "one => [...one.querySelectorAll('.unbroken')].map((word) => word.getClientRects().length)"
    for width in range(320, 480, 10):
        page.set_viewport_size({"width": width, "height": 800})
        assert heading.evaluate(lines) == [1, 1]
        assert heading.evaluate("one => one.scrollWidth <= one.clientWidth")
