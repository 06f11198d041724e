"""Yardage, motifs and garments in new cloth, as they are planned."""

from __future__ import annotations

import pytest

from catalogs.catalog import empty_catalog, load_catalog
from catalogs.plan import Plan
from catalogs.planning import plan_batch
from catalogs.refusals import PlanRefused
from catalogs.storage import Storage
from configs.batch import Batch, Filters, Selection
from configs.recipe import ClothPart, GarmentPart, Recipe
from tests.catalogs.wardrobe import PLAIN, WEIGHTS, garment, hash_of, put_catalog, put_shop, textile

TOSS = Recipe(name="toss", kind="yardage", cloth=ClothPart(maker="toss", repeat="half-drop"))
FILL = Recipe(name="fill", kind="yardage", cloth=ClothPart(maker="fill"))
WORN = Recipe(name="worn", cloth=ClothPart(maker="fill"), garment=GarmentPart())
RECIPES = {recipe.name: recipe for recipe in (PLAIN, TOSS, FILL, WORN)}


def plan_of(storage: Storage, *recipes: str, with_content: bool = True, pairs=None, **changes) -> Plan:
    batch = Batch(name="night", **({"recipes": recipes, "sizes_px": (256,)} | changes))
    return plan_batch(
        batch,
        RECIPES,
        {name: hash_of(recipe) for name, recipe in RECIPES.items()},
        load_catalog(storage, "content") if with_content else empty_catalog("content"),
        load_catalog(storage, "style"),
        engine_version="1",
        weights_sha256=WEIGHTS,
        pairs=pairs,
    )


def rows(plan: Plan, recipe: str) -> list[dict]:
    return [row for row in plan.table.to_pylist() if row["recipe"] == recipe]


def motif_of(row: dict) -> str | None:
    further = row["further_styles"] or ()
    return next((style["style_id"] for style in further if style["region"] == "motif"), None)


def test_yardage_is_one_design_a_textile_whatever_the_garments(directory_storage: Storage):
    put_shop(directory_storage, "abc", "xy")
    plan = plan_of(directory_storage, "toss", "plain")
    assert len(rows(plan, "plain")) == 3 * 2
    tiles = rows(plan, "toss")
    assert [row["style_id"] for row in tiles] == ["x", "y"]
    assert {(row["content_id"], row["content_key"], row["mask_sha256"]) for row in tiles} == {(None,) * 3}
    assert {(row["maker"], row["repeat"]) for row in tiles} == {("toss", "half-drop")}


def test_yardage_alone_needs_no_content_catalog(directory_storage: Storage):
    put_catalog(directory_storage, "style", [textile("x"), textile("y")])
    plan = plan_of(directory_storage, "toss", with_content=False)
    assert plan.counts() == {"render": 2, "failed": 0, "skipped": 0}


def test_the_same_tile_has_the_same_id_whatever_garments_there_are(directory_storage: Storage, tmp_path):
    put_shop(directory_storage, "abc", "x")
    before = rows(plan_of(directory_storage, "toss"), "toss")[0]["design_id"]
    put_shop(directory_storage, "d", "x")
    assert rows(plan_of(directory_storage, "toss"), "toss")[0]["design_id"] == before
    assert rows(plan_of(directory_storage, "toss", with_content=False), "toss")[0]["design_id"] == before


def test_joined_cloth_meets_each_motif_but_its_own_textile(directory_storage: Storage):
    put_shop(directory_storage, "a", "xyz")
    plan = plan_of(directory_storage, "fill", motifs=("x", "z"))
    met = {(row["style_id"], motif_of(row)) for row in rows(plan, "fill")}
    assert met == {("x", "z"), ("y", "x"), ("y", "z"), ("z", "x")}
    # the words of a design are those of both
    row = next(row for row in rows(plan, "fill") if (row["style_id"], motif_of(row)) == ("y", "x"))
    assert row["style_title"] == "Textile y + Textile x"


def test_motifs_are_filtered_like_styles(directory_storage: Storage):
    textiles = [textile("x", kind="painting"), textile("y", kind="floral"), textile("z", kind="check")]
    put_shop(directory_storage, "a", "")
    put_catalog(directory_storage, "style", textiles)
    filters = Filters(style={"kind": ("painting",)}, motif={"kind": ("floral", "check")})
    plan = plan_of(directory_storage, "fill", filters=filters)
    assert {(row["style_id"], motif_of(row)) for row in rows(plan, "fill")} == {("x", "y"), ("x", "z")}


def test_garments_in_joined_cloth_are_garments_times_styles_times_motifs(directory_storage: Storage):
    put_shop(directory_storage, "ab", "xyz")
    plan = plan_of(directory_storage, "worn", motifs=("z",))
    # each of two garments in x and in y, each with z
    assert len(rows(plan, "worn")) == 2 * 2
    assert len({row["design_id"] for row in rows(plan, "worn")}) == 4


