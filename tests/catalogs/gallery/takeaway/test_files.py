from __future__ import annotations

import csv
import io
import re
import tracemalloc
import zipfile
from pathlib import PurePosixPath, PureWindowsPath
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from catalogs.gallery.finding import View
from catalogs.gallery.house import House
from catalogs.gallery.takeaway import LIMITS, Selection, select
from catalogs.gallery.takeaway.archive import TABLE, archive
from catalogs.gallery.takeaway.naming import MOST_BYTES, Names
from catalogs.gallery.takeaway.spreadsheet import spreadsheet
from catalogs.gallery.takeaway.telling import neutral
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, publish_rows
from tests.catalogs.gallery.takeaway.hostile import TITLES

FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+\-@\t\r\n＝＋－＠]")
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def shown(house: House, kind: str = "pictures") -> Selection:
    view = View.of_query([("sort", "-motif")])
    return select(house.collection, house.finder, view, (), house.shelf.house(), kind=kind)


def packed(house: House) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(archive(house.storage, shown(house), str))))


def with_pictures(bucket: Storage, rows: list) -> None:
    for place, row in enumerate(rows):
        for key in ("image_key", "thumb_key"):
            data = io.BytesIO()
            Image.new("RGB", (12, 16), (place % 256, 90, 160)).save(data, row[key].rpartition(".")[2])
            bucket.write_atomic(row[key], data.getvalue())


@pytest.fixture
def hostile(bucket: Storage, house: House) -> House:
    """A design for each hostile title, as garment of the one and textile of the next."""
    rows = [
        a_design(n, content_title=title, style_title=TITLES[n - 1], credit=title, season=title[:40])
        for n, title in enumerate(TITLES)
    ]
    with_pictures(bucket, rows)
    publish_rows(bucket, rows)
    house.watch.look()
    return house


def test_there_are_two_hundred_hostile_titles():
    assert len(set(TITLES)) == 200


def test_an_archive_holds_every_picture_byte_for_byte_and_a_table(hostile: House):
    with packed(hostile) as archived:
        assert archived.testzip() is None
        lines = list(csv.DictReader(io.StringIO(archived.read(TABLE).decode("utf-8-sig"), newline="")))
        assert len(lines) == len(TITLES)
        for number, line in enumerate(lines):
            row = a_design(number)
            assert line["design"] == row["design_id"]
            assert archived.read(line["file"]) == hostile.storage.read(row["image_key"])


def test_no_cell_of_the_table_is_a_formula(hostile: House):
    with packed(hostile) as archived:
        for line in csv.DictReader(io.StringIO(archived.read(TABLE).decode("utf-8-sig"), newline="")):
            for name in ("garment", "textile", "credit", "season", "file"):
                assert not FORMULA.match(line[name]), line


def test_names_in_an_archive_are_safe_on_every_system(hostile: House):
    with packed(hostile) as archived:
        names = archived.namelist()
    assert len({name.casefold() for name in names}) == len(names) == len(TITLES) + 1
    for name in names:
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*\.[a-z0-9]+", name)
        assert len(name.encode()) <= MOST_BYTES
        assert PurePosixPath(name).name == PureWindowsPath(name).name == name


def test_a_spreadsheet_has_texts_and_no_formulas(hostile: House):
    out = io.BytesIO()
    spreadsheet(hostile.storage, shown(hostile, "spreadsheet"), out, str, title="x")
    with zipfile.ZipFile(out) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        drawing = ElementTree.fromstring(book.read("xl/drawings/drawing1.xml"))
    assert not list(sheet.iter(f"{SPACE}f"))
    assert not list(sheet.iter(f"{SPACE}hyperlink"))
    assert len(list(sheet.iter(f"{SPACE}row"))) == len(TITLES) + 1
    assert {cell.get("t") for cell in sheet.iter(f"{SPACE}c") if cell.find(f"{SPACE}is") is not None} == {
        "inlineStr"
    }
    assert len([one for one in drawing.iter() if one.tag.endswith("}pic")]) == len(TITLES)


def test_a_picture_that_is_gone_is_told_of_and_the_others_come(bucket: Storage, house: House):
    rows = [a_design(0), a_design(1)]
    with_pictures(bucket, rows)
    bucket.delete(rows[0]["image_key"])
    publish_rows(bucket, rows)
    house.watch.look()
    with packed(house) as archived:
        lines = list(csv.DictReader(io.StringIO(archived.read(TABLE).decode("utf-8-sig"), newline="")))
        assert [bool(line["file"]) for line in lines] == [False, True]
        assert len(archived.namelist()) == 2


class AnyPicture:
    """A storage that has a picture of 100 kB under every key."""

    def read(self, key: str) -> bytes:
        return key.encode() * (100_000 // len(key))


def test_an_archive_of_any_size_takes_little_memory(bucket: Storage, house: House):
    # 1,500 pictures of 100 kB are 150 MB; what is held at once is some blocks and the table
    publish_rows(bucket, [a_design(number) for number in range(1_500)])
    house.watch.look()
    chosen = shown(house)
    tracemalloc.start()
    try:
        size = sum(map(len, archive(AnyPicture(), chosen, str)))  # type: ignore[arg-type]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 145_000_000
    assert most < 16_000_000


def test_designs_whose_ids_start_alike_have_names_of_their_own():
    names = Names()
    ids = ["3f2a9c" + f"{number:026x}" for number in range(3)] + ["3f2a9c00" + "f" * 24]
    told = [
        names.name({"design_id": one, "content_title": "Gathered skirt", "style_title": "Peonies"}, "png")
        for one in ids
    ]
    assert told[0] == "gathered-skirt--peonies--3f2a9c.png"
    assert len(set(told)) == 4


@given(st.text(), st.text(), st.text(max_size=12))
def test_a_name_is_plain_short_and_never_a_path(garment: str, textile: str, ending: str):
    row = {"design_id": "0" * 32, "content_id": "c", "content_title": garment, "style_title": textile}
    name = Names().name(row, ending)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*\.[a-z0-9-]+", name)
    assert len(name.encode()) <= MOST_BYTES


@given(st.text())
@example("\x1f=1+1")
@example("\u200b\ufeff=1+1")
@example("\xa0@sum")
def test_a_cell_is_its_text_or_its_text_after_an_apostrophe(text: str):
    told = neutral(text)
    assert told in (text, f"'{text}")
    assert not FORMULA.match(told) or not told.strip()


def test_a_file_holds_so_many_designs_and_says_so(bucket: Storage, house: House):
    publish_rows(bucket, [a_design(number) for number in range(LIMITS["contact-sheet"] + 1)])
    house.watch.look()
    with pytest.raises(Exception, match="at most 120 designs"):
        shown(house, "contact-sheet")
