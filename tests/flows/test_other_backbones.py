"""Recipes on networks that do not come along: how to get their weights, then painted with a file of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from configs.loading import load_recipe
from flows import wiring
from flows.equipment import Equipment, equipped
from flows.shards.claimed_shard import render_claimed_shard
from nst_core.backbones import ARCHITECTURES
from nst_core.backbones.files import write_safetensors
from nst_core.backbones.weights import cached_file
from nst_core.engine import Engine
from nst_core.errors import WeightsMissing
from tests.flows.small_house import BATCH, SmallHouse
from tests.nst_core.tiny import random_tensors

RECIPE = """
extends: {recipe}
name: laid
optimise: {{steps: 2, scales_px: []}}
"""


@pytest.mark.parametrize("recipe", ["duggal-vgg19", "duggal-resnet50"])
def test_a_recipe_asks_for_its_network_s_weights_and_paints_when_they_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
):
    monkeypatch.setenv("TOILE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    backbone = load_recipe(recipe).backbone
    house = SmallHouse(tmp_path).fill()
    house.write_recipe(RECIPE.format(recipe=recipe))
    house.write_batch(BATCH + "max_designs: 1\n")
    engine = Engine(device="cpu", threads=1)
    real = Equipment(
        open_root=lambda root: house.storage,
        make_engine=lambda device, deterministic: engine,
        find_devices=lambda: ["cpu"],
        pace=house.pace,
    )
    with equipped(real):
        with pytest.raises(WeightsMissing, match=f"toile weights pull {backbone}"):
            wiring.plan_run(house.batch)
        assert not list(house.storage.list("batches/"))
        architecture = ARCHITECTURES[backbone]
        # deviations must be positive, and half of each block's gain keeps sixteen blocks in range
        tensors = {
            name: torch.full_like(one, 0.5) if name.endswith("running_var") else one
            for name, one in random_tensors(architecture).items()
        }
        write_safetensors(cached_file(backbone), tensors)
        run = wiring.plan_run(house.batch)
        report = render_claimed_shard(run, 0, device="auto", wait=False)
    assert (report.painted, report.failed) == (1, 0)
    [row] = [row for row in run.plan.table.to_pylist() if row["state"] == "render"]
    own, found = (engine.weights_sha256(name) for name in (backbone, "vgg16"))
    assert row["weights_sha256"] == f"{own}+{found}"
