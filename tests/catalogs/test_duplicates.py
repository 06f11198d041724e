"""One picture is one design, whatever it is called and however much of a batch is planned."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.publication import publish, read_manifest
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from configs.recipe import ClothPart, GarmentPart, Recipe
from tests.catalogs.wardrobe import (
    PAPER,
    PLAIN,
    a_batch,
    a_plan,
    garment,
    paint_all,
    picture,
    put_catalog,
    put_picture,
    put_shop,
    textile,
)

TOSS = Recipe(name="toss", kind="yardage", cloth=ClothPart(maker="toss"))
WORN = Recipe(name="worn", cloth=ClothPart(maker="toss"), garment=GarmentPart())
RECIPES = {recipe.name: recipe for recipe in (PLAIN, PAPER, TOSS, WORN)}
PALETTES = {"palettes": {"rust": ["#112233", "#445566"], "the-same": ["#112233", "#445566"]}}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from("ab"), min_size=1, max_size=4),
    st.lists(st.sampled_from("xy"), min_size=1, max_size=4),
    st.lists(st.sampled_from(sorted(RECIPES)), min_size=1, max_size=3, unique=True),
    st.none() | st.integers(1, 12),
    st.none() | st.integers(1, 9),
    st.booleans(),
)
def test_no_design_is_planned_twice_and_limits_count_designs(
    tmp_path_factory: pytest.TempPathFactory, garments, textiles, recipes, most, sampled, coloured
):
    storage = DirectoryStorage(tmp_path_factory.mktemp("house"))
    put_catalog(storage, "content", [garment(f"g{n}", image=f"{of}.png") for n, of in enumerate(garments)])
    put_catalog(storage, "style", [textile(f"t{n}", image=f"{of}.png") for n, of in enumerate(textiles)])
    changes = {"max_designs": most, "recipes": recipes, "shard_size": 3}
    changes |= {"colorways": PALETTES} if coloured and "paper" not in recipes else {}
    changes |= {} if sampled is None else {"selection": {"kind": "sample", "count": sampled}}
    plan = a_plan(storage, a_batch(**changes), recipes=tuple(RECIPES.values()))
    paint_all(storage, plan)
    publish(storage, plan, max_failure_rate=0)
    rows = read_manifest(storage, plan.batch_id).to_pylist()
    fine = [row["design_id"] for row in rows if row["status"] != "skipped"]
    assert len(set(fine)) == len(fine) == plan.to_render
    different = {row["design_id"] for row in rows}
    assert len(fine) == min(len(different), most or len(different))


def test_a_limit_may_leave_nothing_of_a_recipe_of_new_cloth(directory_storage: Storage):
    put_shop(directory_storage, "ab", "x")
    batch = a_batch(recipes=("plain", "worn"), max_designs=2, sizes_px=(256, 320))
    plan = a_plan(directory_storage, batch, recipes=(PLAIN, WORN))
    # two garments by two recipes at two sizes
    assert plan.counts() == {"render": 2, "failed": 0, "skipped": 6}
    assert plan.by_recipe().keys() <= {"plain", "worn"}


def test_a_twin_of_what_is_over_the_limit_is_not_said_to_be_painted(directory_storage: Storage):
    put_picture(directory_storage, "style/y.png", picture("style/x.png"))
    put_picture(directory_storage, "style/z.png", picture("style/x.png"))
    put_shop(directory_storage, "ab", "xyz")
    plan = a_plan(directory_storage, a_batch(max_designs=1))
    skipped = [row for row in plan.table.to_pylist() if row["state"] == "skipped"]
    # two designs, one of them over the limit; each has two twins
    assert Counter(row["error_code"] for row in skipped) == {"duplicate": 4, "max_designs": 1}
    [painted] = plan.render_ids.to_pylist()
    for row in skipped:
        if row["error_code"] == "duplicate":
            assert ("painted once" in row["error"]) == (row["design_id"] == painted)
            assert ("max_designs" in row["error"]) == (row["design_id"] != painted)


def test_a_sample_counts_different_pictures(directory_storage: Storage):
    put_picture(directory_storage, "style/y.png", picture("style/x.png"))
    put_picture(directory_storage, "content/b.png", picture("content/a.png"))
    put_shop(directory_storage, "abc", "xyz")
    drawn = {"kind": "sample", "count": 4}
    plan = a_plan(directory_storage, a_batch(selection=drawn))
    # of three garments and three textiles two each are different
    assert plan.counts() == {"render": 4, "failed": 0, "skipped": 0}
    assert any("1 of 3 garments is the same picture as another" in note for note in plan.notes)


def test_twins_with_licences_of_their_own_are_both_drawn(directory_storage: Storage):
    put_picture(directory_storage, "style/y.png", picture("style/x.png"))
    put_catalog(directory_storage, "content", [garment("a")])
    put_catalog(directory_storage, "style", [textile("x", licence="CC-BY-ND-4.0"), textile("y")])
    plan = a_plan(directory_storage, a_batch(selection={"kind": "sample", "count": 2}))
    assert [row["style_id"] for row in plan.table.to_pylist() if row["state"] == "render"] == ["y"]
