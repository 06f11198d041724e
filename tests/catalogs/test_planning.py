from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.catalog import load_catalog
from catalogs.errors import CatalogError, NotFound
from catalogs.frozen import freeze_batch, read_frozen
from catalogs.identity import design_id, further_ingredient, regions_ingredient
from catalogs.listed import read_pairs
from catalogs.pairing import sample
from catalogs.plan import LACKING, PLAN_SCHEMA, Plan, plan_shard, read_plan, write_plan
from catalogs.planning import batch_id_on, plan_batch
from catalogs.refusals import PlanRefused
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from configs.recipe import ControlsPart, GarmentPart, Recipe
from tests.catalogs.wardrobe import (
    NOON,
    PAPER,
    PLAIN,
    WEIGHTS,
    a_batch,
    a_plan,
    garment,
    hash_of,
    picture,
    put_catalog,
    put_picture,
    put_shop,
    textile,
)


def rows_of(plan: Plan, state: str | None = None) -> list[dict]:
    return [row for row in plan.table.to_pylist() if state is None or row["state"] == state]


def ids_of(plan: Plan) -> list[str]:
    return plan.render_ids.to_pylist()


def pairs_of(plan: Plan) -> set[tuple[str, str]]:
    return {(row["content_id"], row["style_id"]) for row in rows_of(plan, "render")}


def test_a_grid_is_every_garment_with_every_textile_recipe_size_and_seed(directory_storage: Storage):
    put_shop(directory_storage, "abc", "xy")
    batch = a_batch(recipes=("plain", "paper"), sizes_px=(256, 512), seeds=(0, 1, 2))
    plan = a_plan(directory_storage, batch)
    assert len(plan) == 3 * 2 * 2 * 2 * 3
    assert plan.counts() == {"render": 72, "failed": 0, "skipped": 0}
    assert len(set(ids_of(plan))) == 72
    assert plan.table.schema == PLAN_SCHEMA


