"""Designs through trained networks: planned with their weights, painted with those alone, told where not."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catalogs.layout import card_key, design_key, weights_key
from catalogs.models import read_model, write_model
from catalogs.parts import read_parts
from catalogs.refusals import PlanRefused
from catalogs.trained import planned_weights
from configs.errors import ConfigError
from configs.loading import load_recipe
from flows import planning, wiring
from flows.batch_run import BatchRun
from flows.equipment import Equipment, equipped
from flows.shards.claimed_shard import render_claimed_shard
from nst_core.engine import Engine
from tests.flows.fake_engine import picture
from tests.flows.small_house import BATCH, SmallHouse
from tests.flows.tiny_networks import card_of, put_johnson, put_many, random_johnson
from tests.nst_core.test_new_cloth import dots

NETWORK = """
name: laid
network: {kind: johnson}
"""
COUNTED = {"ikat": 0, "floral": 1, "check": 2}


class Atelier(SmallHouse):
    """A small house with a real engine, whose recipe paints through a network."""

    def plan(self) -> BatchRun:
        return wiring.plan_run(self.batch)

    def paint(self, run: BatchRun) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Paint all shards; return the rows by recipe, garment and style."""
        for shard_id in run.plan.shard_ids:
            render_claimed_shard(run, shard_id, device="auto", wait=False)
        rows = {row["design_id"]: row for row in read_parts(self.storage, run.batch_id).to_pylist()}
        planned = run.plan.table.slice(0, run.plan.to_render).to_pylist()
        names = ("recipe", "content_id", "style_id")
        return {tuple(row[one] for one in names): rows[row["design_id"]] for row in planned}

    def pixels(self, row: dict[str, Any]) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(self.storage.read(design_key(row["design_id"])))))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", threads=1, precision="fp32")


@pytest.fixture
def house(tmp_path: Path, engine: Engine) -> Iterator[Atelier]:
    """Two garments, three styles, and a network for each of them."""
    small = Atelier(tmp_path).fill(("tee", "coat"))
    small.write_recipe(NETWORK)
    for style_id, seed in COUNTED.items():
        put_johnson(small.storage, style_id, seed=seed)
    real = Equipment(
        open_root=lambda root: small.storage,
        make_engine=lambda device, deterministic: engine,
        find_devices=lambda: ["cpu"],
        pace=small.pace,
    )
    with equipped(real):
        yield small


def test_every_design_is_painted_through_the_network_of_its_style(house: Atelier):
    run = house.plan()
    rows = house.paint(run)
    assert [row["status"] for row in rows.values()] == ["ok"] * 6
    assert {row["steps"] for row in rows.values()} == {0}
    ikat, floral = (house.pixels(rows[("laid", "tee", style)]) for style in ("ikat", "floral"))
    assert ikat.shape == (32, 32, 3)
    assert (ikat != floral).any()


def test_a_plan_names_the_weights_of_each_style_and_ids_follow_them(house: Atelier):
    before = house.plan().plan.table.to_pylist()
    sha256 = put_johnson(house.storage, "ikat", seed=9).weights_sha256
    after = house.plan().plan.table.to_pylist()
    backbone = planning.any_engine().weights_sha256("vgg16")
    named = {row["style_id"]: row["weights_sha256"] for row in after}
    assert named["ikat"] == f"{backbone}+{sha256}"
    assert len(set(named.values())) == 3
    changed = {b["style_id"] for b, a in zip(before, after, strict=True) if b["design_id"] != a["design_id"]}
    assert changed == {"ikat"}


def test_a_style_without_a_network_is_one_failed_row_that_says_how_to_train_it(house: Atelier):
    house.storage.delete(card_key("johnson", "floral"))
    run = house.plan()
    [row] = [row for row in run.plan.table.to_pylist() if row["state"] == "failed"]
    assert (row["error_code"], row["style_id"], row["recipe"]) == ("network_untrained", "floral", "laid")
    assert (
        "no network 'johnson' trained for the style 'floral'; those that have one are 'check', 'ikat'"
        in (row["error"])
    )
    assert "`toile train laid --style floral`" in row["error"]
    assert {row["status"] for row in house.paint(run).values()} == {"ok"}


