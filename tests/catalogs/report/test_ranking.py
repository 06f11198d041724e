"""The rank score: the eye's order, whatever is missing."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from catalogs.report.measures import CLOTH_MEASURES, MEASURES
from catalogs.report.ranking import RANKED_BY, TOLD_BY, best_first, rank_score, rank_scores
from nst_core.scoring.tile.gates import GATES

# Medians of seven ways to make a design, and the share that an eye accepted (22 garments, 256 px).
EYE = {
    "gatys, whole picture": (
        {"motif": 0.38, "relief": 0.75, "speckle": 1.24, "gmd": 0.53, "gmd_heldout": 0.57},
        0.0,
    ),
    "masked gram": ({"motif": 0.38, "relief": 0.76, "speckle": 1.25, "gmd": 0.38, "gmd_heldout": 0.45}, 0.0),
    "content luma": ({"motif": 0.38, "relief": 0.93, "speckle": 1.16, "gmd": 0.29, "gmd_heldout": 0.33}, 0.0),
    "laid only": ({"motif": 0.80, "relief": 0.18, "speckle": 0.99, "gmd": 0.28, "gmd_heldout": 0.25}, 0.59),
    "stronger shading": (
        {"motif": 0.56, "relief": 0.45, "speckle": 0.90, "gmd": 0.28, "gmd_heldout": 0.30},
        0.78,
    ),
    "laid and refined": (
        {"motif": 0.67, "relief": 0.31, "speckle": 0.91, "gmd": 0.25, "gmd_heldout": 0.27},
        0.86,
    ),
}


def table(rows):
    columns = {name: pa.array([row.get(name) for row in rows], pa.float64()) for name in RANKED_BY}
    columns |= {name: pa.array([row.get(name) for row in rows], pa.string()) for name in TOLD_BY}
    columns["flags"] = pa.array([row.get("flags") for row in rows], pa.list_(pa.string()))
    return pa.table({"design_id": [row.get("design_id", f"{k:02}") for k, row in enumerate(rows)], **columns})


def test_methods_rank_as_the_eye_ranked_them():
    ranks = {name: rank_score(scores) for name, (scores, _) in EYE.items()}
    accepted = [name for name, (_, share) in EYE.items() if share > 0]
    for name, (_, share) in EYE.items():
        if share == 0:
            assert ranks[name] < 0.65 * min(ranks[good] for good in accepted)
    assert sorted(accepted, key=ranks.get) == ["laid only", "stronger shading", "laid and refined"]


def test_a_lost_motif_is_not_made_up_for_by_the_best_texture():
    perfect = {"motif": 0.80, "relief": 0.45, "speckle": 0.95, "gmd_heldout": 0.20}
    assert rank_score(perfect) == pytest.approx(100)
    # One measure of four at the floor of 2 %: 100 · .02^(1/4)
    assert rank_score(perfect | {"motif": 0.38}) == pytest.approx(100 * 0.02**0.25)


def test_a_design_half_way_on_every_measure_ranks_fifty():
    half = {"motif": 0.59, "relief": 0.275, "speckle": 1.15, "gmd_heldout": 0.385}
    assert rank_score(half) == pytest.approx(50)


def test_a_missing_measure_is_left_to_the_others():
    assert rank_score({"motif": 0.59, "gmd_heldout": 0.385}) == pytest.approx(50)
    assert rank_score({"motif": 0.59, "gmd_heldout": math.nan, "relief": math.inf}) == pytest.approx(50)


def test_gmd_counts_only_where_nothing_was_held_out():
    assert rank_score({"gmd": 0.385}) == pytest.approx(50)
    assert rank_score({"gmd": 0.2, "gmd_heldout": 0.385}) == pytest.approx(50)


def test_a_design_without_scores_has_no_rank():
    assert rank_score({}) is None
    assert np.isnan(rank_scores(table([{}, {"motif": math.nan}]))).all()


def test_best_first_leaves_out_what_has_no_rank_and_orders_equals_by_id():
    rows = [
        {"design_id": "d", "motif": 0.5},
        {"design_id": "c"},
        {"design_id": "b", "motif": 0.5},
        {"design_id": "a", "motif": 0.7},
    ]
    assert best_first(table(rows)).tolist() == [3, 2, 0]


def test_an_empty_night_has_an_empty_ranking():
    assert best_first(table([])).tolist() == []


@pytest.mark.parametrize(
    ("name", "median", "met", "words"),
    [
        ("motif", 0.60, True, ".60 or more"),
        ("motif", 0.59, False, ".60 or more"),
        ("gmd", 0.27, True, ".27 or less"),
        ("gmd", 0.28, False, ".27 or less"),
        ("speckle", 0.84, False, ".85 to 1.05"),
        ("speckle", 1.05, True, ".85 to 1.05"),
    ],
)
def test_targets_are_those_of_a_good_night(name, median, met, words):
    [measure] = [one for one in MEASURES if one.name == name]
    assert measure.met_by(median) is met
    assert measure.target == words


YARDAGE = {"repeat": "half-drop", "content_id": None}
# What the engine's gates let through at most, by maker.
AT_ITS_GATES = {
    "toss": {"banding": 4.0, "chroma_speckle": 1.3, "max_copy": 0.05, "gmd_heldout": 0.22, "seam": 1.03},
    "residual": {"banding": 4.0, "legibility": 0.25, "off_palette": 0.03, "seam": 0.97},
    "fill": {"banding": 4.0, "chroma_speckle": 1.3, "legibility": 0.40, "seam": 1.0},
}


def test_targets_of_new_cloth_are_the_gates_that_the_engine_chooses_by():
    for maker, limits in GATES.items():
        meant = [one for one in CLOTH_MEASURES if not one.makers or maker in one.makers]
        named = {one.name: one.low if one.high is None else one.high for one in meant}
        assert limits.items() <= named.items()


@pytest.mark.parametrize("maker", AT_ITS_GATES)
def test_tiles_just_at_their_gates_rank_alike_whoever_made_them(maker):
    # toss: (1 · .67 · .70 · .77 · .70)^(1/5) = .76; residual: (1 · .67 · .57 · .70)^(1/4) = .72
    # fill: (1 · .67 · .70 · .60)^(1/4) = .73
    assert 70 < rank_score(YARDAGE | {"maker": maker} | AT_ITS_GATES[maker]) < 77


@pytest.mark.parametrize("maker", AT_ITS_GATES)
def test_a_tile_is_as_good_as_its_worst_side(maker):
    better = {"legibility": 0.9}
    spoilt = {"banding": 9, "chroma_speckle": 3, "max_copy": 0.4, "gmd_heldout": 0.9, "legibility": 0.0}
    good = {name: better.get(name, 0.0) for name in AT_ITS_GATES[maker]} | {"seam": 1.0}
    whole = YARDAGE | {"maker": maker} | good
    assert rank_score(whole) == pytest.approx(100)
    for name in good.keys() & spoilt.keys():
        # one part of k at the floor of 2 %: 100 · .02^(1/k)
        assert rank_score(whole | {name: spoilt[name]}) == pytest.approx(100 * 0.02 ** (1 / len(good)))


def test_a_join_that_shows_is_the_worst_seam_whatever_its_figure_says():
    whole = YARDAGE | {"maker": "palette", "legibility": 0.9, "chroma_speckle": 1.0, "banding": 1.0}
    assert rank_score(whole | {"seam": 1.0, "flags": ["seam"]}) == pytest.approx(100 * 0.02**0.25)


def test_what_the_textile_is_like_says_nothing_of_a_tile_of_two():
    whole = YARDAGE | {"maker": "fill"} | AT_ITS_GATES["fill"]
    garments = {"motif": -0.2, "speckle": 1.9, "gmd": 2.0, "gmd_heldout": 2.3}
    assert rank_score(whole | garments) == rank_score(whole)


def test_garments_in_new_cloth_are_ranked_as_garments():
    worn = {"maker": "fill", "repeat": "straight", "content_id": "tee", "banding": 9.0, "motif": 0.59}
    assert rank_score(worn) == pytest.approx(50)


def test_garments_and_yardage_of_one_table_keep_their_own_ranks():
    rows = [{"motif": 0.59}, YARDAGE | {"maker": "fill"} | AT_ITS_GATES["fill"], {"motif": 0.8}]
    assert rank_scores(table(rows)).tolist() == [rank_score(row) for row in rows]
