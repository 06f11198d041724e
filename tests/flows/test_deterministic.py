"""A batch that asks for it is painted deterministically: the same pixels whatever is painted beside."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from catalogs.layout import design_key
from flows import wiring
from flows.equipment import Equipment, equipped
from flows.overrides import Overrides
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.shard import PaintingEngine
from nst_core.engine import Engine
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import BATCH, SmallHouse

RECIPE = """
name: laid
cloth: {maker: tile}
optimise:
  start: cloth
  steps: 3
  optimiser: {method: lbfgs}
  style: {form: relative, layers: [relu1_1, relu2_1]}
"""


def with_engines(house: SmallHouse, engines: dict[bool, PaintingEngine]) -> Equipment:
    return Equipment(
        open_root=lambda root: house.storage,
        make_engine=lambda device, deterministic: engines[deterministic],
        find_devices=lambda: ["cpu"],
        pace=house.pace,
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (BATCH, None),
        (BATCH + "deterministic: true\n", None),
        (BATCH, Overrides(deterministic=True)),
        (BATCH + "deterministic: true\n", Overrides(size_px=64)),
    ],
    ids=["nobody asks", "the batch's file", "the run", "a run that wants something else"],
)
def test_the_engine_that_paints_is_the_one_that_was_asked_for(tmp_path: Path, text: str, wanted):
    engines = {False: FakeEngine(), True: FakeEngine()}
    house = SmallHouse(tmp_path).fill()
    house.write_batch(text)
    with equipped(with_engines(house, engines)):
        run = wiring.plan_run(house.batch, overrides=wanted)
        render_claimed_shard(run, 0, device="auto", wait=False)
        # another machine knows the run from the bucket alone
        render_claimed_shard(wiring.stored_run(run.batch_id), 1, device="auto", wait=False)
    fixed = "true" in text or bool(wanted and wanted.deterministic)
    assert (len(engines[fixed].painted), len(engines[not fixed].painted)) == (8, 0)


def test_a_design_has_the_same_pixels_alone_and_among_others(tmp_path: Path):
    engine = Engine(device="cpu", deterministic=True)

    def night(designs: int) -> dict[str, bytes]:
        (folder := tmp_path / str(designs)).mkdir()
        house = SmallHouse(folder).fill()
        house.write_recipe(RECIPE)
        with equipped(with_engines(house, {False: FakeEngine(version=engine.version), True: engine})):
            wanted = Overrides(max_designs=designs, deterministic=True)
            run = wiring.plan_run(house.batch, overrides=wanted)
            render_claimed_shard(run, 0, device="auto", wait=False)
        names = run.plan.render_ids.to_pylist()
        files = {name: house.storage.read(design_key(name)) for name in names}
        return {name: Image.open(io.BytesIO(data)).tobytes() for name, data in files.items()}

    alone, among = night(1), night(4)
    assert len(among) == 4
    [name] = alone
    assert among[name] == alone[name]
