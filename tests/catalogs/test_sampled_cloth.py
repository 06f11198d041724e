"""A short batch of new cloth has few tiles, each worn by several garments."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.pairing import Draw, draw_cloths, rank_pairs
from catalogs.plan import Plan
from catalogs.storage import Storage
from configs.recipe import ClothPart, GarmentPart, Recipe
from tests.catalogs.wardrobe import PLAIN, a_batch, a_plan, put_shop

TOSS = Recipe(name="toss", kind="yardage", cloth=ClothPart(maker="toss"))
WORN = Recipe(name="worn", cloth=ClothPart(maker="toss"), garment=GarmentPart())
FILL = Recipe(name="fill", cloth=ClothPart(maker="fill"), garment=GarmentPart())
GARMENTS, TEXTILES = [f"g{n:02}" for n in range(20)], [f"t{n:02}" for n in range(30)]


def sampled(storage: Storage, *recipes: Recipe, count: int, **changes) -> Plan:
    each = {"garments_each": changes.pop("garments_each")} if "garments_each" in changes else {}
    drawn = {"kind": "sample", "count": count, "seed": 5} | each
    batch = a_batch(recipes=[recipe.name for recipe in recipes], selection=drawn, **changes)
    return a_plan(storage, batch, recipes=recipes)


def wearers(plan: Plan, recipe: str = "worn") -> Counter[str]:
    """Return how many designs of a recipe are in each textile."""
    rows = plan.table.slice(0, plan.to_render).to_pylist()
    return Counter(row["style_id"] for row in rows if row["recipe"] == recipe)


def test_a_sample_of_new_cloth_draws_cloths_and_garments_for_each(directory_storage: Storage):
    put_shop(directory_storage, GARMENTS, TEXTILES)
    # 20 designs, 8 garments a cloth: two cloths on 8, a third on the other 4
    assert sorted(wearers(sampled(directory_storage, WORN, count=20)).values()) == [4, 8, 8]
    assert sorted(wearers(sampled(directory_storage, WORN, count=20, garments_each=5)).values()) == [5] * 4


def test_where_cloths_are_few_more_garments_wear_each(directory_storage: Storage):
    put_shop(directory_storage, GARMENTS, "xyz")
    # three cloths on 8 garments each are 24 of 40; the first two are then worn by 8 more
    assert sorted(wearers(sampled(directory_storage, WORN, count=40)).values()) == [8, 16, 16]
    assert sum(wearers(sampled(directory_storage, WORN, count=60)).values()) == 60


def test_yardage_beside_garments_is_that_of_their_cloths(directory_storage: Storage):
    put_shop(directory_storage, GARMENTS, TEXTILES)
    plan = sampled(directory_storage, TOSS, WORN, count=20)
    assert wearers(plan, "toss").keys() == wearers(plan, "worn").keys()
    assert len(wearers(sampled(directory_storage, TOSS, count=20), "toss")) == 20


def test_textiles_as_they_are_are_sampled_pair_by_pair_whatever_else_there_is(directory_storage: Storage):
    put_shop(directory_storage, GARMENTS, TEXTILES)
    alone, beside = (
        {row["design_id"] for row in plan.table.to_pylist() if row["recipe"] == "plain"}
        for plan in (
            sampled(directory_storage, PLAIN, count=20),
            sampled(directory_storage, PLAIN, WORN, count=20),
        )
    )
    assert alone == beside
    assert len(alone) == 20


def test_a_sample_of_joined_cloth_counts_designs_not_pairs_times_motifs(directory_storage: Storage):
    put_shop(directory_storage, GARMENTS, TEXTILES)
    plan = sampled(directory_storage, FILL, count=20, motifs=TEXTILES[:10])
    assert plan.to_render == 20
    worn = Counter((row["style_id"], row["further_styles"][0]["style_id"]) for row in plan.table.to_pylist())
    assert sorted(worn.values()) == [4, 8, 8]
    assert all(style != motif for style, motif in worn)


def test_a_sample_larger_than_what_there_is_takes_all_and_says_so(directory_storage: Storage):
    put_shop(directory_storage, "ab", "xy")
    plan = sampled(directory_storage, WORN, count=50)
    assert plan.to_render == 4
    assert any("of worn there are 4" in note for note in plan.notes)


def test_max_designs_takes_cloth_by_cloth_with_its_yardage(directory_storage: Storage):
    put_shop(directory_storage, GARMENTS, TEXTILES)
    batch = a_batch(recipes=("toss", "worn"), max_designs=18)
    plan = a_plan(directory_storage, batch, recipes=(TOSS, WORN))
    # two cloths, each by the yard and on eight garments: 2 · (1 + 8)
    assert wearers(plan).keys() == wearers(plan, "toss").keys()
    assert sorted(wearers(plan).values()) == [8, 8]
    # 30 · (1 + 8) = 270 are one turn; the next begins with the first cloth's next eight
    more = a_plan(directory_storage, batch.model_copy(update={"max_designs": 278}), recipes=(TOSS, WORN))
    assert Counter(wearers(more).values()) == {8: 29, 16: 1}
    assert set(plan.render_ids.to_pylist()) < set(more.render_ids.to_pylist())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 90), st.integers(1, 10), st.integers(0, 99))
def test_a_draw_has_the_size_asked_for_in_any_order_of_the_catalogs(garments, cloths, count, each, seed):
    names, textiles = [f"g{n}" for n in range(garments)], [f"t{n}" for n in range(cloths)]
    draw = Draw(count, seed, each)

    def drawn(names: list[str], textiles: list[str]) -> set[tuple[str, str]]:
        none, all_of_it = np.zeros(cloths, np.int32), np.arange(cloths, dtype=np.int32)
        ranks = rank_pairs([""], textiles, none, all_of_it, seed=seed)
        pairs = zip(*draw_cloths(names, ranks, draw, by_the_yard=False), strict=True)
        return {(names[garment], textiles[cloth]) for garment, cloth in pairs}

    found = drawn(names, textiles)
    assert len(found) == min(count, garments * cloths)
    assert drawn(names[::-1], textiles[::-1]) == found
    by_cloth = Counter(cloth for _, cloth in found)
    # no more cloths than are needed, and no cloth is worn by a turn more than another
    assert len(by_cloth) == min(cloths, -(-count // min(each, garments)))
    if len(by_cloth) == cloths:
        assert max(by_cloth.values()) - min(by_cloth.values()) <= each


@pytest.mark.parametrize("seed", range(3))
def test_one_new_garment_changes_few_pairs(seed):
    names = [f"g{n}" for n in range(50)]
    ranks = rank_pairs([""], TEXTILES, np.zeros(30, np.int32), np.arange(30, dtype=np.int32), seed=seed)
    draw = Draw(80, seed, 8)
    before, after = (
        set(zip(*draw_cloths(all_of_them, ranks, draw, by_the_yard=False), strict=True))
        for all_of_them in (names, [*names, "new"])
    )
    # the new one is worn in 10 · 8/51 pairs on average, each in the place of one other
    assert len(before - after) <= 6
