"""Pages of the line sheet as they are read back: nothing cut without its whole elsewhere, nothing outside."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from catalogs.gallery.finding import View
from catalogs.gallery.house import House
from catalogs.gallery.shortlists import Shortlist
from catalogs.gallery.takeaway import select
from catalogs.gallery.takeaway.columns import Paragraph, in_columns
from catalogs.gallery.takeaway.lettering import Lettering
from catalogs.gallery.takeaway.line_sheet import PAPERS, Heading, line_sheet
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, publish_rows
from tests.catalogs.gallery.takeaway.pdf import Line, lines_of

LONG = (
    "Heavyweight brushed organic cotton T-shirt with dropped shoulders, ribbed collar and contrast "
    "topstitching, unisex"
)
NOTE = "Lower the motif by two fingers; the red is too loud beside the navy story. Check the hem again. " * 4
TITLE = "Spring-summer 2027, second round with corrections for the Lyon showroom, T-shirts and dresses"
MARGIN, FOOT = 40.0, 54.0


def sheet_of(
    bucket: Storage,
    house: House,
    rows: Sequence[dict[str, Any]],
    notes: Mapping[str, Mapping[str, str]] | None = None,
    *,
    paper: str = "a4",
    title: str = "Designs",
    lettering: Lettering | None = None,
) -> list[Line]:
    publish_rows(bucket, rows)
    house.watch.look()
    said = replace(Shortlist("it"), notes=notes or {}, rejected={rows[0]["design_id"]: "ben"})
    ids = [row["design_id"] for row in rows]
    chosen = select(house.collection, house.finder, View.of_query([]), ids, said, kind="line-sheet")
    out, heading = io.BytesIO(), Heading(title, datetime(2026, 11, 22, tzinfo=UTC))
    line_sheet(bucket, chosen, out, house.words, heading, paper=paper, lettering=lettering)
    return lines_of(out.getvalue())


def together(lines: Sequence[Line]) -> str:
    return "".join("".join(line.text for line in lines).split())


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("count", [1, 2, 7, 10, 40])
def test_every_line_is_within_the_margins_and_nothing_is_set_on_another(
    bucket: Storage, house: House, count: int, paper: str
):
    rows = [
        a_design(n, content_title=(LONG, "T-shirt", "亚麻" * 60)[n % 3], style_title=(LONG, "Ikat")[n % 2])
        for n in range(count)
    ]
    lettering = Lettering()
    notes = {row["design_id"]: {"mia": NOTE, "ben": "yes"} for row in rows[::2]}
    lines = sheet_of(bucket, house, rows, notes, paper=paper, title=TITLE, lettering=lettering)
    wide, high = PAPERS[paper]
    for line in lines:
        assert line.x >= MARGIN - 0.01
        assert MARGIN - 0.01 <= line.y <= high - MARGIN - line.size * 0.7
        if not line.text.startswith("Made with"):  # whose line the number of the page ends
            told = lettering.width(lettering.text(line.text, at_most=999), line.size)
            assert line.x + told <= wide - MARGIN + 0.01
        assert line.y >= FOOT or line.y == pytest.approx(MARGIN)
    places = {(line.page, round(line.x, 1), round(line.y, 1)) for line in lines}
    assert len(places) == len(lines)


def test_what_is_cut_below_a_design_stands_whole_on_a_later_page(bucket: Storage, house: House):
    rows = [
        a_design(0, content_title=LONG, style_title=f"{LONG}, printed"),
        a_design(1),
        *(a_design(n) for n in range(2, 6)),
    ]
    notes = {rows[0]["design_id"]: {"mia": NOTE, "ben": "yes"}, rows[1]["design_id"]: {"mia": "Fine."}}
    lines = sheet_of(bucket, house, rows, notes)
    first, later = ([line for line in lines if (line.page > 1) == is_later] for is_later in (False, True))
    assert any(line.text.endswith("…") for line in first)
    assert any(line.text == house.words("takeaway.in_full") for line in later)
    told = together(later)
    for text in (LONG, f"{LONG}, printed", f"mia: {NOTE}", "ben: yes", "rejected by ben"):
        assert together([Line(0, 0, 0, 0, text)]) in told
    assert "mia:Fine." in together(first)
    assert "Fine." not in told


def test_designs_without_titles_or_licences_have_no_empty_lines(bucket: Storage, house: House):
    nothing = dict.fromkeys(
        ("content_title", "style_title", "content_licence", "style_licence", "credit", "season"), None
    )
    lines = sheet_of(bucket, house, [a_design(n, **nothing) for n in range(5)])
    assert all(line.text.strip() for line in lines)
    assert [line.text for line in lines if line.page == 1][4:7] == [
        "garment-0",
        "style-0",
        "1 · " + a_design(0)["design_id"][:12],
    ]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (4, 1), (5, 1), (9, 1), (10, 2)])
def test_few_designs_are_larger_and_nine_fill_a_page(bucket: Storage, house: House, count: int, pages: int):
    lines = sheet_of(bucket, house, [a_design(n) for n in range(count)])
    (credits, *_) = [line.page for line in lines if line.text == house.words("takeaway.credits")]
    assert credits == pages + 1


def test_a_long_title_of_the_sheet_takes_two_lines(bucket: Storage, house: House):
    lines = sheet_of(bucket, house, [a_design(0)], title=TITLE)
    assert together(lines[:2]) == "".join(TITLE.split())


def test_letters_that_are_not_in_the_file_and_those_that_are_nowhere_are_told_of(
    bucket: Storage, house: House
):
    rows = [a_design(0, content_title="亚麻连衣裙", style_title="लिनेन ikat")]
    told = together(sheet_of(bucket, house, rows, lettering=Lettering(folders=())))
    assert "亚麻连衣裙" in told
    assert "lettersarenotinthisfile" in told
    assert "(Devanagari)" in told
    rows = [a_design(0, content_title="Linen dress", style_title="Ikat")]
    told = together(sheet_of(bucket, house, rows, lettering=Lettering(folders=())))
    assert "not in this file" not in told
    assert "?" not in told


def test_a_paragraph_stays_whole_where_a_column_holds_it():
    lettering = Lettering(folders=())
    few = [Paragraph(f"Head {n}", ("line",) * 3) for n in range(5)]
    # of ten lines a column holds two of four with one between
    columns = in_columns(few, lettering, width=200, most_lines=10)
    assert [[line.text.letters for line in column if line.is_bold] for column in columns] == [
        ["Head 0", "Head 1"],
        ["Head 2", "Head 3"],
        ["Head 4"],
    ]


@pytest.mark.parametrize("lines", [10, 11, 20, 25])
def test_a_paragraph_that_no_column_holds_leaves_three_lines_together(lines: int):
    found = in_columns(
        [Paragraph("Head", ("line",) * lines)], Lettering(folders=()), width=200, most_lines=10
    )
    assert sum(map(len, found)) == lines + 1
    assert all(3 <= len(column) <= 10 for column in found)
