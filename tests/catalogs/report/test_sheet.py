"""The contact sheet: a cell a design, whatever is missing."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from catalogs.errors import NotFound
from catalogs.report.sheet import CELL_WIDTH_PX, DESIGN_PX, MARGIN_PX, contact_sheet
from tests.catalogs.report.night import ok, png

COLOURS = {"content": (200, 30, 30), "style": (30, 200, 30), "thumbs": (30, 30, 200)}


def read(key):
    return png(COLOURS[key.split("/")[0]], (64, 64))


def opened(data):
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def share_of(sheet, colour):
    return (np.abs(sheet - colour).max(axis=2) < 3).mean()


def test_photograph_textile_and_design_are_all_there():
    sheet = opened(contact_sheet({"Best": [ok(1)]}, read, title="One"))
    for colour in COLOURS.values():
        assert share_of(sheet, colour) > 0.005


def test_the_sheet_grows_by_rows_of_four():
    heights = [
        opened(contact_sheet({"Best": [ok(n) for n in range(count)]}, read, title="")).shape[0]
        for count in (1, 4, 5, 8, 9)
    ]
    assert heights[0] == heights[1] < heights[2] == heights[3] < heights[4]
    assert heights[4] - heights[2] == heights[2] - heights[0] > DESIGN_PX


def test_two_sections_stand_under_their_headings():
    both = opened(contact_sheet({"Best": [ok(1)], "Worst": [ok(2)]}, read, title=""))
    one = opened(contact_sheet({"Best": [ok(1)], "Worst": []}, read, title=""))
    assert both.shape[0] > one.shape[0] + DESIGN_PX


def test_a_picture_that_is_gone_leaves_its_place_empty():
    def read_some(key):
        if key.startswith("thumbs"):
            raise NotFound("gone", key=key)
        return read(key)

    sheet = opened(contact_sheet({"Best": [ok(1)]}, read_some, title=""))
    assert share_of(sheet, COLOURS["thumbs"]) == 0
    assert share_of(sheet, COLOURS["content"]) > 0.005


def test_a_night_without_designs_still_has_a_sheet():
    assert opened(contact_sheet({}, read, title="Nothing")).shape[0] > 100


@pytest.mark.parametrize(
    "title", ["x" * 4000, "着物の着物" * 40, "Crêpe\nde\x00Chine \u202e ×", "", "\ud800"]
)
def test_any_title_fits_its_cell(title):
    sheet = opened(contact_sheet({title: [ok(1, content_title=title)]}, read, title=title, subtitle=title))
    # Nothing is written beyond the cell, nor in the margins.
    low = sheet[-MARGIN_PX - 60 : -MARGIN_PX]
    assert (low[:, MARGIN_PX + CELL_WIDTH_PX + 2 :] == sheet[0, 0]).all()
    assert (sheet[:, : MARGIN_PX - 2] == sheet[0, 0]).all()
    assert (sheet[:, -MARGIN_PX + 4 :] == sheet[0, 0]).all()


def test_scores_may_be_missing():
    bare = ok(1, flags=None, **dict.fromkeys(("motif", "relief", "speckle", "gmd", "gmd_heldout")))
    assert opened(contact_sheet({"Best": [bare]}, read, title="")).size
