"""A list that several people made, through the editing of lists, in each of the files that are taken away."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from catalogs.gallery.house import House
from catalogs.gallery.shortlists import HOUSE, edit
from catalogs.gallery.shortlists.events import Event
from catalogs.report.sheet import (
    CELL_HEIGHT_PX,
    CELL_WIDTH_PX,
    DESIGN_PX,
    GAP_PX,
    GUTTER_PX,
    MARGIN_PX,
    SIDE_PX,
)
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, publish_rows
from tests.catalogs.gallery.takeaway.pdf import lines_of

LIST = "spring"
NAME = "Spring 2027 春 – T-shirts"
IDS = [a_design(number)["design_id"] for number in range(8)]
# Number of the design: the colour of its picture.
COLOURS = [(30 * number + 20, 240 - 30 * number, 90) for number in range(8)]
ORDER = [5, 0, 3, 1, 2]
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def made(bucket: Storage, house: House) -> House:
    """Six were added; one went away, one was moved to the front and one to the back, three people spoke."""
    rows = [a_design(number) for number in range(8)]
    for row, colour in zip(rows, COLOURS, strict=True):
        for key in ("image_key", "thumb_key"):
            data = io.BytesIO()
            Image.new("RGB", (64, 64), colour).save(data, row[key].rpartition(".")[2], lossless=True)
            bucket.write_atomic(row[key], data.getvalue())
    publish_rows(bucket, rows)
    house.watch.look()

    def does(by: str, kind: str, number: int | None = None, *, within: str = LIST, **said: object) -> Event:
        design = {} if number is None else {"design": IDS[number]}
        return edit(house.shelf, within, {"kind": kind, **design, **said}, by=by)

    does("mia", "create", text=NAME)
    for number in (0, 2, 3, 4, 1):
        does("mia", "add", number)
    does("ben", "add", 5)
    does("ben", "move", 5, after="")
    does("ben", "remove", 4)
    does("mia", "move", 2)
    people(does)
    return house


def people(does: Callable[..., Event]) -> None:
    """What three people say: ratings of 1 to 5, notes of all kinds, what they reject."""
    does("mia", "rate", 5, stars=5)
    does("ben", "rate", 5, stars=2)
    does("李雷", "rate", 5, stars=3)
    does("mia", "rate", 0, stars=1)
    does("mia", "rate", 3, stars=4)
    does("mia", "rate", 3, stars=0)
    does("mia", "note", 5, text="Lower the motif\nby two fingers")
    does("ben", "note", 5, text="first")
    does("ben", "note", 5, text="=HYPERLINK(1)")
    does("李雷", "note", 5, text="很好，再大一点")
    does("=1+1", "note", 3, text="@SUM(1)")
    does("ben", "reject", 1)
    does("mia", "reject", 0)
    does("mia", "reject", 0, on=False)
    does("ben", "reject", 2, within=HOUSE)
    does("ben", "rate", 1, within=HOUSE, stars=2)
    does("mia", "undo", undoes=does("mia", "note", 2, text="a mistake").event_id)


@pytest.fixture
def take(made: House, client: TestClient) -> Callable[[str], bytes]:
    def get(what: str) -> bytes:
        answer = client.get(f"/takeaway/{what}")
        assert answer.status_code == 200, answer.text
        return answer.content

    return get


def cells_of(data: bytes) -> list[dict[str, str]]:
    """Return the lines of a spreadsheet by its heads."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{SPACE}f"))
    lines = [
        {cell.get("r", "").rstrip("0123456789"): "".join(cell.itertext()) for cell in row}
        for row in sheet.iter(f"{SPACE}row")
    ]
    return [{head: line.get(column, "") for column, head in lines[0].items()} for line in lines[1:]]