def test_a_batch_without_any_network_is_refused_in_the_same_words(house: Atelier):
    for style_id in COUNTED:
        house.storage.delete(card_key("johnson", style_id))
    with pytest.raises(PlanRefused, match=r"'check'; no style has one yet; `toile train laid --style check`"):
        house.plan()


def test_weights_that_were_trained_again_after_planning_are_told_and_planned_anew(house: Atelier):
    run = house.plan()
    put_johnson(house.storage, "ikat", seed=9)
    rows = house.paint(run)
    row = rows[("laid", "tee", "ikat")]
    assert row["error_code"] == "changed_since_planned"
    assert "models/johnson/ikat/weights.safetensors was trained again" in row["error"]
    assert rows[("laid", "tee", "floral")]["status"] == "ok"
    again = house.paint(house.plan())
    assert {row["status"] for row in again.values()} == {"ok"}


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (lambda data: data[: len(data) // 2], "network_refused", "is not what its card says"),
        (lambda data: b"", "network_refused", "is not what its card says"),
        (lambda data: None, "network_untrained", "when the batch was planned it was there"),
    ],
    ids=["truncated", "empty", "gone"],
)
def test_spoilt_weights_fail_the_designs_of_their_style_alone(house: Atelier, spoil, code: str, says: str):
    run = house.plan()
    key = weights_key("johnson", "check")
    spoilt = spoil(house.storage.read(key))
    if spoilt is None:
        house.storage.delete(key)
    else:
        house.storage.write_atomic(key, spoilt)
    rows = house.paint(run)
    assert {row["error_code"] for (_, _, style), row in rows.items() if style == "check"} == {code}
    assert says in rows[("laid", "tee", "check")]["error"]
    assert {row["status"] for (_, _, style), row in rows.items() if style != "check"} == {"ok"}


def test_weights_without_a_card_are_not_loaded(house: Atelier):
    run = house.plan()
    house.storage.delete(card_key("johnson", "check"))
    row = house.paint(run)[("laid", "coat", "check")]
    assert row["error_code"] == "network_untrained"
    assert "`toile train" in row["error"]
    house.storage.write_atomic(card_key("johnson", "check"), b'{"version": 7}')
    row = house.paint(house_run(house))[("laid", "coat", "check")]
    assert row["error_code"] == "network_refused"
    assert "version 7" in row["error"]


def test_a_style_image_that_changed_since_training_is_refused(house: Atelier):
    house.storage.write_atomic("style/ikat.png", picture("another ikat"))
    rows = house.paint(house.plan())
    row = rows[("laid", "tee", "ikat")]
    assert row["error_code"] == "network_refused"
    assert "style/ikat.png has other pixels than the picture that the network 'johnson'" in row["error"]
    assert rows[("laid", "tee", "check")]["status"] == "ok"


def test_a_stored_batch_is_taken_up_by_another_process_with_its_networks(house: Atelier):
    run = house.plan()
    elsewhere = wiring.stored_run(run.batch_id)
    assert {row["status"] for row in house.paint(elsewhere).values()} == {"ok"}
    # a training elsewhere concerns one style, and not the batch
    put_johnson(house.storage, "floral", seed=7)
    assert wiring.stored_run(run.batch_id).plan.table.equals(run.plan.table)


def test_designs_of_other_recipes_keep_their_ids_beside_a_network_s(house: Atelier):
    (house.folder / "tile.yaml").write_text("name: tile\ncloth: {maker: tile}\n")
    house.write_batch(BATCH.replace("[./laid.yaml]", "[./tile.yaml]"))
    alone = house.plan().plan.render_ids.to_pylist()
    house.write_batch(BATCH.replace("[./laid.yaml]", "[./tile.yaml, ./laid.yaml]"))
    house.storage.delete(card_key("johnson", "check"))
    run = house.plan()
    rows = run.plan.table.to_pylist()
    assert [row["design_id"] for row in rows if row["recipe"] == "tile"] == alone
    assert [(row["recipe"], row["style_id"]) for row in rows if row["state"] == "failed"] == [
        ("laid", "check")
    ]
    assert {row["status"] for row in house.paint(run).values()} == {"ok"}


