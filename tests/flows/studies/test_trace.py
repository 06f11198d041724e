"""Tracing recipes with a fake engine: what is compared, what is written down."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from configs.errors import ConfigError
from configs.loading import list_recipes, load_recipe
from flows.studies.trace import require_same_losses, siblings, to_csv, trace
from nst_core.design import DesignJob
from nst_core.errors import ImageRefused, NonFinite

JOB = DesignJob("trace", b"", "tee.png", b"", "ikat.png", 32)


@dataclass
class Halving:
    """An engine whose loss is halved at each of three steps; recipes it is told of end otherwise."""

    ends: dict[str, Exception] = field(default_factory=dict)

    def prepare(self, job, recipe):
        return job

    def paint(self, prepared, recipe, *, on_losses):
        for step in (1, 2, 3):
            on_losses(step, torch.tensor([8.0 / 2**step]))

        class Done:
            image = np.zeros((2, 2, 3), np.uint8)

        return [self.ends.get(recipe.name, Done())]


def test_a_recipe_s_siblings_are_those_with_its_losses():
    known = [load_recipe(name) for name in list_recipes()]
    names = [one.name for one in siblings(load_recipe("gatys"), known)]
    assert names == ["gatys", "gatys-adadelta", "gatys-adam", "gatys-gd"]
    assert [one.name for one in siblings(load_recipe("textile-tv"), known)] == ["textile-tv"]


def test_losses_that_differ_cannot_stand_on_one_axis():
    require_same_losses([load_recipe("gatys"), load_recipe("gatys-gd")])
    with pytest.raises(ConfigError, match="gatys and textile-tv do not have the same losses"):
        require_same_losses([load_recipe("gatys"), load_recipe("textile-tv")])
    laid = load_recipe("toile").model_copy(update={"optimise": None, "name": "laid"})
    with pytest.raises(ConfigError, match="laid takes no steps"):
        require_same_losses([laid])


def test_each_loss_is_written_down_with_the_steps_before_it_and_the_clock_starts_at_the_first():
    (one,) = trace([load_recipe("gatys")], JOB, Halving())
    assert [(step, loss) for step, _seconds, loss in one.points] == [(0, 4), (1, 2), (2, 1)]
    seconds = [second for _step, second, _loss in one.points]
    assert seconds[0] == 0
    assert seconds == sorted(seconds)
    lines = to_csv([one]).splitlines()
    assert lines[:2] == ["recipe,step,seconds,loss", "gatys,0,0.0000,4"]


def test_who_leaves_the_real_numbers_has_a_trace_and_no_picture():
    engine = Halving({"gatys-gd": NonFinite("gone")})
    first, second = trace([load_recipe("gatys-gd"), load_recipe("gatys")], JOB, engine)
    assert (first.image, first.refusal, len(first.points)) == (None, "gone", 3)
    assert second.image is not None


def test_a_pair_that_cannot_be_painted_is_an_error():
    engine = Halving({"gatys": ImageRefused("no picture", code="x", name="tee.png")})
    with pytest.raises(ImageRefused):
        list(trace([load_recipe("gatys")], JOB, engine))
