"""Designs through a trained network, from the engine's door: photos, cloth on garments, several styles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from configs.network import NetworkPart
from configs.recipe import ClothPart, ControlsPart, GarmentPart, Recipe, ShadingPart
from configs.recipe_rules import unheard_controls
from nst_core.design import FurtherStyle
from nst_core.engine import Engine
from nst_core.errors import NetworkRefused, NetworkUntrained
from nst_core.networks import NetworkFiles
from nst_core.planes import rgb_of, to_planes
from tests.nst_core.test_engine import job, painted, png, stripes

from .filing import file_of, files_of, further, network
from .showing import last_weights
from .showing import painted as through

KINDS_HERE = ["johnson", "johnson-many", "stylebank", "stylebank-paper"]


def recipe(kind: str, *, sees: str = "photo", **changes) -> Recipe:
    part = NetworkPart.model_validate({"kind": kind, "sees": sees, **changes})
    if sees == "photo":
        return Recipe(name="test", network=part)
    return Recipe(name="test", network=part, cloth=ClothPart(), garment=GarmentPart(shading=ShadingPart()))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32")


def prepared(engine, kind, files, how, **changes):
    return engine.prepare(job(networks=((kind, files),), **changes), how)


@pytest.mark.parametrize("kind", KINDS_HERE)
def test_a_whole_photo_is_what_the_network_makes_of_it(engine, kind):
    module, how = network(kind), recipe(kind)
    one = prepared(engine, kind, files_of(kind, module), how)
    (found,) = engine.paint([one], how)
    content = to_planes(one.content)
    # 96 x 72 px is padded to 96 x 80 by its edge, and cropped back
    padded = np.pad(one.content, ((0, 0), (0, 8), (0, 0)), mode="edge")
    wanted = rgb_of(through(kind, module, to_planes(padded)[None])[0])[:, :72]
    assert np.abs(painted(found).image.astype(int) - wanted).max() <= 1
    assert painted(found).image.shape == (96, 72, 3)
    assert painted(found).steps == 0
    assert painted(found).scores.gmd is not None
    assert painted(found).mask_source == "none"
    assert (rgb_of(content) != painted(found).image).mean() > 0.5


@pytest.mark.parametrize("kind", KINDS_HERE)
def test_through_cloth_the_photo_outside_the_mask_is_untouched_bit_for_bit(engine, kind):
    how = recipe(kind, sees="cloth")
    one = prepared(engine, kind, files_of(kind, network(kind)), how)
    (found,) = engine.paint([one], how)
    outside = one.alpha == 0
    assert outside.mean() > 0.2
    assert (painted(found).image[outside] == one.content[outside]).all()
    assert (painted(found).image[~outside] != one.content[~outside]).any(-1).mean() > 0.8


def test_through_cloth_the_folds_are_those_of_the_photo(engine):
    # where the network leaves cloth even, only the light is left: as with cloth that is merely laid
    kind, how = "johnson", recipe("johnson", sees="cloth")
    even = network(kind)
    even.end.inner.weight.zero_()
    even.end.inner.bias.zero_()
    one = prepared(engine, kind, files_of(kind, even), how)
    (found,) = engine.paint([one], how)
    inside = one.alpha == 1
    light = painted(found).image[inside].mean(-1)
    folds = one.shading.values[inside]
    assert np.corrcoef(light, folds)[0, 1] > 0.99


def test_a_design_in_a_batch_is_the_design_alone(engine):
    kind, how = "stylebank", recipe("stylebank")
    files = files_of(kind, network(kind))
    others = files_of(kind, network(kind, seed=4))
    batch = [
        prepared(engine, kind, files, how, design_id="a"),
        prepared(engine, kind, others, how, design_id="b", style=stripes("#2040a0")),
        prepared(engine, kind, files, how, design_id="c", seed=1),
    ]
    together = [painted(one).image.astype(int) for one in engine.paint(batch, how)]
    alone = [painted(engine.paint([one], how)[0]).image.astype(int) for one in batch]
    for pair, single in zip(together, alone, strict=True):
        assert np.abs(pair - single).max() <= 1
    assert (together[0] == together[2]).all()
    assert (together[0] != together[1]).mean() > 0.3


def test_what_is_refused_is_an_error_in_its_own_place(engine):
    kind, how = "stylebank", recipe("stylebank")
    good = files_of(kind, network(kind))
    module = network(kind)
    module.bank[0].inner.bias.data[0] = float("nan")
    truncated = replace(good.style, weights=good.style.weights[:-8])
    batch = [
        prepared(engine, kind, files, how, design_id=str(place))
        for place, files in enumerate(
            [
                good,
                files_of(kind, module),
                NetworkFiles(good.shared, truncated),
                NetworkFiles(good.shared, file_of(kind, b"\x80\x04N.", "ikat")),
                NetworkFiles(files_of(kind, network(kind, seed=6)).shared, good.style),
                files_of("stylebank-paper", network("stylebank-paper")),
                good,
            ]
        )
    ]
    found = engine.paint(batch, how)
    said = [
        "holds NaN or infinity",
        "is not what its card says",
        "never a pickle",
        "beside another shared file",
        "of kind stylebank-paper",
    ]
    assert (painted(found[0]).image == painted(found[-1]).image).all()
    for refused, words in zip(found[1:-1], said, strict=True):
        assert isinstance(refused, NetworkRefused)
        assert words in str(refused)


def test_without_a_card_a_design_is_not_prepared(engine):
    kind, good = "stylebank", files_of("stylebank", network("stylebank"))
    without = NetworkFiles(good.shared, replace(good.style, card=b""))
    with pytest.raises(NetworkRefused, match="card is no JSON"):
        prepared(engine, kind, without, recipe(kind))
    # a card of the shared file is first read when it is painted
    one = prepared(engine, kind, NetworkFiles(replace(good.shared, card=b""), good.style), recipe(kind))
    (found,) = engine.paint([one], recipe(kind))
    assert isinstance(found, NetworkRefused)
    assert "card is no JSON" in str(found)


def test_without_files_of_its_network_a_design_is_not_prepared(engine):
    with pytest.raises(NetworkUntrained, match="no trained network 'stylebank'"):
        engine.prepare(job(), recipe("stylebank"))


def test_pictures_that_leave_the_numbers_are_errors(engine):
    kind, how = "stylebank-paper", recipe("stylebank-paper")
    module = network(kind)
    # real numbers all the same, which overflow on the way
    module.encoder[0].inner.weight.fill_(3e38)
    (found,) = engine.paint([prepared(engine, kind, files_of(kind, module), how)], how)
    assert found.code == "nonfinite"


def test_a_picture_that_overflows_is_an_error_and_its_neighbour_is_painted(engine):
    # without biases and with no style the network is linear: what a grey photo becomes is next to nothing
    kind, how = "stylebank", recipe("stylebank", style_share=0)
    module = network(kind)
    last_weights(module).fill_(1e38)
    files, grey = files_of(kind, module), png(Image.new("RGB", (120, 160), "#808080"))
    batch = [
        prepared(engine, kind, files, how, design_id="photo"),
        prepared(engine, kind, files, how, design_id="grey", content=grey),
    ]
    photo, even = engine.paint(batch, how)
    assert photo.code == "nonfinite"
    assert "gave no real numbers" in str(photo)
    assert (painted(even).image == painted(engine.paint(batch[1:], how)[0]).image).all()


def red_right_half() -> bytes:
    regions = Image.new("RGB", (120, 160), "black")
    ImageDraw.Draw(regions).rectangle([60, 0, 120, 160], fill="red")
    return png(regions)


MIXED = {
    "weight": (FurtherStyle(stripes("#2040a0"), "style/blue.png", share=0.4),),
    "region": (FurtherStyle(stripes("#2040a0"), "style/blue.png", region="red"),),
}


@pytest.mark.parametrize("kind", ["johnson-many", "stylebank", "stylebank-paper"])
@pytest.mark.parametrize("how_mixed", list(MIXED))
@pytest.mark.parametrize("sees", ["photo", "cloth"])
def test_a_design_of_several_styles_is_painted_by_the_files_of_each(engine, kind, how_mixed, sees):
    how, first = recipe(kind, sees=sees), network(kind)
    second = further(kind, first, seed=5)
    mixed = {"further": MIXED[how_mixed]}
    if how_mixed == "region":
        mixed |= {"regions": red_right_half(), "regions_name": "regions/tunic.png"}

    def paint(*modules):
        one = prepared(engine, kind, files_of(kind, *modules), how, **mixed)
        return painted(engine.paint([one], how)[0]).image.astype(int)

    both, ends = paint(first, second), [paint(one, one) for one in (first, second)]
    away = [np.abs(both - end).mean(axis=(0, 2)) for end in ends]
    if how_mixed == "region":
        assert away[0][:24].mean() < away[1][:24].mean()
        assert away[1][-24:].mean() < away[0][-24:].mean()
    else:
        assert 0 < away[0].mean() < np.abs(ends[0] - ends[1]).mean()


def test_one_style_twice_is_that_style(engine):
    kind, how, module = "stylebank", recipe("stylebank"), network("stylebank")
    alone = painted(engine.paint([prepared(engine, kind, files_of(kind, module), how)], how)[0])
    one = prepared(engine, kind, files_of(kind, module, module), how, further=MIXED["weight"])
    twice = painted(engine.paint([one], how)[0])
    assert np.abs(twice.image.astype(int) - alone.image).max() <= 1


TURNED = {"motif_scale": 0.4, "rotation_deg": 40.0, "keep_colours": "lab"}


@pytest.mark.parametrize("kind", [*KINDS_HERE, "nstn"])
@pytest.mark.parametrize("control", list(TURNED))
def test_what_the_rules_of_recipes_refuse_would_change_no_pixel_and_what_they_allow_does(
    engine, kind, control
):
    how, files = recipe(kind), files_of(kind, network(kind))
    # as no file may say it
    turned = how.model_copy(update={"controls": ControlsPart(**{control: TURNED[control]})})
    plain, other = (
        painted(engine.paint([prepared(engine, kind, files, one)], one)[0]).image for one in (how, turned)
    )
    assert (plain == other).all() == bool(list(unheard_controls(turned)))


@pytest.mark.parametrize("kind", [*KINDS_HERE, "nstn"])
def test_a_photo_is_repainted_alike_with_every_seed(engine, kind):
    how, files = recipe(kind), files_of(kind, network(kind))
    first, second = (prepared(engine, kind, files, how, seed=seed) for seed in (0, 1))
    assert (
        painted(engine.paint([first], how)[0]).image == painted(engine.paint([second], how)[0]).image
    ).all()


def test_a_kind_of_one_style_refuses_several(engine):
    how = recipe("johnson")
    one = prepared(engine, "johnson", files_of("johnson", network("johnson")), how, further=MIXED["weight"])
    (found,) = engine.paint([one], how)
    assert isinstance(found, NetworkRefused)
    assert found.code == "network_one_style"
    assert "knows one style, and design a has several" in str(found)


def test_a_further_style_without_a_file_is_told(engine):
    how = recipe("stylebank")
    one = prepared(
        engine, "stylebank", files_of("stylebank", network("stylebank")), how, further=MIXED["weight"]
    )
    (found,) = engine.paint([one], how)
    assert isinstance(found, NetworkUntrained)
    assert "has 2 styles, and of 'stylebank' it brings the files of 1" in str(found)


def test_less_than_all_of_the_style_lies_between_the_photo_given_back_and_the_style(engine):
    kind, files = "stylebank", files_of("stylebank", network("stylebank"))

    def at(share: float):
        how = recipe(kind, style_share=share)
        return painted(engine.paint([prepared(engine, kind, files, how)], how)[0]).image.astype(int)

    none, half, whole = at(0), at(0.5), at(1)
    assert np.abs(none - whole).mean() > 0
    assert np.abs(half - none).mean() < np.abs(whole - none).mean()
    assert np.abs(half - whole).mean() < np.abs(whole - none).mean()