def test_a_network_does_not_pretend_to_take_the_colours_of_a_palette(house: Atelier):
    house.storage.write_atomic("pairs.csv", b"content_id,style_id,palette\ncoat,ikat,check\n")
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs.csv}\n")
    [row] = house.paint(house.plan()).values()
    assert row["error_code"] == "network_refused"
    assert "asks for those of style/check.png" in row["error"]


SEVERAL = b"content_id,style_id\ncoat,ikat:2+floral:1\ntee,ikat:2+floral:1\ntee,ikat\n"


@pytest.mark.parametrize("kind", ["johnson", "nstn"])
def test_a_mix_that_a_network_of_one_style_cannot_paint_is_one_failed_row_of_the_plan(
    house: Atelier, kind: str
):
    house.write_recipe(f"name: laid\nnetwork: {{kind: {kind}}}\n")
    for style_id in COUNTED:
        write_model(house.storage, card_of(random_johnson(), style_id, kind=kind), random_johnson())
    house.storage.write_atomic("pairs.csv", SEVERAL)
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs.csv}\n")
    told = {row["state"]: row for row in house.plan().plan.table.to_pylist()}
    assert set(told) == {"render", "failed"}
    assert (told["render"]["content_id"], told["render"]["further_styles"]) == ("tee", None)
    failed = told["failed"]
    assert (failed["error_code"], failed["recipe"], failed["style_id"]) == (
        "network_one_style",
        "laid",
        "ikat",
    )
    assert [one["style_id"] for one in failed["further_styles"]] == ["floral"]
    assert failed["error"] == (
        f"the recipe laid paints through a network of kind {kind}, which knows one style, and the design has "
        f"several: ikat:0.666667 + floral:0.333333; take a recipe that optimises, or one with a network of a "
        f"kind that takes several (johnson-many, stylebank, stylebank-paper, adain, toile-fast)"
    )


def test_a_batch_of_mixes_alone_is_refused_by_a_network_of_one_style(house: Atelier):
    house.write_batch(BATCH + "styles: ['ikat + floral', 'check + ikat']\n")
    with pytest.raises(PlanRefused, match=r"knows one style.*so it is with 1 more") as refused:
        house.plan()
    assert refused.value.code == "network_one_style"


def test_a_mix_beside_a_network_of_one_style_is_painted_by_the_recipes_that_can(house: Atelier):
    (house.folder / "tile.yaml").write_text("name: tile\ncloth: {maker: tile}\n")
    house.write_batch(
        BATCH.replace("[./laid.yaml]", "[./tile.yaml, ./laid.yaml]") + "styles: ['ikat + floral', ikat]\n"
    )
    run = house.plan()
    failed = [row for row in run.plan.table.to_pylist() if row["state"] == "failed"]
    assert [(row["recipe"], row["style_title"]) for row in failed] == [("laid", "Floral + Ikat")]
    rows = house.paint(run)
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert len(read_parts(house.storage, run.batch_id)) == 6


def test_a_design_of_several_styles_is_planned_with_the_weights_of_each(house: Atelier):
    house.write_recipe(NETWORK.replace("kind: johnson", "kind: johnson-many"))
    put_many(house.storage, *COUNTED)
    house.storage.write_atomic("pairs.csv", b"content_id,style_id\ncoat,ikat:2+floral:1\ntee,ikat\n")
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs.csv}\n")
    run = house.plan()
    planned = {row["content_id"]: row for row in run.plan.table.to_pylist()}
    own = {name: sha256_of(house, name, "johnson-many") for name in COUNTED}
    learnt = {
        name: planned_weights(run.frozen.recipes["laid"], row)["johnson-many"].styles
        for name, row in planned.items()
    }
    assert learnt["tee"] == (("ikat", own["ikat"]),)
    assert learnt["coat"] == (("ikat", own["ikat"]), ("floral", own["floral"]))
    put_many(house.storage, "floral")  # the first that is put, as ikat was: other weights
    after = {row["content_id"]: row["design_id"] for row in house.plan().plan.table.to_pylist()}
    assert {name for name, row in planned.items() if row["design_id"] != after[name]} == {"coat"}
    house.storage.delete(card_key("johnson-many", "floral"))
    states = {row["style_id"]: row["state"] for row in house.plan().plan.table.to_pylist()}
    assert states == {"ikat": "render", "floral": "failed"}