def table_of(data: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archived:
        told = archived.read("designs.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(told, newline="")))


def on_contact_sheet(data: bytes, count: int) -> Iterator[int]:
    """Yield the numbers of the designs of a contact sheet of four a line, by the colours of its wells."""
    sheet = Image.open(io.BytesIO(data)).convert("RGB")
    for place in range(count):
        left = MARGIN_PX + place % 4 * (CELL_WIDTH_PX + GUTTER_PX) + SIDE_PX + GAP_PX
        top = 110 + 46 + place // 4 * (CELL_HEIGHT_PX + GUTTER_PX)
        seen = sheet.getpixel((left + DESIGN_PX // 2, top + DESIGN_PX // 2))
        far = [sum(abs(a - b) for a, b in zip(seen, colour, strict=True)) for colour in COLOURS]
        assert min(far) < 12
        yield far.index(min(far))


def test_all_four_files_hold_the_list_in_its_order(take: Callable[[str], bytes]):
    query = f"list={LIST}"
    ids = [IDS[number] for number in ORDER]
    assert [line["Design"] for line in cells_of(take(f"spreadsheet?{query}"))] == ids
    archived = take(f"pictures?{query}")
    assert [line["Design"] for line in table_of(archived)] == ids
    assert [line["No."] for line in table_of(archived)] == ["1", "2", "3", "4", "5"]
    with zipfile.ZipFile(io.BytesIO(archived)) as found:
        pictures = [name for name in found.namelist() if name.endswith(".png")]
    assert [name.rpartition("--")[2][:6] for name in pictures] == [one[:6] for one in ids]
    codes = [line.text for line in lines_of(take(f"line-sheet?{query}")) if line.size == 7]
    assert [code.split(" · ")[1] for code in codes if code[0].isdigit()] == [one[:12] for one in ids]
    assert list(on_contact_sheet(take(f"contact-sheet?{query}"), 5)) == ORDER


def test_without_what_was_rejected_the_order_stays(take: Callable[[str], bytes]):
    # ben rejected 1 in the list and 2 in the house; mia took her no to 0 back
    kept = [5, 0, 3]
    query = f"list={LIST}&rejected=hide"
    told = [IDS.index(line["Design"]) for line in cells_of(take(f"spreadsheet?{query}"))]
    assert told == list(on_contact_sheet(take(f"contact-sheet?{query}"), 3)) == kept


def test_tables_tell_what_everybody_said(take: Callable[[str], bytes]):
    for lines in (cells_of(take(f"spreadsheet?list={LIST}")), table_of(take(f"pictures?list={LIST}"))):
        # of 5, 2 and 3 the mean is 10 / 3; of the house's own 2 stars it is 2
        assert [line["Rating"] for line in lines] == ["3.3", "1", "", "2", ""]
        assert [line["Rejected by"] for line in lines] == ["", "", "", "ben", "ben"]
        notes = [line["Notes"] for line in lines]
        assert notes[0] == "ben: =HYPERLINK(1); mia: Lower the motif by two fingers; 李雷: 很好，再大一点"
        assert notes[1] == notes[3] == notes[4] == ""


def test_a_name_that_would_be_a_formula_is_text_in_both_tables(take: Callable[[str], bytes]):
    assert (
        cells_of(take(f"spreadsheet?list={LIST}"))[2]["Notes"] == "=1+1: @SUM(1)"
    )  # a text cell, see cells_of
    assert table_of(take(f"pictures?list={LIST}"))[2]["Notes"] == "'=1+1: @SUM(1)"


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_line_sheet_tells_what_everybody_said(take: Callable[[str], bytes], paper: str):
    lines = lines_of(take(f"line-sheet?list={LIST}&paper={paper}"))
    assert lines[0].text == NAME
    said = "".join("".join(line.text for line in lines).split())
    for text in (
        "ben: =HYPERLINK(1)",
        "mia: Lower the motif by two fingers",
        "李雷: 很好，再大一点",
        "=1+1: @SUM(1)",
        "3.3 / 5",
        "1.0 / 5",
    ):
        assert "".join(text.split()) in said
    assert sum(line.text == "rejected by ben" for line in lines) == 2
    assert "mistake" not in said
    assert "first" not in said


def test_what_is_taken_of_the_wall_tells_the_house_s_own_ratings_alone(take: Callable[[str], bytes]):
    lines = cells_of(take(f"spreadsheet?ids={IDS[1]}&ids={IDS[5]}"))
    assert [(line["Rating"], line["Notes"], line["Rejected by"]) for line in lines] == [
        ("2", "", ""),
        ("", "", ""),
    ]