def test_an_id_is_the_hash_of_what_decides_the_pixels(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")
    [row] = rows_of(a_plan(directory_storage, a_batch(seeds=(7,)), engine_version="9"))
    # the ingredients in their order, one a line: version, engine, weights, recipe, size, colorway, seed,
    # content, mask, style, motif
    content, style = (hashlib.sha256(picture(key)).hexdigest() for key in ("content/a.png", "style/x.png"))
    lines = ["toile-design-1", "9", "0" * 64, hash_of(PLAIN), "256", "", "7", content, "", style, ""]
    by_hand = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()[:32]
    assert row["design_id"] == by_hand
    assert row["content_sha256"] == content


@given(
    shas=st.lists(st.text("0123456789abcdef", min_size=8, max_size=8), min_size=3, max_size=3, unique=True),
    size_px=st.integers(32, 4096),
    seed=st.integers(0, 2**40),
    share=st.none() | st.floats(0.01, 10),
)
def test_any_ingredient_changes_the_id(shas: list[str], size_px: int, seed: int, share: float | None):
    known = {
        "content_sha256": shas[0],
        "style_sha256": shas[1],
        "mask_sha256": shas[2],
        "recipe_hash": "r",
        "size_px": size_px,
        "seed": seed,
        "weights_sha256": "w",
        "engine_version": "1",
        "motif_share": share,
        "colorway": "",
    }
    changed = {
        "content_sha256": shas[1],
        "style_sha256": shas[0],
        "mask_sha256": "",
        "recipe_hash": "s",
        "size_px": size_px + 1,
        "seed": seed + 1,
        "weights_sha256": "v",
        "engine_version": "2",
        "motif_share": 20.0,
        "colorway": "red",
    }
    ids = {design_id(**known)} | {design_id(**(known | {name: value})) for name, value in changed.items()}
    assert len(ids) == 1 + len(changed)


def test_the_network_that_finds_garments_is_part_of_the_id_where_it_looks_for_them(
    directory_storage: Storage,
):
    put_shop(directory_storage, "a", "x")
    layers = {"style": {"layers": ["relu1_1"]}}
    seeing = Recipe(name="plain", backbone="vgg19", garment={"mask": "auto"}, optimise=layers)
    told = seeing.model_copy(update={"garment": GarmentPart(mask="catalog")})
    bare = seeing.model_copy(update={"garment": None})

    def planned(recipe: Recipe, vgg16: str) -> dict:
        weights = {"vgg16": vgg16, "vgg19": "c" * 64}
        [row] = rows_of(a_plan(directory_storage, recipes=[recipe], weights=weights))
        return row

    # seen by another VGG-16 the garment is elsewhere; where the catalog says it, or nobody asks, it is not
    for recipe, looks in ((seeing, True), (told, False), (bare, False)):
        one, other = (planned(recipe, sha * 64) for sha in "ab")
        assert (one["design_id"] != other["design_id"]) is looks
    assert planned(seeing, "a" * 64)["weights_sha256"] == f"{'c' * 64}+{'a' * 64}"
    assert planned(told, "a" * 64)["weights_sha256"] == "c" * 64


def test_planning_twice_gives_the_same_plan_in_any_order_of_the_catalogs(directory_storage: Storage):
    names = [f"g{number}" for number in range(7)]
    put_shop(directory_storage, names, "xyz")
    first = a_plan(directory_storage, a_batch(shard_size=4))
    put_shop(directory_storage, reversed(names), "zxy")
    second = a_plan(directory_storage, a_batch(shard_size=4))
    assert first.table.equals(second.table)


def test_a_renamed_image_or_id_renames_no_design(directory_storage: Storage):
    put_shop(directory_storage, "ab", "x")
    before = set(ids_of(a_plan(directory_storage)))
    put_picture(directory_storage, "content/new name é.png", picture("content/a.png"))
    put_catalog(
        directory_storage, "content", [garment("z-1", image="new name é.png", title="Other"), garment("b")]
    )
    assert set(ids_of(a_plan(directory_storage))) == before


def test_a_new_textile_renames_nothing(directory_storage: Storage):
    put_shop(directory_storage, "ab", "x")
    before = set(ids_of(a_plan(directory_storage)))
    put_shop(directory_storage, "ab", "wxz")
    assert before < set(ids_of(a_plan(directory_storage)))


def test_a_changed_recipe_gives_new_ids_and_another_description_does_not(directory_storage: Storage):
    put_shop(directory_storage)
    before = ids_of(a_plan(directory_storage, recipes=[PLAIN]))
    retold = PLAIN.model_copy(update={"title": "The same, told better"})
    assert ids_of(a_plan(directory_storage, recipes=[retold])) == before
    deeper = PLAIN.model_copy(update={"cloth": PLAIN.cloth.model_copy(update={"bend_px": 5.0})})
    assert not set(ids_of(a_plan(directory_storage, recipes=[deeper]))) & set(before)


def test_a_new_engine_paints_everything_anew(directory_storage: Storage):
    put_shop(directory_storage)
    old, new = (set(ids_of(a_plan(directory_storage, engine_version=name))) for name in ("1", "2"))
    assert not old & new


def test_a_mask_matters_only_to_recipes_that_look_at_the_garment(directory_storage: Storage):
    batch = a_batch(recipes=("plain", "paper"))
    put_catalog(directory_storage, "content", [garment("a")])
    put_catalog(directory_storage, "style", [textile("x")])
    bare = {row["recipe"]: row["design_id"] for row in rows_of(a_plan(directory_storage, batch))}
    put_catalog(directory_storage, "content", [garment("a", mask="masks/a.png")])
    masked = {row["recipe"]: row["design_id"] for row in rows_of(a_plan(directory_storage, batch))}
    assert bare["plain"] != masked["plain"]
    assert bare["paper"] == masked["paper"]


def test_the_same_bytes_under_two_names_are_painted_once(directory_storage: Storage):
    put_picture(directory_storage, "content/b.png", picture("content/a.png"))
    put_shop(directory_storage, "abc", "xy")
    plan = a_plan(directory_storage)
    assert plan.counts() == {"render": 4, "failed": 0, "skipped": 2}
    twins = rows_of(plan, "skipped")
    assert [(row["content_id"], row["style_id"]) for row in twins] == [("b", "x"), ("b", "y")]
    for twin in twins:
        assert twin["error_code"] == "duplicate"
        assert f"'a' with {twin['style_id']!r}" in twin["error"]
        assert twin["design_id"] in twin["error"]
        assert twin["design_id"] in ids_of(plan)
        assert twin["shard_id"] is None


def test_the_motif_is_to_scale_where_both_widths_are_known(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", width_mm=600), garment("b")])
    put_catalog(directory_storage, "style", [textile("x", motif_width_mm=200), textile("y")])
    plan = a_plan(directory_storage)
    shares = {(row["content_id"], row["style_id"]): row["motif_share"] for row in rows_of(plan)}
    # 200 mm of motif on 600 mm of garment: a third, kept to six digits
    assert shares == {("a", "x"): 0.333333, ("a", "y"): None, ("b", "x"): None, ("b", "y"): None}
    [row] = [row for row in rows_of(plan) if row["motif_share"] is not None]
    assert row["design_id"] == design_id(
        content_sha256=row["content_sha256"],
        style_sha256=row["style_sha256"],
        recipe_hash=row["recipe_hash"],
        size_px=row["size_px"],
        seed=row["seed"],
        weights_sha256=row["weights_sha256"],
        engine_version=row["engine_version"],
        motif_share=row["motif_share"],
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 90), st.integers(0, 2**63 - 1))
def test_a_sample_holds_different_pairs_and_does_not_depend_on_order(
    contents: int, styles: int, count: int, seed: int
):
    content_ids = [f"c{number}" for number in range(contents)]
    style_ids = [f"s{number}" for number in range(styles)]

    def named(first: list[str], second: list[str]) -> set[tuple[str, str]]:
        left, right = sample(first, second, count=count, seed=seed)
        return {(first[at], second[to]) for at, to in zip(left, right, strict=True)}

    drawn = named(content_ids, style_ids)
    assert len(drawn) == min(count, contents * styles)
    assert named(content_ids[::-1], style_ids[::-1]) == drawn


def test_a_sample_is_the_pairs_with_the_smallest_ranks():
    # The same sum in whole numbers of Python, so that no version of numpy draws others.
    def mix(value: int) -> int:  # splitmix64
        value = (value + 0x9E3779B97F4A7C15) % 2**64
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
        return value ^ value >> 31

    def head(name: str) -> int:
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")

    content_ids, style_ids = [f"c{n}" for n in range(50)], [f"s{n}" for n in range(40)]
    ranks = {
        (c, s): mix((mix(head(content_ids[c]) ^ mix(2026)) + head(style_ids[s])) % 2**64)
        for c in range(50)
        for s in range(40)
    }
    left, right = sample(content_ids, style_ids, count=5, seed=2026)
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == set(sorted(ranks, key=ranks.get)[:5])


def test_another_seed_draws_other_pairs_and_all_pairs_get_their_turn():
    names = [str(number) for number in range(20)]
    counts = np.zeros((20, 20), dtype=int)
    for seed in range(200):
        left, right = sample(names, names, count=40, seed=seed)
        np.add.at(counts, (left, right), 1)
    # 200 draws of 40 of 400: 20 each on average, standard deviation √(200·.1·.9) = 4.2
    assert counts.sum() == 8000
    assert counts.min() >= 3
    assert counts.max() <= 45


def test_a_large_grid_is_sampled_block_by_block(monkeypatch: pytest.MonkeyPatch):
    names = [str(number) for number in range(30)]
    whole = sample(names, names, count=50, seed=3)
    monkeypatch.setattr("catalogs.pairing._CHUNK_PAIRS", 64)
    in_blocks = sample(names, names, count=50, seed=3)
    assert np.array_equal(whole[0], in_blocks[0])
    assert np.array_equal(whole[1], in_blocks[1])


def test_a_sample_larger_than_the_grid_takes_all_and_says_so(directory_storage: Storage):
    put_shop(directory_storage, "ab", "x")
    plan = a_plan(directory_storage, a_batch(selection={"kind": "sample", "count": 50}))
    assert plan.to_render == 2
    assert "there are 2" in plan.notes[0]


def test_pairs_come_from_the_list_and_unknown_ones_are_failed_rows(directory_storage: Storage):
    put_shop(directory_storage, ("tee-1", "tee-2"), ("ikat-1", "ikat-2"))
    put_catalog(
        directory_storage, "content", [garment("tee-1"), garment("tee-2"), garment("tee-3", title="")]
    )
    pairs = read_pairs(
        b"content_id,style_id\ntee-2,ikat-1\ntee-1,ikat-9\ntee-3,ikat-2\ntee-2,ikat-1\n", name="pairs.csv"
    )
    plan = a_plan(
        directory_storage,
        a_batch(selection={"kind": "pairs", "pairs_csv": "pairs.csv"}),
        pairs=pairs,
    )
    assert plan.counts() == {"render": 1, "failed": 2, "skipped": 1}
    unknown, broken = rows_of(plan, "failed")
    assert (unknown["content_id"], unknown["style_id"], unknown["error_code"]) == (
        "tee-1",
        "ikat-9",
        "unknown_id",
    )
    assert "'ikat-1'" in unknown["error"]
    assert (broken["content_id"], broken["error_code"]) == ("tee-3", "title_missing")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"content_id,style\na,b\n", "no column style_id"),
        (b"content_id,style_id\n", "lists no pairs"),
        (b'content_id,style_id\n"a,b\n', "line 2"),
    ],
)
def test_a_list_that_is_none_is_refused(data: bytes, said: str):
    with pytest.raises(CatalogError, match=said):
        read_pairs(data, name="pairs.csv")