def test_a_mixed_design_is_painted_through_the_networks_of_all_its_styles(house: Atelier):
    house.write_recipe(NETWORK.replace("kind: johnson", "kind: johnson-many"))
    put_many(house.storage, *COUNTED)
    house.storage.write_atomic(
        "pairs.csv", b"content_id,style_id\ntee,ikat:3+floral:1\ntee,ikat:1+floral:3\ntee,ikat\ncoat,check\n"
    )
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs.csv}\n")
    run = house.plan()
    rows = house.paint(run)
    assert [row["status"] for row in rows.values()] == ["ok"] * len(rows)
    assert len({house.pixels(row).tobytes() for row in read_parts(house.storage, "demo").to_pylist()}) == 4


def test_a_style_learnt_beside_another_shared_file_is_told_at_planning(house: Atelier):
    house.write_recipe(NETWORK.replace("kind: johnson", "kind: johnson-many"))
    put_many(house.storage, "ikat", "check")
    own = read_model(house.storage, "johnson-many", "check")
    older = card_of(own.weights, "check", kind="johnson-many", shared_sha256="0" * 64)
    write_model(house.storage, older, own.weights)
    failed = [row for row in house.plan().plan.table.to_pylist() if row["state"] == "failed"]
    told = {row["style_id"]: row["error"] for row in failed}
    assert set(told) == {"floral", "check"}
    assert "trained for the style 'check' beside another shared file" in told["check"]


def test_seeds_that_change_nothing_are_told_by_the_plan(house: Atelier):
    (house.folder / "tile.yaml").write_text("name: tile\ncloth: {maker: tile}\n")
    house.write_batch(BATCH.replace("[./laid.yaml]", "[./tile.yaml, ./laid.yaml]") + "seeds: [0, 1, 2]\n")
    [note] = house.plan().plan.notes
    assert note.startswith("laid repaints photos through johnson")
    assert "the same picture with each of the 3 seeds; name one seed" in note


def test_a_folder_of_another_kind_is_told_before_anything_is_painted(house: Atelier):
    weights = random_johnson()
    for style_id in COUNTED:
        write_model(house.storage, card_of(weights, style_id, kind="nstn", model="johnson"), weights)
    with pytest.raises(PlanRefused, match=r"kind nstn, and the recipe laid asks for johnson"):
        house.plan()


def test_the_recipe_that_comes_along_paints_by_its_name(house: Atelier):
    house.write_batch(BATCH.replace("[./laid.yaml]", "[johnson]"))
    rows = house.paint(house.plan())
    assert {(name, row["status"]) for (name, _, _), row in rows.items()} == {("johnson", "ok")}
    with pytest.raises(ConfigError):
        load_recipe("jonson")


def sha256_of(house: Atelier, style_id: str, model: str = "johnson") -> str:
    return hashlib.sha256(house.storage.read(weights_key(model, style_id))).hexdigest()


def house_run(house: Atelier) -> BatchRun:
    """Take the batch up again as it was planned."""
    return wiring.stored_run("demo")


@pytest.mark.slow
def test_garments_and_yardage_in_networked_cloth_share_its_tile_until_it_is_trained_again(house: Atelier):
    house.storage.write_atomic("style/ikat.png", dots("#a03020", "#e0d0a0"))
    house.storage.write_atomic("style/check.png", dots())
    put_johnson(house.storage, "ikat")
    cloth = "cloth: {maker: palette, network: {kind: johnson, sees: cloth}}\n"
    (house.folder / "tile.yaml").write_text(f"name: tile\nkind: yardage\n{cloth}")
    house.write_recipe(f"name: laid\n{cloth}")
    house.write_batch(
        BATCH.replace("[./laid.yaml]", "[./tile.yaml, ./laid.yaml]").replace("[32]", "[64]")
        + "styles: [ikat]\nmotifs: [check]\n"
    )
    rows = house.paint(house.plan())
    assert {row["status"] for row in rows.values()} == {"ok"}, [row["error"] for row in rows.values()]
    first = {one.key for one in house.storage.list("tiles/") if one.key.endswith(".png")}
    assert len(first) == 1
    put_johnson(house.storage, "ikat", seed=9)
    assert {row["status"] for row in house.paint(house.plan()).values()} == {"ok"}
    assert len({one.key for one in house.storage.list("tiles/") if one.key.endswith(".png")} - first) == 1
