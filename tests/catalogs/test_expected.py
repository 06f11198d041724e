"""What designs are expected to be worth, by previews and earlier nights."""

from __future__ import annotations

import numpy as np
import pytest

from catalogs.expected import PRIOR, UNKNOWN, expected_scores, shards_best_first
from catalogs.layout import design_key, manifest_key
from catalogs.parts import write_part
from catalogs.plan import plan_shard
from catalogs.publication import publish
from catalogs.report.ranking import rank_score
from tests.catalogs.wardrobe import a_batch, a_plan, ok_row, picture, put_shop

# Every other measure good, so that the rank follows the motif.
GOOD = {"relief": 0.45, "speckle": 1.0, "gmd_heldout": 0.2, "gmd": 0.2}


def motif_of(row, motifs):
    """The motif's score of a design: as its textile, or its garment and textile, has it."""
    pair = row["content_id"], row["style_id"]
    return motifs.get(pair, motifs.get(row["style_id"], 0.6))


def a_night(storage, batch_id, motifs, contents="abcd", styles="xy", **batch):
    """Publish a night whose designs have these scores of their motif."""
    put_shop(storage, contents, styles)
    plan = a_plan(storage, a_batch(**batch), batch_id=batch_id)
    for shard_id in plan.shard_ids:
        rows = [ok_row(row) | GOOD | {"motif": motif_of(row, motifs)} for row in plan_shard(plan, shard_id)]
        for row in rows:
            storage.write_atomic(design_key(row["design_id"]), picture(row["design_id"]))
        write_part(storage, batch_id, shard_id, rows)
    publish(storage, plan, max_failure_rate=0)


def tonight(storage, contents="abcd", styles="xy", **batch):
    put_shop(storage, contents, styles)
    return a_plan(storage, a_batch(**batch), batch_id="tonight")


def by_pair(plan, scores):
    rows = plan.table.select(["content_id", "style_id"]).to_pylist()
    return {(row["content_id"], row["style_id"]): score for row, score in zip(rows, scores, strict=False)}


def rank(motif):
    found = rank_score({"content_id": "a", "motif": motif, **GOOD})
    assert found is not None
    return found


def test_a_preview_at_another_size_counts_as_it_is(directory_storage):
    motifs = {("a", "x"): 0.8, ("b", "x"): 0.5, ("a", "y"): 0.7}
    a_night(directory_storage, "previews", motifs, sizes_px=[64])
    plan = tonight(directory_storage, sizes_px=[256])
    found = by_pair(plan, expected_scores(directory_storage, plan))
    for pair, motif in motifs.items():
        assert found[pair] == pytest.approx(rank(motif))
    assert max(found, key=found.__getitem__) == ("a", "x")


def test_of_several_previews_the_largest_counts(directory_storage):
    a_night(directory_storage, "large", {"x": 0.8}, sizes_px=[128])
    a_night(directory_storage, "small", {"x": 0.5}, sizes_px=[64])
    plan = tonight(directory_storage, sizes_px=[256])
    assert by_pair(plan, expected_scores(directory_storage, plan))["a", "x"] == pytest.approx(rank(0.8))


def test_a_garment_that_is_new_has_the_means_of_its_textile_drawn_to_the_recipe_s(directory_storage):
    a_night(directory_storage, "night", {"x": 0.8, "y": 0.5}, contents="ab")
    plan = tonight(directory_storage, contents="abc", sizes_px=[256], seeds=[7])
    found = by_pair(plan, expected_scores(directory_storage, plan))
    # two designs of each textile; the recipe's mean of 4 is drawn to the mean of all, which it is itself
    mean = (rank(0.8) + rank(0.5)) / 2
    of_x = (2 * rank(0.8) + PRIOR * mean) / (2 + PRIOR)
    assert found["c", "x"] == pytest.approx(of_x)
    assert found["c", "x"] > mean > found["c", "y"]


def test_what_nobody_has_tried_lies_in_the_middle_and_not_at_the_end(directory_storage):
    a_night(directory_storage, "night", {"x": 0.8, "y": 0.5}, contents="ab")
    plan = tonight(directory_storage, contents="ab", styles="xyz", sizes_px=[256], seeds=[7])
    found = by_pair(plan, expected_scores(directory_storage, plan))
    assert found["a", "x"] > found["a", "z"] > found["a", "y"]


def test_a_garment_that_comes_out_badly_in_all_textiles_is_expected_to(directory_storage):
    bad = {("a", style): 0.4 for style in "xy"}
    a_night(directory_storage, "night", bad)
    plan = tonight(directory_storage, styles="xyz", sizes_px=[256], seeds=[7])
    found = by_pair(plan, expected_scores(directory_storage, plan))
    assert found["a", "z"] < min(found[one, "z"] for one in "bcd")


def test_without_a_night_all_are_alike_and_the_plan_s_order_stays(directory_storage):
    plan = tonight(directory_storage, shard_size=2)
    scores = expected_scores(directory_storage, plan)
    assert scores.tolist() == [UNKNOWN] * 8
    shards = plan.table.column("shard_id").to_numpy()
    assert shards_best_first(scores, shards, [0, 1, 2, 3]) == [0, 1, 2, 3]


def test_a_manifest_that_cannot_be_read_tells_nothing(directory_storage):
    a_night(directory_storage, "night", {"x": 0.8, "y": 0.5}, sizes_px=[64])
    plan = tonight(directory_storage, sizes_px=[256])
    before = expected_scores(directory_storage, plan)
    directory_storage.write_atomic(manifest_key("broken"), b"PAR1 but for the rest")
    # requests are few and chosen: they say nothing of what is usual
    directory_storage.write_atomic(manifest_key("request-mine"), b"not looked at")
    assert np.array_equal(expected_scores(directory_storage, plan), before)


def test_the_shard_of_the_best_mean_goes_first_and_equal_ones_as_planned():
    shards = np.array([3, 3, 4, 4, 5, 6], np.int32)
    scores = np.array([10.0, 30.0, 60.0, 20.0, 20.0, 99.0])
    # means 20, 40, 20, 99; nobody misses anything of the last
    assert shards_best_first(scores, shards, [3, 4, 5]) == [4, 3, 5]