def test_filters_are_exact_and_hold_together(directory_storage: Storage):
    put_catalog(
        directory_storage,
        "content",
        [
            garment("a", category="tee", season="ss27", width_mm="600.0"),
            garment("b", category="tee", season="aw27", width_mm=600),
            garment("c", category="jeans", season="ss27", width_mm=420),
        ],
    )
    put_catalog(directory_storage, "style", [textile("x", line="7"), textile("y", line="8")])

    def left(**content: list[object]) -> set[str]:
        batch = a_batch(filters={"content": content, "style": {"line": [7]}})
        plan = a_plan(directory_storage, batch)
        assert {style for _, style in pairs_of(plan)} == {"x"}
        return {name for name, _ in pairs_of(plan)}

    assert left(category=["tee"]) == {"a", "b"}
    assert left(category=["tee", "jeans"], season=["ss27"]) == {"a", "c"}
    assert left(width_mm=[600]) == {"a", "b"}


def test_a_filter_on_an_unknown_column_names_the_nearest(directory_storage: Storage):
    put_shop(directory_storage)
    with pytest.raises(PlanRefused, match=r"'categry'.*nearest is 'category'"):
        a_plan(directory_storage, a_batch(filters={"content": {"categry": ["tee"]}}))


def test_filters_that_leave_nothing_say_what_there_is(directory_storage: Storage):
    put_shop(directory_storage)
    with pytest.raises(PlanRefused, match=r"0 of 3 usable rows.*one of 'tee', the filter asks for 'Tee'"):
        a_plan(directory_storage, a_batch(filters={"content": {"category": ["Tee"]}}))


