"""Yardage in the report: its tile laid as the engine lays it, its cells, and who cannot be made into it."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

import nst_core
from catalogs.report.shown import load_cells
from catalogs.report.unsuitable import UNSUITABLE
from catalogs.report.yardage import are_yardage, is_yardage, two_by_two
from nst_core.lattice import cover
from tests.catalogs.report.night import ok, png, tile


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick", "mirror"])
@pytest.mark.parametrize("shape", [(4, 6), (5, 3)])
def test_tiles_lie_as_the_engine_lays_them(repeat, shape):
    height, width = shape
    numbered = np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)
    laid = np.asarray(two_by_two(Image.fromarray(numbered), repeat))
    assert np.array_equal(laid, cover(numbered, repeat, height_px=2 * height, width_px=2 * width))


def test_only_a_tile_without_a_garment_is_yardage():
    worn = {"repeat": "straight", "content_id": "tee"}
    rows = [tile(1), ok(2), worn, {"repeat": None, "content_id": None}, {"repeat": "", "content_id": ""}]
    columns = {name: [row.get(name) for row in rows] for name in ("repeat", "content_id")}
    assert [is_yardage(row) for row in rows] == are_yardage(pa.table(columns)).tolist()
    assert [is_yardage(row) for row in rows] == [True, False, False, False, False]


def test_a_tile_is_laid_once_and_what_it_was_made_of_is_not():
    row = tile(1)
    cells = load_cells([row, row], lambda key: png(size=(8, 8)), side_px=16)
    assert cells[row["thumb_key"]].size == (16, 16)
    assert {cells[key].size for key in ("style/ikat-1.png", "style/waves.png")} == {(8, 8)}
    again = load_cells([row], lambda key: pytest.fail("nothing is read twice"), side_px=16, known=cells)
    assert again == cells


def test_every_reason_of_every_maker_is_known_to_the_report():
    given = set()
    for path in Path(nst_core.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ClothUnsuitable":
                given |= {word.value.value for word in node.keywords if word.arg == "code"}
    assert given
    assert given <= UNSUITABLE