def test_recipes_without_a_motif_do_not_see_those_of_the_batch(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    plan = plan_of(directory_storage, "plain", "fill", motifs=("x",))
    alone = plan_of(directory_storage, "plain")
    assert [row["design_id"] for row in rows(plan, "plain")] == [
        row["design_id"] for row in rows(alone, "plain")
    ]
    assert {motif_of(row) for row in rows(plan, "plain")} == {None}


def test_joined_cloth_without_a_motif_is_refused_with_the_key(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    with pytest.raises(PlanRefused, match=r"fill joins two textiles.*motifs: \[style_id"):
        plan_of(directory_storage, "fill")


def test_a_filter_that_leaves_no_motif_says_what_there_is(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    with pytest.raises(
        PlanRefused, match="kind is one of 'stripe', the filter asks for 'vector'; name other"
    ):
        plan_of(directory_storage, "fill", filters=Filters(motif={"kind": ("vector",)}))


def test_an_unknown_motif_is_refused_with_the_nearest_name(directory_storage: Storage):
    put_shop(directory_storage, "a", ["floral", "check"])
    with pytest.raises(PlanRefused, match=r"motifs: the style catalog has no 'flora'.*floral"):
        plan_of(directory_storage, "fill", motifs=("flora",))


def test_sizes_that_do_not_divide_into_the_repeat_are_refused_with_the_nearest(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")
    with pytest.raises(
        PlanRefused, match="multiples of 32 px, and sizes_px names 300; the nearest are 288 and 320"
    ):
        plan_of(directory_storage, "toss", sizes_px=(320, 300))


def test_new_cloth_of_mixed_textiles_is_refused(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    with pytest.raises(PlanRefused, match=r"patchwork of tiles.*leave out\s+the mixes"):
        plan_of(directory_storage, "toss", styles=("x:0.5 + y:0.5",))


def test_yardage_looks_at_no_regions_and_garments_wear_one_tile(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", regions="regions/a.png"), garment("b")])
    put_catalog(directory_storage, "style", [textile(name) for name in "xyz"])
    regions = {"region_styles": "red=z", "styles": ("x", "y")}
    plan = plan_of(directory_storage, "plain", "toss", **regions)
    assert {(row["content_id"], row["style_id"]) for row in rows(plan, "plain")} == {("a", "x"), ("a", "y")}
    tiles = rows(plan, "toss")
    assert [(row["style_id"], row["further_styles"], row["style_title"]) for row in tiles] == [
        ("x", None, "Textile x"),
        ("y", None, "Textile y"),
    ]
    # the same tiles as without any regions, and alone they need no map
    for other in (plan_of(directory_storage, "toss"), plan_of(directory_storage, "toss", **regions)):
        assert {row["design_id"] for row in tiles} <= {row["design_id"] for row in rows(other, "toss")}
    with pytest.raises(PlanRefused, match="dresses a garment in one tile of new cloth"):
        plan_of(directory_storage, "worn", motifs=("z",), **regions)


def test_a_sample_of_yardage_draws_textiles(directory_storage: Storage):
    put_shop(directory_storage, "a", "uvwxyz")
    plan = plan_of(directory_storage, "toss", selection=Selection(kind="sample", count=4), with_content=False)
    assert plan.counts()["render"] == 4


def test_a_tile_of_known_width_comes_to_scale(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", width_mm=400), garment("b")])
    put_catalog(directory_storage, "style", [textile("x", motif_width_mm=160)])
    cloth = ClothPart(maker="toss", repeat_width_mm=320)
    recipes = {
        "tile": Recipe(name="tile", kind="yardage", cloth=cloth),
        "worn": Recipe(name="worn", cloth=cloth, garment=GarmentPart()),
    }
    plan = plan_batch(
        Batch(name="night", recipes=("tile", "worn"), sizes_px=(256,)),
        recipes,
        {name: hash_of(recipe) for name, recipe in recipes.items()},
        load_catalog(directory_storage, "content"),
        load_catalog(directory_storage, "style"),
        engine_version="1",
        weights_sha256=WEIGHTS,
    )
    shares = {
        (row["recipe"], row["content_id"]): (row["motif_share"], row["repeat_share"], row["repeat_width_mm"])
        for row in plan.table.to_pylist()
    }
    # 160 of 320 mm; the tile is 320 of the garment's 400 mm
    assert shares == {
        ("tile", None): (0.5, None, 320.0),
        ("worn", "a"): (0.5, 0.8, 320.0),
        ("worn", "b"): (0.5, None, 320.0),
    }


def test_a_tile_of_unknown_width_is_as_wide_as_the_textile_laid_out_on_it(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", width_mm=400)])
    put_catalog(directory_storage, "style", [textile("x", motif_width_mm=160), textile("y")])
    recipe = Recipe(name="worn", cloth=ClothPart(maker="toss", motif_scale=0.5), garment=GarmentPart())
    plan = plan_batch(
        Batch(name="night", recipes=("worn",), sizes_px=(256,)),
        {"worn": recipe},
        {"worn": hash_of(recipe)},
        load_catalog(directory_storage, "content"),
        load_catalog(directory_storage, "style"),
        engine_version="1",
        weights_sha256=WEIGHTS,
    )
    # at half its size the textile's 160 mm are half a tile, which is 320 of the garment's 400 mm
    shares = {row["style_id"]: (row["motif_share"], row["repeat_share"]) for row in plan.table.to_pylist()}
    assert shares == {"x": (None, 0.8), "y": (None, None)}


def test_a_batch_plans_its_cloth_in_each_repeat_and_renames_none_of_its_own(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    batch = Batch(name="night", recipes=("toss",), sizes_px=(256,), repeats=("mirror", "half-drop"))
    recipes = {f"toss@{repeat}": TOSS.repeating(repeat) for repeat in batch.repeats}
    plan = plan_batch(
        batch,
        recipes,
        {name: hash_of(recipe) for name, recipe in recipes.items()},
        empty_catalog("content"),
        load_catalog(directory_storage, "style"),
        engine_version="1",
        weights_sha256=WEIGHTS,
    )
    # two textiles, each mirrored and as the half-drop that the recipe has of its own
    assert plan.by_recipe() == {"toss.mirror": 2, "toss": 2}
    assert {(row["recipe"], row["repeat"]) for row in plan.table.to_pylist()} == {
        ("toss.mirror", "mirror"),
        ("toss", "half-drop"),
    }
    own = {row["design_id"] for row in rows(plan_of(directory_storage, "toss"), "toss")}
    assert {row["design_id"] for row in rows(plan, "toss")} == own