def test_broken_rows_are_failed_rows_and_filters_hold_for_them_too(directory_storage: Storage):
    rows = [garment("a"), garment("b", title=""), garment("c", title="", category="jeans")]
    put_catalog(directory_storage, "content", rows)
    put_catalog(directory_storage, "style", [textile("x"), textile("y", image="../y.png")])
    plan = a_plan(directory_storage, a_batch(filters={"content": {"category": ["tee"]}}))
    assert pairs_of(plan) == {("a", "x")}
    failed = rows_of(plan, "failed")
    assert [(row["content_id"], row["style_id"], row["error_code"]) for row in failed] == [
        ("b", None, "title_missing"),
        (None, "y", "unsafe_path"),
    ]
    assert failed[1]["style_title"] == "Textile y"
    assert len({row["design_id"] for row in rows_of(plan)}) == len(plan)


def test_max_designs_leaves_whole_pairs_and_the_rest_has_rows(directory_storage: Storage):
    put_shop(directory_storage, "abcdef", "uvwxyz")
    whole = a_batch(recipes=("plain", "paper"), sizes_px=(256, 512))
    plan = a_plan(directory_storage, whole.model_copy(update={"max_designs": 12}))
    assert plan.counts() == {"render": 12, "failed": 0, "skipped": 132}
    # 2 recipes × 2 sizes a pair: 12 designs are 3 whole pairs
    assert len(pairs_of(plan)) == 3
    assert {row["error_code"] for row in rows_of(plan, "skipped")} == {"max_designs"}
    more = a_plan(directory_storage, whole.model_copy(update={"max_designs": 24}))
    assert set(ids_of(plan)) < set(ids_of(more)) < set(ids_of(a_plan(directory_storage, whole)))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 3), st.integers(1, 7))
