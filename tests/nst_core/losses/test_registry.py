"""A new loss is a file, a line in the registry and a block: nothing else has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

import pytest
import torch
from torch import Tensor

from configs.fields import Layers
from configs.recipe import LossTerm, OptimisePart, TvTerm
from nst_core.losses import (
    LOSSES,
    Loss,
    LossKind,
    Region,
    RegionalLoss,
    garment_weight,
    regional,
    style_targets,
)
from nst_core.optimise import Canvas, optimise
from nst_core.optimise.objective import Objective
from tests.nst_core.tiny import picture, tiny_backbone

TINY = tiny_backbone()


class MeanTerm(LossTerm):
    layers: Layers
    region: str = "garment"


class Wider(OptimisePart):
    mean: MeanTerm | None = None


@dataclass(frozen=True)
class MeanLoss(Loss):
    """How far the mean features in the garment lie from the style image's: a function of two sums a layer."""

    weights: Mapping[str, float]
    targets: Mapping[str, Tensor]
    inside: Mapping[str, Tensor]

    @classmethod
    def of(cls, term, scene):
        weights = {layer: term.weight * weight for layer, weight in term.layers.items()}
        targets = {
            layer: torch.stack([one.statistics["mean", layer] for one in scene.styles]) for layer in weights
        }
        inside = {layer: garment_weight(scene.mask, scene.backbone.stride(layer)) for layer in weights}
        return cls(weights, targets, inside)

    @staticmethod
    def statistics(term, sight):
        seen = list(sight.look(tuple(term.layers)))
        counts = {layer: sum(maps[layer][0, 0].numel() for _, maps in seen) for layer in term.layers}
        return {
            ("mean", layer): sum(maps[layer][0].float().sum((1, 2)) for _, maps in seen) / counts[layer]
            for layer in term.layers
        }

    @property
    def layers(self):
        return tuple(self.weights)

    def sums(self, view):
        found = {}
        for layer in self.weights:
            inside = view.at(layer, self.inside[layer])
            found[layer] = (view.features[layer].float() * inside).sum((2, 3))
            found[f"{layer} area"] = inside.sum((1, 2, 3))
        return found

    def value(self, sums):
        means = {layer: sums[layer] / sums[f"{layer} area"][:, None] for layer in self.weights}
        return sum(
            weight * (means[layer] - self.targets[layer]).square().sum(1)
            for layer, weight in self.weights.items()
        )

    def only(self, samples):
        return replace(
            self,
            targets={layer: target[samples] for layer, target in self.targets.items()},
            inside={layer: inside[samples] for layer, inside in self.inside.items()},
        )


@pytest.fixture(autouse=True)
def _a_line_in_the_registry(monkeypatch):
    monkeypatch.setitem(LOSSES, MeanTerm, LossKind(regional(MeanLoss.of), MeanLoss.statistics))


PART = Wider(
    start="cloth",
    steps=6,
    mean=MeanTerm(layers=["relu1_1", "relu3_1"]),
    tv=TvTerm(weight=0.1, of="change"),
)


def canvas(batch: int = 2, height: int = 208, width: int = 320) -> Canvas:
    mask = torch.zeros(batch, 1, height, width)
    mask[..., 20:-30, 40:-20] = 1
    return Canvas(
        start=picture(height, width, seed=1, batch=batch),
        content=picture(height, width, seed=2, batch=batch),
        styles=[style_targets(picture(96, 96, seed=20 + i), PART, TINY) for i in range(batch)],
        mask=mask,
    )


def test_every_block_of_a_recipe_that_is_a_loss_has_a_line():
    kinds = {kind for field in OptimisePart.model_fields.values() for kind in get_args(field.annotation)}
    terms = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, LossTerm)}
    assert terms <= set(LOSSES)
    assert len(terms) >= 4


def test_the_loop_walks_down_a_new_loss():
    here = canvas(height=64, width=96)
    done = optimise(here, PART, TINY)
    assert done.finite.all()
    assert (done.losses[-1] < 0.2 * done.losses[0]).all()


def test_a_new_loss_of_sums_is_exact_through_windows():
    here = canvas()
    at_once, in_parts = (Objective.of(here, PART, TINY, most_px=most) for most in (None, 160 * 208))
    assert (len(at_once.windows), len(in_parts.windows) > 1) == (1, True)
    moved = (here.start + 0.05).clamp(0, 1)
    (values, gradients), (again, gradients_again) = at_once.gradient(moved), in_parts.gradient(moved)
    torch.testing.assert_close(again, values, rtol=1e-4, atol=1e-6)
    assert float((gradients_again - gradients).abs().max()) < 1e-3 * float(gradients.abs().max())


def test_a_new_loss_compares_each_region_with_its_own_style():
    here = canvas(1, 64, 96)
    left = torch.zeros(1, 1, 64, 96)
    left[..., :48] = 1
    other = style_targets(picture(96, 96, seed=30), PART, TINY)
    regions = [Region(left, here.styles), Region(1 - left, [other])]
    loss = Objective.of(replace(here, regions=regions), PART, TINY).losses["mean"]
    assert isinstance(loss, RegionalLoss)
    # columns 40 … 75 are garment: 8 of 36 lie in the left half
    assert loss.shares[:, 0].tolist() == pytest.approx([8 / 36, 28 / 36])
    targets = [region.targets["relu3_1"] for region in loss.regions]
    assert not torch.allclose(*targets, rtol=1e-2)


def test_a_block_of_no_weight_is_no_loss():
    here = canvas(1, 64, 96)
    silent = PART.model_copy(update={"mean": PART.mean.model_copy(update={"weight": 0.0})})
    assert set(Objective.of(here, silent, TINY).losses) == {"tv"}
