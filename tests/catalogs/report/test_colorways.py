"""Designs by colorway: a row a design, a column a colorway, on the page and as a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from catalogs.layout import colorway_sheet_key
from catalogs.manifest import rows_to_table
from catalogs.report.colorway_sheet import GAP_PX, MARGIN_PX, MOST_PX
from catalogs.report.colorways import Colorway, by_colorway
from catalogs.report.writing import write_report, written_keys
from catalogs.storage import open_storage
from configs.storage import StorageConfig
from tests.catalogs.report.night import BATCH, GOOD, ok, tile, write_night

RUST, SEA = ("#8a3b12", "#e8c9a0"), ("#0b2239", "#1f6f8b", "#f4f1e6")


@pytest.fixture
def storage(tmp_path):
    return open_storage(StorageConfig(root=str(tmp_path)))


def once_more(number, of, name, colours, **cells):
    """The row of a design once more in other colours: no scores but its structure."""
    ids = {one: ok(number)[one] for one in ("design_id", "image_key", "thumb_key")}
    said = {"colorway": name, "colorway_colours": " ".join(("kept", "6", *colours)), "structure": 0.9}
    return of | dict.fromkeys(GOOD) | ids | said | cells


def season(of, first):
    return [of, once_more(first, of, "sea", SEA), once_more(first + 1, of, "rust", RUST)]


def test_each_design_is_a_row_and_each_colorway_a_column():
    rows = [*season(ok(1), 11), *season(ok(2) | {"motif": 0.8}, 21), *season(tile(3), 31)]
    found = by_colorway(rows_to_table(rows[::-1]), designs=9, columns=9)
    assert found.columns == (Colorway(), Colorway("rust", RUST), Colorway("sea", SEA))
    # the better garment first, whatever the manifest's order
    garments = [line for line in found.rows if line[0]["content_id"]]
    assert [row["design_id"] for row in garments[0]] == [ok(n)["design_id"] for n in (2, 22, 21)]
    assert sorted([row["colorway"] for row in line] for line in found.rows) == [["", "rust", "sea"]] * 3


def test_designs_that_differ_in_their_motif_or_repeat_are_rows_of_their_own():
    other = {"style_title": "Ikat 1 + Dots"}, {"recipe": "fill.mirror", "repeat": "mirror"}, {"seed": 1}
    tiles = [tile(1), *(tile(n, **cells | {"style_id": "ikat-1"}) for n, cells in enumerate(other, 2))]
    rows = [row for n, one in enumerate(tiles) for row in season(one, 10 * n + 10)]
    assert len(by_colorway(rows_to_table(rows), designs=9, columns=9).rows) == 4


def test_a_colorway_that_was_not_finished_leaves_its_place_and_large_batches_are_cut():
    rows = [*season(ok(1), 11)[:2], *season(ok(2), 21)]
    found = by_colorway(rows_to_table(rows), designs=9, columns=9)
    assert sorted(line.count(None) for line in found.rows) == [0, 1]
    cut = by_colorway(rows_to_table(rows), designs=1, columns=2)
    assert ([len(line) for line in cut.rows], cut.designs, cut.colorways) == ([2], 2, 2)


def test_a_batch_without_colorways_has_none_of_it(storage):
    write_night(storage, season(ok(1), 11))
    assert write_report(storage, BATCH).colorways == colorway_sheet_key(BATCH)
    assert "colorways" in written_keys(storage, BATCH)
    write_night(storage, [ok(1)])
    assert write_report(storage, BATCH).colorways is None
    assert "colorways" not in written_keys(storage, BATCH)


def test_the_page_shows_palettes_above_and_colorways_in_no_other_section(storage):
    write_night(storage, [*season(ok(1), 11), *season(tile(2), 21)])
    page = storage.read(write_report(storage, BATCH).page).decode()
    by_colour = page.index('id="colorways"')
    # two sorts of designs, each shown once with its sources, and once by colorway with two more
    assert page.count("<figure>") == 2
    assert page.rindex("<figure>") < by_colour
    assert page[by_colour:].count("<img") == 2 * 3
    assert all(f'<i style="background:{colour}"></i>' in page for colour in (*RUST, *SEA))
    # all six are in the tables
    assert "3 designs" in page
    assert "3 tiles of new cloth" in page


def test_colours_that_are_none_do_not_reach_the_page(storage):
    rows = season(ok(1), 11)
    rows[1]["colorway_colours"] = 'kept 6 #0b2239 #0b2239"><script> red'
    write_night(storage, rows)
    page = storage.read(write_report(storage, BATCH).page).decode()
    assert "<script>" not in page
    assert page.count('<i style="background:#0b2239"></i>') == 1


def test_the_sheet_has_a_palette_s_colours_above_its_column(storage):
    write_night(storage, season(ok(1), 11))
    with Image.open(io.BytesIO(storage.read(write_report(storage, BATCH).colorways))) as sheet:
        drawn = np.asarray(sheet)
    rust, sea = (
        drawn[110:176, MARGIN_PX + column * (MOST_PX + GAP_PX) :][:, :MOST_PX].reshape(-1, 3)
        for column in (1, 2)
    )
    for column, palette in ((rust, RUST), (sea, SEA)):
        for colour in palette:
            assert (column == tuple(bytes.fromhex(colour[1:]))).all(axis=1).sum() > 500
    assert not (rust == tuple(bytes.fromhex(SEA[1][1:]))).all(axis=1).any()