def test_shards_hold_one_recipe_and_size_and_cover_the_plan_once(
    garments: int, textiles: int, seeds: int, shard_size: int
):
    plan = SHOP.plan(garments, textiles, seeds, shard_size)
    shards = [plan_shard(plan, shard_id) for shard_id in plan.shard_ids]
    assert [row for shard in shards for row in shard] == rows_of(plan, "render")
    for shard_id, shard in enumerate(shards):
        assert 1 <= len(shard) <= shard_size
        assert {row["shard_id"] for row in shard} == {shard_id}
        assert len({(row["recipe"], row["size_px"]) for row in shard}) == 1
        styles = [row["style_id"] for row in shard]
        assert styles == sorted(styles)
    # 2 recipes × 1 size: each group's last shard may be smaller, no other
    per_group = garments * textiles * seeds
    assert len(shards) == 2 * -(-per_group // shard_size)


class _Shop:
    """One storage for a property test, whose examples share its pictures."""

    def __init__(self) -> None:
        self._storage: Storage | None = None

    def open(self, storage: Storage) -> None:
        self._storage = storage

    def plan(self, garments: int, textiles: int, seeds: int, shard_size: int) -> Plan:
        assert self._storage is not None
        put_shop(
            self._storage, [f"g{at:02}" for at in range(garments)], [f"t{at:02}" for at in range(textiles)]
        )
        batch = a_batch(
            recipes=("plain", "paper"), seeds=tuple(range(seeds)), shard_size=shard_size, name="shards"
        )
        return a_plan(self._storage, batch)


SHOP = _Shop()


@pytest.fixture(autouse=True, scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> None:
    SHOP.open(DirectoryStorage(tmp_path_factory.mktemp("shop")))


def test_a_plan_comes_back_from_the_storage_as_it_was(storage: Storage):
    put_catalog(storage, "content", [garment("a", buyer="Ann"), garment("b", title="", buyer="Bo")])
    put_catalog(storage, "style", [textile("x", loom="4"), textile("y")])
    plan = a_plan(storage, a_batch(max_designs=1))
    assert plan.extras == ("content_buyer", "style_loom")
    write_plan(storage, plan)
    again = read_plan(storage, plan.batch_id)
    assert again.table.to_pylist() == plan.table.to_pylist()
    assert (again.extras, again.notes, again.to_render) == (plan.extras, plan.notes, 1)
    assert {row["content_buyer"] for row in again.table.to_pylist()} == {"Ann", "Bo"}
    assert {row["style_loom"] for row in again.table.to_pylist()} == {"4", None}
    assert plan_shard(again, 0) == plan_shard(plan, 0)


def test_a_shard_that_is_not_there_is_refused(directory_storage: Storage):
    put_shop(directory_storage)
    with pytest.raises(PlanRefused, match="shards 0 to 0, got 1"):
        plan_shard(a_plan(directory_storage), 1)


def test_a_plan_that_was_never_made_says_what_to_run(directory_storage: Storage):
    with pytest.raises(NotFound, match="has no plan"):
        read_plan(directory_storage, "night")


@pytest.mark.parametrize("damage", [b"", b"PAR1 and then nothing", b"plan"])
def test_a_damaged_plan_is_refused(directory_storage: Storage, damage: bytes):
    directory_storage.write_atomic("batches/night/plan.parquet", damage)
    with pytest.raises(PlanRefused, match="plan the batch again"):
        read_plan(directory_storage, "night")


def test_a_plan_where_nothing_can_be_painted_has_no_shards(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", title="")])
    put_catalog(directory_storage, "style", [textile("x")])
    plan = a_plan(directory_storage)
    assert (list(plan.shard_ids), plan.to_render, len(plan)) == ([], 0, 1)
    assert plan.render_ids.to_pylist() == []


def test_two_recipes_of_one_name_are_refused(directory_storage: Storage):
    put_shop(directory_storage)
    twin = PAPER.model_copy(update={"name": "plain"})
    with pytest.raises(PlanRefused, match=r"plain and other\.yaml are different recipes"):
        plan_batch(
            a_batch(recipes=("plain", "other.yaml")),
            {"plain": PLAIN, "other.yaml": twin},
            {"plain": hash_of(PLAIN), "other.yaml": hash_of(twin)},
            load_catalog(directory_storage, "content"),
            load_catalog(directory_storage, "style"),
            engine_version="1",
            weights_sha256=WEIGHTS,
        )


def test_weights_that_nobody_knows_are_refused(directory_storage: Storage):
    put_shop(directory_storage)
    with pytest.raises(PlanRefused, match="weights of vgg19"):
        a_plan(directory_storage, recipes=[PLAIN.model_copy(update={"backbone": "vgg19"})])


def test_a_batch_id_holds_name_and_day():
    assert batch_id_on(a_batch(batch_id="{name}-{date}"), NOON) == "night-20261121"
    assert batch_id_on(a_batch(), NOON) == "night"


def test_a_frozen_batch_comes_back_as_it_was(directory_storage: Storage):
    put_shop(directory_storage)
    batch = a_batch(recipes=("plain", "paper"), filters={"content": {"category": ["tee", 7]}})
    recipes = {"plain": PLAIN, "paper": PAPER}
    hashes = {name: hash_of(recipe) for name, recipe in recipes.items()}
    freeze_batch(directory_storage, "n-1", batch, recipes, hashes, engine_version="1", weights_sha256=WEIGHTS)
    frozen = read_frozen(directory_storage, "n-1")
    assert frozen.batch == batch
    assert frozen.recipes == recipes
    assert frozen.hashes == hashes
    assert (frozen.engine_version, frozen.weights_sha256) == ("1", WEIGHTS)


def test_columns_of_a_plan_keep_repeated_text_once(directory_storage: Storage):
    put_shop(directory_storage, "abc", "xyz")
    titles = a_plan(directory_storage).table.column("content_title").chunk(0)
    assert isinstance(titles, pa.DictionaryArray)
    assert len(titles.dictionary) == 3


def test_pairs_without_a_list_are_refused(directory_storage: Storage):
    put_shop(directory_storage)
    with pytest.raises(PlanRefused, match="no list of pairs"):
        a_plan(directory_storage, a_batch(selection={"kind": "pairs", "pairs_csv": "p.csv"}))


def test_pairs_that_filters_leave_out_are_told(directory_storage: Storage):
    put_shop(directory_storage, "ab", "x")
    put_catalog(directory_storage, "content", [garment("a"), garment("b", category="jeans")])
    pairs = pd.DataFrame({"content_id": ["a", "b"], "style_id": ["x", "x"]})
    batch = a_batch(
        selection={"kind": "pairs", "pairs_csv": "p.csv"}, filters={"content": {"category": ["tee"]}}
    )
    plan = a_plan(directory_storage, batch, pairs=pairs)
    assert pairs_of(plan) == {("a", "x")}
    assert "1 of the 2 listed pairs" in plan.notes[0]


def test_a_plan_says_what_its_recipes_controls_are(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")
    faded = PLAIN.model_copy(
        update={"name": "faded", "controls": ControlsPart(strength=0.4, keep_colours="lab")}
    )
    plan = a_plan(directory_storage, a_batch(recipes=("plain", "faded")), recipes=(PLAIN, faded))
    found = {
        row["recipe"]: [row[name] for name in ("strength", "keep_colours", "motif_scale", "rotation_deg")]
        for row in rows_of(plan)
    }
    assert found == {"plain": [1.0, "none", 1.0, 0.0], "faded": [0.4, "lab", 1.0, 0.0]}


@pytest.mark.parametrize("version", list(LACKING)[:-1])
def test_a_plan_of_an_older_version_is_read_with_its_later_columns_empty(
    directory_storage: Storage, version: str
):
    put_shop(directory_storage, "a", "x")
    plan = a_plan(directory_storage)
    write_plan(directory_storage, plan)
    whole = pq.read_table(pa.BufferReader(directory_storage.read("batches/night/plan.parquet")))
    later = [name for name in LACKING[version] if name in PLAN_SCHEMA.names]  # the others are the manifest's
    old = whole.drop_columns(later).replace_schema_metadata(
        {**whole.schema.metadata, b"toile_plan_schema_version": version.encode()}
    )
    sink = pa.BufferOutputStream()
    pq.write_table(old, sink)
    directory_storage.write_atomic("batches/night/plan.parquet", sink.getvalue().to_pybytes())
    back = read_plan(directory_storage, "night")
    assert back.table.schema == PLAN_SCHEMA
    assert back.render_ids.to_pylist() == plan.render_ids.to_pylist()
    assert [back.table.column(name).to_pylist() for name in later] == [[None]] * len(later)


def test_what_is_protected_is_part_of_every_recipe_s_id_and_of_none_without(directory_storage: Storage):
    batch = a_batch(recipes=("plain", "paper"))
    put_shop(directory_storage, "a", "x")
    bare = rows_of(a_plan(directory_storage, batch))
    put_catalog(directory_storage, "content", [garment("a", protect="protect/a.png")])
    marked = rows_of(a_plan(directory_storage, batch))
    assert not {row["design_id"] for row in bare} & {row["design_id"] for row in marked}
    for row in marked:
        assert row["protect_key"] == "content/protect/a.png"
        used = {"mask_sha256": row["mask_sha256"] or "", "protect_sha256": row["protect_sha256"]}
        assert row["design_id"] == design_id(**ingredients(row), **used)


def ingredients(row: dict) -> dict:
    names = ("content_sha256", "style_sha256", "recipe_hash", "size_px", "seed", "weights_sha256")
    return {name: row[name] for name in (*names, "engine_version", "motif_share")}


def test_a_palette_is_named_by_the_batch_or_by_the_pair_and_is_part_of_the_id(directory_storage: Storage):
    put_shop(directory_storage, "ab", "xyz")
    pairs = read_pairs(b"content_id,style_id,palette\na,x,\na,x,y\nb,x,z\n", name="pairs.csv")
    listed = {"selection": {"kind": "pairs", "pairs_csv": "pairs.csv"}}
    bare = rows_of(a_plan(directory_storage, a_batch(**listed), pairs=pairs))
    whole = a_plan(directory_storage, a_batch(**listed, palette="z"), pairs=pairs)
    assert [row["palette_id"] for row in bare] == [None, "y", "z"]
    assert [row["palette_id"] for row in rows_of(whole)] == ["z", "y", "z"]
    for row in rows_of(whole):
        assert row["palette_key"] == f"style/{row['palette_id']}.png"
        assert row["design_id"] == design_id(**ingredients(row), palette_sha256=row["palette_sha256"])
    # without a palette the id is the one that it always was
    assert bare[0]["design_id"] == design_id(**ingredients(bare[0]))


def test_a_palette_may_be_a_style_that_the_filters_leave_out(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a")])
    put_catalog(directory_storage, "style", [textile("x"), textile("card", kind="colours")])
    plan = a_plan(directory_storage, a_batch(palette="card", filters={"style": {"kind": ["stripe"]}}))
    assert [(row["style_id"], row["palette_id"]) for row in rows_of(plan)] == [("x", "card")]


def test_an_unknown_palette_is_refused_for_a_batch_and_a_failed_row_for_a_pair(directory_storage: Storage):
    put_shop(directory_storage, "a", ("ikat-1", "ikat-2"))
    with pytest.raises(
        PlanRefused, match=r"the batch .*: palette: the style catalog has no 'ikat-3'; .*ikat-1"
    ):
        a_plan(directory_storage, a_batch(palette="ikat-3"))
    pairs = read_pairs(b"content_id,style_id,palette\na,ikat-1,ikat-3\n", name="pairs.csv")
    batch = a_batch(selection={"kind": "pairs", "pairs_csv": "pairs.csv"})
    [row] = rows_of(a_plan(directory_storage, batch, pairs=pairs), "failed")
    assert row["error_code"] == "unknown_id"
    assert "palette: the style catalog has no 'ikat-3'" in row["error"]


def test_a_palette_beside_kept_colours_is_refused(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    keeping = PLAIN.model_copy(update={"controls": ControlsPart(keep_colours="lab")})
    with pytest.raises(PlanRefused, match="plain keeps the garment's colours and a palette says others"):
        a_plan(directory_storage, a_batch(palette="y"), recipes=(keeping,))


LISTED = {"selection": {"kind": "pairs", "pairs_csv": "pairs.csv"}}


def plan_of(storage: Storage, text: str, **changes) -> Plan:
    return a_plan(storage, a_batch(**LISTED, **changes), pairs=read_pairs(text.encode(), name="pairs.csv"))


def further_of(row: dict) -> bytes:
    return b"".join(
        further_ingredient(one["sha256"], one["share"], one["region"], one["motif_ratio"])
        for one in row["further_styles"]
    )


def test_a_mix_of_styles_is_the_same_however_it_is_written(directory_storage: Storage):
    put_shop(directory_storage, "a", "xyz")
    plan = plan_of(directory_storage, "content_id,style_id\na,x:0.75+y:0.25\na,y:1 + x:3\na,x\n")
    mixed, plain = rows_of(plan, "render")
    assert [row["error_code"] for row in rows_of(plan, "skipped")] == ["duplicate"]
    if mixed["further_styles"] is None:
        mixed, plain = plain, mixed
    assert (mixed["style_id"], plain["further_styles"]) == ("x", None)
    [further] = mixed["further_styles"]
    assert (further["style_id"], further["key"], further["share"]) == ("y", "style/y.png", 0.25)
    assert mixed["design_id"] == design_id(**ingredients(mixed), further=further_of(mixed))
    assert plain["design_id"] == design_id(**ingredients(plain))


def test_a_design_of_several_textiles_names_all_of_them(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a")])
    other = {"licence": "CC-BY-4.0", "credit": "Mill 9"}
    put_catalog(directory_storage, "style", [textile("x"), textile("y", **other), textile("z")])
    [row] = rows_of(plan_of(directory_storage, "content_id,style_id\na,x:6+y:3+z:2\n"))
    assert row["style_title"] == "Textile x + Textile y + Textile z"
    assert row["style_licence"] == "proprietary:mill-7 AND CC-BY-4.0"
    assert (row["credit"], row["style_source"]) == ("Mill 7; Mill 9", "archive")


def test_regions_take_styles_where_the_garment_has_a_map(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", regions="regions/a.png"), garment("b")])
    put_catalog(directory_storage, "style", [textile("x"), textile("y"), textile("z")])
    plan = plan_of(
        directory_storage,
        "content_id,style_id,region_styles\na,x,red=y blue=z\nb,x,red=y\na,x,\n",
    )
    [missing] = rows_of(plan, "failed")
    assert (missing["content_id"], missing["error_code"]) == ("b", "regions_missing")
    assert "no map of regions for 'b'" in missing["error"]
    parted = next(row for row in rows_of(plan, "render") if row["further_styles"])
    whole = next(row for row in rows_of(plan, "render") if not row["further_styles"])
    assert [(one["region"], one["style_id"]) for one in parted["further_styles"]] == [
        ("red", "y"),
        ("blue", "z"),
    ]
    assert parted["regions_key"] == "content/regions/a.png"
    further = further_of(parted) + regions_ingredient(parted["regions_sha256"])
    assert parted["design_id"] == design_id(**ingredients(parted), further=further)
    # a map that no style asks for is in no id
    assert whole["design_id"] == design_id(**ingredients(whole))


def test_further_styles_keep_their_scale_to_the_first(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", width_mm=600)])
    put_catalog(
        directory_storage,
        "style",
        [textile("x", motif_width_mm=200), textile("y", motif_width_mm=300), textile("z")],
    )
    [row] = rows_of(plan_of(directory_storage, "content_id,style_id\na,x:6+y:3+z:2\n"))
    assert [one["motif_ratio"] for one in row["further_styles"]] == [1.5, None]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("a,x:0+y,", "styles_unclear", "a number above 0"),
        ("a,x:2+w,", "unknown_id", "a share: the style catalog has no 'w'"),
        ("a,x,red=w", "unknown_id", "red: the style catalog has no 'w'"),
        ("a,x,pink=y", "styles_unclear", "'pink=y' is not colour=style_id"),
    ],
)
def test_a_pair_whose_styles_are_unclear_is_a_failed_row(
    directory_storage: Storage, line: str, code: str, said: str
):
    put_catalog(directory_storage, "content", [garment("a", regions="regions/a.png")])
    put_catalog(directory_storage, "style", [textile("x"), textile("y")])
    plan = plan_of(directory_storage, f"content_id,style_id,region_styles\n{line}\na,x,\n")
    [row] = rows_of(plan, "failed")
    assert row["error_code"] == code
    assert said in row["error"]
    assert plan.to_render == 1
