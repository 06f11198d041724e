"""Designs through aligned statistics, from the engine's door: several styles, regions, colours kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from configs.recipe import ControlsPart
from nst_core.colour import lab_of
from nst_core.design import FurtherStyle
from nst_core.engine import Engine
from nst_core.networks import KINDS, NetworkFiles, weights_bytes
from tests.nst_core.test_engine import job, painted, stripes

from .filing import file_of, network
from .test_one_pass import recipe, red_right_half

STYLES = (stripes("#c03030"), stripes("#2040a0"))
BLUE = FurtherStyle(STYLES[1], "style/blue.png", share=0.5)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32")


@pytest.fixture(scope="module")
def files() -> NetworkFiles:
    module = network("adain")
    # an untrained decoder paints nearly grey; this one paints loudly
    torch.nn.init.normal_(module.last.inner.weight, std=0.05, generator=torch.Generator().manual_seed(1))
    return NetworkFiles(file_of("adain", weights_bytes(module.state_dict(), KINDS["adain"].stored)), None)


def paint(engine, files, how, **changes) -> np.ndarray:
    one = engine.prepare(job(networks=(("adain", files),), **changes), how)
    return painted(engine.paint([one], how)[0]).image


def test_any_style_is_painted_by_the_one_file(engine, files):
    red, blue = (paint(engine, files, recipe("adain"), style=style) for style in STYLES)
    assert red.shape == (96, 72, 3)
    assert (red != blue).mean() > 0.3


def test_several_styles_by_weight_are_the_statistics_of_their_patchwork(engine, files):
    how = recipe("adain")
    one, *alone = (
        engine.prepare(job(networks=(("adain", files),), style=style, further=further), how)
        for style, further in ((STYLES[0], (BLUE,)), (STYLES[0], ()), (STYLES[1], ()))
    )
    # by halves: as much red as in the mean of the two
    reds = [(seen.style[..., 0] > seen.style[..., 2].astype(int) + 60).mean() for seen in (one, *alone)]
    assert reds[0] == pytest.approx((reds[1] + reds[2]) / 2, abs=0.1)
    found, *ends = (painted(engine.paint([seen], how)[0]).image.astype(int) for seen in (one, *alone))
    assert all(np.abs(found - end).mean() < np.abs(ends[0] - ends[1]).mean() for end in ends)


def test_each_region_has_the_statistics_of_its_own_style(engine, files):
    regional = {
        "further": (FurtherStyle(STYLES[1], "style/blue.png", region="red"),),
        "regions": red_right_half(),
        "regions_name": "regions/tunic.png",
    }
    both = paint(engine, files, recipe("adain"), **regional).astype(int)
    ends = [paint(engine, files, recipe("adain"), style=style).astype(int) for style in STYLES]
    away = [np.abs(both - end).mean(axis=(0, 2)) for end in ends]
    assert away[0][:24].mean() < away[1][:24].mean()
    assert away[1][-24:].mean() < away[0][-24:].mean()


@pytest.mark.parametrize("sees", ["photo", "cloth"])
def test_kept_colours_are_the_photo_s(engine, files, sees):
    how = recipe("adain", sees=sees).model_copy(update={"controls": ControlsPart(keep_colours="luma")})
    free = paint(engine, files, recipe("adain", sees=sees))
    kept = paint(engine, files, how)
    assert (free != kept).any()
    if sees == "photo":
        # what is dark or bright beyond what colour can be loses some: the middle of lightness counts
        content = engine.prepare(job(networks=(("adain", files),)), how).content
        lab, photo = (lab_of(image / np.float32(255)) for image in (kept, content))
        middle = (lab[..., 0] > 30) & (lab[..., 0] < 80)
        assert np.median(np.abs(lab[middle][:, 1:] - photo[middle][:, 1:])) < 3


def test_a_share_of_none_of_the_style_is_the_same_for_every_style(engine, files):
    how = recipe("adain", style_share=0.0)
    red, blue = (paint(engine, files, how, style=style).astype(int) for style in STYLES)
    assert np.abs(red - blue).max() <= 1
