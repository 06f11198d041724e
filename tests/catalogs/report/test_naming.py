"""What designs are called, with and without a garment."""

from __future__ import annotations

import pytest

from catalogs.report.naming import named, named_by_ids
from catalogs.report.shown import cell_of
from tests.catalogs.report.night import ok, tile, waves

IN_NEW_CLOTH = {"maker": "fill", "repeat": "straight", "further_styles": [waves()]}


def test_a_garment_meets_its_textile():
    assert named(ok(1, maker="quilt")).title == "Tee 1 × Ikat 1"


def test_yardage_is_textile_and_motif_with_maker_and_repeat():
    assert named(tile(1)).title == "Ikat 1 × Waves, fill, half-drop"
    alone = tile(1, maker="requilt", repeat="straight", style_title="Ikat 1", further_styles=None)
    assert named(alone).title == "Ikat 1, requilt, straight"


def test_a_garment_in_new_cloth_names_maker_and_motif():
    row = ok(1, style_title="Ikat + Waves", **IN_NEW_CLOTH)
    assert named(row).title == "Tee 1 × Ikat × Waves, fill"
    assert cell_of(row).design.alt == "design: Tee 1 in Ikat × Waves, fill"


def test_a_colorway_is_named_by_its_palette():
    assert named(tile(1, colorway="autumn")).made == "fill, half-drop, in autumn"
    assert named(ok(1, colorway="autumn")).title == "Tee 1 × Ikat 1, in autumn"


@pytest.mark.parametrize("title", ["Red + blue + Waves", "Waves"])
def test_a_title_in_which_nobody_can_tell_the_motif_stays_whole(title):
    # Textile and motif of one name are one title in the manifest
    assert named(tile(1, style_title=title)).title == f"{title}, fill, half-drop"


def test_textiles_that_are_worn_together_stay_together():
    mixed = ok(1, style_title="Ikat + Waves", further_styles=[waves("", 0.3)])
    assert named(mixed).parts == ("Tee 1", "Ikat + Waves")


def test_ids_stand_in_for_titles():
    bare = tile(1, style_title=None)
    assert named(bare).title == "ikat-1, fill, half-drop"
    assert named_by_ids(bare).title == "ikat-1 × waves, fill, half-drop"
    assert named_by_ids(ok(1)).title == "tee-1 × ikat-1"


def test_yardage_has_its_textile_above_its_motif_and_no_photograph():
    cell = cell_of(tile(1))
    assert [cell.upper.alt, cell.lower.alt] == ["textile: Ikat 1", "motif: Waves"]
    assert [cell.upper.key, cell.lower.key] == ["style/ikat-1.png", "style/waves.png"]
    assert cell.design.alt == "new cloth: Ikat 1 × Waves, fill, half-drop"
    assert cell_of(tile(1, further_styles=None)).lower is None
