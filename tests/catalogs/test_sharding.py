"""Where shards are cut: never between a design and its colorways, seldom through a tile."""

from __future__ import annotations

from itertools import pairwise

import pytest

from catalogs.storage import Storage
from configs.colorways import ColorwaysPart
from configs.recipe import ClothPart, GarmentPart, Recipe
from tests.catalogs.wardrobe import PLAIN, a_batch, a_plan, put_shop

WORN = Recipe(name="worn", cloth=ClothPart(maker="requilt"), garment=GarmentPart())
PALETTES = {"rust": ("#8a3b12", "#e8c9a0"), "sea": ("#0b2239", "#8fd3d1")}


def shards(storage: Storage, recipe: Recipe, **changes) -> list[list[dict]]:
    plan = a_plan(storage, a_batch(recipes=(recipe.name,), **changes), recipes=(recipe,))
    return [plan.shard(shard_id).to_pylist() for shard_id in plan.shard_ids]


def test_textiles_as_they_are_fill_each_shard(directory_storage: Storage):
    put_shop(directory_storage, "abcde", "xy")
    assert [len(rows) for rows in shards(directory_storage, PLAIN, shard_size=4)] == [4, 4, 2]


def test_a_shard_ends_before_a_tile_that_it_would_part(directory_storage: Storage):
    put_shop(directory_storage, "abc", "uvwxyz")
    found = shards(directory_storage, WORN, shard_size=7)
    # of three garments each, two tiles fit into seven
    assert [len(rows) for rows in found] == [6, 6, 6]
    assert [{row["style_id"] for row in rows} for rows in found] == [{"u", "v"}, {"w", "x"}, {"y", "z"}]


def test_seeds_of_new_cloth_are_tiles_of_their_own(directory_storage: Storage):
    put_shop(directory_storage, "abc", "x")
    found = shards(directory_storage, WORN, shard_size=3, seeds=(0, 1))
    assert [[(row["seed"], row["content_id"]) for row in rows] for rows in found] == [
        [(seed, name) for name in "abc"] for seed in (0, 1)
    ]


def test_a_tile_that_dresses_more_than_a_shard_goes_on_in_the_next(directory_storage: Storage):
    put_shop(directory_storage, "abcde", "xy")
    found = shards(directory_storage, WORN, shard_size=2)
    assert ["".join(row["style_id"] for row in rows) for rows in found] == ["xx", "xx", "xy", "yy", "yy"]


@pytest.mark.parametrize("recipe", [PLAIN, WORN])
def test_some_garments_come_in_all_textiles_before_the_next(directory_storage: Storage, recipe, monkeypatch):
    monkeypatch.setattr("catalogs.sharding.GARMENTS_TOGETHER", 2)
    put_shop(directory_storage, "abcde", "xyz")
    found = shards(directory_storage, recipe, shard_size=4, seeds=(0, 1))
    pairs = [row["style_id"] + row["content_id"] for rows in found for row in rows]
    in_turn = {
        "".join(dict.fromkeys(pair[1] for pair in part)) for part in (pairs[:12], pairs[12:24], pairs[24:])
    }
    assert in_turn == {"ab", "cd", "e"}
    assert [pair[0] for pair in pairs[:12]] == sorted("xyz" * 4)
    assert [len(rows) for rows in found] == [4, 4, 4, 4, 4, 4, 4, 2]


@pytest.mark.parametrize("recipe", [PLAIN, WORN])
@pytest.mark.parametrize("shard_size", [1, 4, 5])
def test_a_design_and_its_colorways_are_in_one_shard(directory_storage: Storage, recipe, shard_size):
    put_shop(directory_storage, "abc", "xy")
    colorways = ColorwaysPart(palettes=PALETTES)
    found = shards(directory_storage, recipe, shard_size=shard_size, seeds=(0, 1), colorways=colorways)
    assert sum(map(len, found)) == 3 * 2 * 2 * 3
    assert max(map(len, found)) <= max(3, shard_size)
    own = [[row["colorway"] for row in rows] for rows in found]
    assert all(names == ["", "rust", "sea"] * (len(names) // 3) for names in own)


def test_shards_follow_each_other_through_recipes_and_sizes(directory_storage: Storage):
    put_shop(directory_storage, "abc", "xy")
    batch = a_batch(recipes=("plain", "worn"), sizes_px=(256, 512), shard_size=4)
    plan = a_plan(directory_storage, batch, recipes=(PLAIN, WORN))
    numbers = plan.table.column("shard_id").to_pylist()
    assert all(after - before in (0, 1) for before, after in pairwise(numbers))
    groups = [
        {(row["recipe"], row["size_px"]) for row in plan.shard(one).to_pylist()} for one in plan.shard_ids
    ]
    assert all(len(group) == 1 for group in groups)
    # six designs of each of four: textiles as they are 4 and 2, tiles of three garments 3 and 3
    assert [len(plan.shard(one)) for one in plan.shard_ids] == [4, 2, 4, 2, 3, 3, 3, 3]
