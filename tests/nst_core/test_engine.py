"""The whole way of a design through the engine, on small pictures that the tests draw."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from configs.recipe import (
    AdamSpec,
    ClothPart,
    ControlsPart,
    GarmentPart,
    OptimisePart,
    Recipe,
    ShadingPart,
    StyleTerm,
    TvTerm,
)
from nst_core.colour import colour_statistics, lab_of
from nst_core.design import DesignJob, FurtherStyle, Painted, Prepared
from nst_core.engine import Engine
from nst_core.errors import EngineError, ImageRefused, Stopped
from nst_core.garment.relight import relight

SIZE = 96
LAYERS = {"relu1_1": 0.5, "relu2_1": 0.5}


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def garment(colour: str = "#8899aa", size: tuple[int, int] = (120, 160)) -> tuple[bytes, bytes]:
    """A plain tunic with two folds on a speckled floor, and its mask."""
    width, height = size
    grain = np.random.default_rng(1).integers(150, 220, (height, width, 3), dtype=np.uint8)
    photo, mask = Image.fromarray(grain), Image.new("L", size)
    outline = [
        (width * 0.2, height * 0.15),
        (width * 0.8, height * 0.15),
        (width * 0.9, height * 0.9),
        (12, 144),
    ]
    ImageDraw.Draw(photo).polygon(outline, fill=colour)
    for x in (0.4, 0.6):
        ImageDraw.Draw(photo).line([(width * x, 40), (width * x, 130)], fill="#667788", width=3)
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    return png(photo), png(mask)


def stripes(colour: str = "#c03030") -> bytes:
    cloth = Image.new("RGB", (96, 96), "#f5f0e0")
    for x in range(0, 96, 12):
        ImageDraw.Draw(cloth).rectangle([x, 0, x + 5, 96], fill=colour)
    return png(cloth)


def job(design_id: str = "a", *, style: bytes | None = None, **changes) -> DesignJob:
    content, mask = garment()
    values = {
        "design_id": design_id,
        "content": content,
        "content_name": "content/tunic.png",
        "style": style or stripes(),
        "style_name": "style/stripes.png",
        "size_px": SIZE,
        "mask": mask,
        "mask_name": "content/masks/tunic.png",
        **changes,
    }
    return DesignJob(**values)


def recipe(steps: int = 3, **changes) -> Recipe:
    values = {
        "name": "test",
        "cloth": ClothPart(),
        "garment": GarmentPart(shading=ShadingPart()),
        "optimise": OptimisePart(
            start="cloth",
            optimiser=AdamSpec(lr=0.02),
            steps=steps,
            style=StyleTerm(layers=LAYERS, region="garment"),
            tv=TvTerm(of="change"),
        ),
        **changes,
    }
    return Recipe(**values)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32")


def painted(result) -> Painted:
    assert isinstance(result, Painted), result
    return result


def test_outside_the_mask_a_design_is_the_photo_bit_for_bit(engine):
    prepared = engine.prepare(job(), recipe())
    one = painted(engine.paint([prepared], recipe())[0])
    outside = prepared.mask.alpha == 0
    assert outside.mean() > 0.2
    assert (one.image[outside] == prepared.content[outside]).all()
    assert (one.image[~outside] != prepared.content[~outside]).any(axis=-1).mean() > 0.8
    assert one.mask_source == "catalog"
    assert one.mask_area == pytest.approx(float((prepared.mask.alpha).mean()), abs=0.05)


def test_a_design_in_a_batch_is_the_design_alone(engine):
    first = engine.prepare(job("a"), recipe())
    second = engine.prepare(job("b", style=stripes("#2040a0")), recipe())
    together = [painted(one).image.astype(int) for one in engine.paint([first, second], recipe())]
    alone = [painted(engine.paint([one], recipe())[0]).image.astype(int) for one in (first, second)]
    for pair, single in zip(together, alone, strict=True):
        # a batched convolution may round differently: two grey levels at most
        assert np.abs(pair - single).max() <= 2


def test_the_same_job_gives_the_same_bytes_again(engine):
    images = [painted(engine.paint([engine.prepare(job(), recipe())], recipe())[0]).image for _ in range(2)]
    assert (images[0] == images[1]).all()


def test_every_score_is_there_and_the_sizes_keep_the_aspect(engine):
    one = painted(engine.paint([engine.prepare(job(), recipe())], recipe())[0])
    assert (one.height_px, one.width_px) == (96, 72)
    scores = one.scores
    for value in (
        scores.ssim,
        scores.ssim_garment,
        scores.gmd,
        scores.gmd_image,
        scores.relief,
        scores.speckle,
    ):
        assert value is not None
        assert np.isfinite(value)


def test_designs_of_several_sizes_come_back_in_order(engine):
    wide, wide_mask = garment(size=(160, 150))
    jobs = [job("a"), job("b", content=wide, mask=wide_mask), job("c", style=stripes("#208040"))]
    results = engine.paint([engine.prepare(one, recipe()) for one in jobs], recipe())
    assert [painted(one).design_id for one in results] == ["a", "b", "c"]


def test_a_paper_recipe_paints_the_whole_picture_and_says_that_no_garment_was_looked_for(engine):
    plain = recipe(
        cloth=None,
        garment=None,
        optimise=OptimisePart(
            start="content", optimiser=AdamSpec(lr=0.05), steps=3, style=StyleTerm(layers=LAYERS)
        ),
    )
    one = painted(engine.paint([engine.prepare(job(), plain)], plain)[0])
    assert one.mask_source == "none"
    assert one.mask_area is None
    assert one.scores.ssim_garment is None


def test_cloth_that_is_only_laid_needs_no_steps(engine):
    laid = recipe(optimise=None)
    one = painted(engine.paint([engine.prepare(job(), laid)], laid)[0])
    assert one.steps == 0


def test_matched_cloth_is_worn_with_its_own_colours(engine):
    plain, matched = (recipe(cloth=ClothPart(maker="tile", match=match)) for match in (False, True))
    off = []
    for how in (plain, matched):
        one = engine.prepare(job(), how)
        folds = torch.from_numpy(one.shading.values)[None, None]
        seen = relight(torch.from_numpy(one.laid).permute(2, 0, 1)[None], folds)[0].permute(1, 2, 0).numpy()
        off.append(np.abs(seen[one.alpha > 0.5].mean(0) - one.style.mean((0, 1)) / 255).max())
    assert off[1] < 0.02 < off[0]


def test_each_region_s_cloth_is_matched_by_itself(engine):
    how = recipe(cloth=ClothPart(maker="tile", match=True))
    pale = FurtherStyle(stripes("#f0c0c0"), "style/pale.png", region="red")
    alone, parted = (
        engine.prepare(job(further=further, regions=regions), how)
        for further, regions in (((), None), ((pale,), region_map()))
    )
    # half of the dark cloth is covered: its colours over the rest are still its own
    upper = np.s_[20:40, 30:42]
    assert np.abs(parted.laid[upper].mean((0, 1)) - alone.laid[upper].mean((0, 1))).max() < 0.1
    assert parted.laid[56:80, 30:42].mean() > parted.laid[upper].mean()


def test_noise_starts_follow_the_seed(engine):
    noisy = recipe(
        cloth=None,
        garment=None,
        optimise=OptimisePart(
            start="noise", optimiser=AdamSpec(lr=0.05), steps=1, style=StyleTerm(layers=LAYERS)
        ),
    )
    images = [
        painted(engine.paint([engine.prepare(job(seed=seed), noisy)], noisy)[0]).image for seed in (1, 1, 2)
    ]
    assert (images[0] == images[1]).all()
    assert (images[0] != images[2]).any()


def test_another_seed_sews_another_quilt_and_another_patchwork(engine):
    quilted = recipe(cloth=ClothPart(maker="quilt"))

    def seen(seed: int, **changes) -> tuple[np.ndarray, np.ndarray]:
        one = engine.prepare(job(seed=seed, **changes), quilted)
        return one.laid, one.style

    for changes in ({}, {"further": (blue(share=0.5),)}):
        first, again, other = seen(1, **changes), seen(1, **changes), seen(2, **changes)
        assert (first[0] == again[0]).all()
        assert (first[0] != other[0]).any()
    assert (first[1] != other[1]).any()


def test_physical_widths_decide_how_large_a_motif_is(engine):
    # The tunic is about 58 px wide. Eight stripes on a textile 1.6 times as wide (93 px): 6.2 in 72 px;
    # on one 0.75 times as wide (43 px): 13.3.
    wide, narrow = (engine.prepare(job(motif_share=share), recipe()) for share in (1.6, 0.75))
    assert [stripes_across(wide), stripes_across(narrow)] == [6, 13]


def stripes_across(prepared: Prepared) -> int:
    row = prepared.style[10, :, 1].astype(float)
    return int(np.abs(np.fft.rfft(row - row.mean())).argmax())


def test_a_file_that_is_no_picture_is_named(engine):
    with pytest.raises(ImageRefused) as caught:
        engine.prepare(job(content=b"<html>gone</html>"), recipe())
    assert "content/tunic.png" in str(caught.value)
    assert isinstance(caught.value, EngineError)


def test_stopping_leaves_at_once(engine):
    with pytest.raises(Stopped):
        engine.paint([engine.prepare(job(), recipe())], recipe(), should_stop=lambda: True)


def test_a_sample_that_turns_nan_is_an_error_in_its_place_and_its_neighbour_is_untouched(engine):
    good, bad = engine.prepare(job("good"), recipe()), engine.prepare(job("bad"), recipe())
    torn = np.where(np.indices(bad.laid.shape).sum(0) == 20, np.nan, bad.laid).astype(np.float32)
    bad = replace(bad, laid=torn, origin="torn")
    first, second = engine.paint([good, bad], recipe())
    alone = painted(engine.paint([good], recipe())[0])
    assert np.abs(painted(first).image.astype(int) - alone.image.astype(int)).max() <= 2
    assert isinstance(second, EngineError)
    assert second.code == "nonfinite"


def test_pictures_may_be_mirrored_and_read_only_views(engine):
    plain = engine.prepare(job(), recipe())
    laid = plain.laid[:, ::-1]
    laid.flags.writeable = False
    mirrored = painted(engine.paint([replace(plain, laid=laid)], recipe())[0])
    copied = painted(engine.paint([replace(plain, laid=laid.copy())], recipe())[0])
    assert (mirrored.image == copied.image).all()


PAPER = {
    "cloth": None,
    "garment": None,
    "optimise": OptimisePart(
        start="content", optimiser=AdamSpec(lr=0.05), steps=2, style=StyleTerm(layers=LAYERS)
    ),
}
KINDS = {
    "cloth": {},
    "laid": {"optimise": None},
    "flat": {"garment": GarmentPart(shading=None)},
    "paper": PAPER,
    # as duggal: the picture is painted as in a paper, inside the garment alone
    "masked": {
        "cloth": None,
        "garment": GarmentPart(shading=None),
        "optimise": OptimisePart(
            start="content",
            optimiser=AdamSpec(lr=0.05),
            steps=2,
            style=StyleTerm(layers=LAYERS, region="garment"),
        ),
    },
}


def controlled(kind: str, **controls) -> Recipe:
    return recipe(2, **KINDS[kind], controls=ControlsPart(**controls))


def paint_one(engine: Engine, recipe: Recipe, **changes) -> Painted:
    return painted(engine.paint([engine.prepare(job(**changes), recipe)], recipe)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_strength_goes_from_the_photo_to_the_recipe_in_every_recipe(engine, kind):
    photo = engine.prepare(job(), controlled(kind)).content.astype(float)
    whole = paint_one(engine, controlled(kind)).image.astype(float)
    assert (paint_one(engine, controlled(kind, strength=0)).image == photo).all()
    gone = [
        np.abs(paint_one(engine, controlled(kind, strength=strength)).image - photo).mean()
        for strength in (0.25, 0.5, 0.75)
    ]
    assert 0 < gone[0] < gone[1] < gone[2] < np.abs(whole - photo).mean()


def test_at_every_strength_the_photo_around_the_garment_is_untouched(engine):
    prepared = engine.prepare(job(), controlled("cloth", strength=0.5))
    one = painted(engine.paint([prepared], controlled("cloth", strength=0.5))[0])
    outside = prepared.mask.alpha == 0
    assert (one.image[outside] == prepared.content[outside]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["luma", "lab"])
def test_kept_colours_lie_where_the_photo_s_lie_in_every_recipe(engine, kind, how):
    # red stripes on a blue-grey tunic (#8899aa is a 0, b -11): their hue of a 55, b 30 is gone
    hues = lab_of(paint_one(engine, controlled(kind, keep_colours=how)).image / np.float32(255))[
        60:100, 30:45
    ]
    assert np.abs(hues[..., 1:].mean((0, 1)) - [-2, -11]).max() < 8
    lightness = hues[..., 0]
    assert lightness.std() > 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_motif_s_size_and_turn_are_controls_of_every_recipe(engine, kind):
    # eight stripes on a textile as wide as the picture is high: 6 in its width, at half the size 12
    def seen(**controls) -> np.ndarray:
        return engine.prepare(job(), controlled(kind, **controls)).style[..., 1].astype(float)

    def steps(lines: np.ndarray) -> float:
        return float(np.abs(np.diff(lines, axis=1)).mean())

    assert steps(seen(motif_scale=0.5)) > 1.5 * steps(seen())
    assert steps(seen(rotation_deg=90).T) > 10 * steps(seen(rotation_deg=90))


def marked(size: tuple[int, int] = (120, 160), box: tuple[int, int, int, int] = (50, 60, 70, 90)) -> bytes:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    return png(mask)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("controls", [{}, {"strength": 0.5}, {"keep_colours": "luma"}])
def test_what_is_protected_stays_the_photo_bit_for_bit_in_every_recipe(engine, kind, controls):
    # the box (50, 60) to (70, 90) of 120 x 160 is (30, 36) to (42, 54) of 72 x 96
    one = controlled(kind, **controls)
    prepared = engine.prepare(job(protect=marked()), one)
    image = painted(engine.paint([prepared], one)[0]).image
    assert (image[36:54, 30:42] == prepared.content[36:54, 30:42]).all()
    assert (image[70:80, 30:42] != prepared.content[70:80, 30:42]).any(axis=-1).mean() > 0.8


def test_a_protected_neighbour_changes_nothing_in_a_batch(engine):
    one = controlled("paper")
    marked_one, plain = (engine.prepare(job(protect=protect), one) for protect in (marked(), None))
    together = painted(engine.paint([marked_one, plain], one)[1])
    alone = painted(engine.paint([plain], one)[0])
    assert np.abs(together.image.astype(int) - alone.image).max() <= 2


@pytest.mark.parametrize("kind", ["cloth", "paper"])
def test_all_protected_is_the_photo_and_nothing_protected_the_design(engine, kind):
    one = controlled(kind)
    prepared = engine.prepare(job(protect=marked(box=(0, 0, 120, 160))), one)
    assert (painted(engine.paint([prepared], one)[0]).image == prepared.content).all()
    nothing = paint_one(engine, one, protect=png(Image.new("L", (120, 160))))
    assert np.abs(nothing.image.astype(int) - paint_one(engine, one).image).max() <= 1


def test_a_protect_mask_of_another_picture_is_refused_by_name(engine):
    with pytest.raises(ImageRefused, match=r"content/protect/tunic.png is 160 x 120 px") as caught:
        engine.prepare(
            job(protect=marked((160, 120)), protect_name="content/protect/tunic.png"), controlled("cloth")
        )
    assert caught.value.code == "protect_other_shape"


@pytest.mark.parametrize("kind", KINDS)
def test_a_palette_lends_its_colours_in_every_recipe(engine, kind):
    # red and cream stripes in the colours of green and pale green ones, as their own place in Lab says
    green = stripes("#207030")
    seen = engine.prepare(job(palette=green), controlled(kind)).style / np.float32(255)
    wanted = engine.prepare(job(style=green), controlled(kind)).style / np.float32(255)
    assert np.abs(colour_statistics(seen).mean - colour_statistics(wanted).mean).max() < 3
    assert colour_statistics(seen).mean[1] < 0


def test_a_palette_that_is_no_picture_is_named(engine):
    with pytest.raises(ImageRefused, match=r"style/card\.png"):
        engine.prepare(job(palette=b"<html>", palette_name="style/card.png"), recipe())


def blue(**place) -> FurtherStyle:
    return FurtherStyle(stripes("#2040a0"), "style/blue.png", **place)


def region_map() -> bytes:
    regions = Image.new("RGB", (120, 160))
    ImageDraw.Draw(regions).rectangle([0, 80, 120, 160], fill="#ff0000")
    return png(regions)


def redness(image: np.ndarray) -> float:
    return float(lab_of(image / np.float32(255))[..., 1].mean())


@pytest.mark.parametrize("kind", KINDS)
def test_styles_mixed_by_shares_are_seen_by_their_areas_in_every_recipe(engine, kind):
    def seen(*further: FurtherStyle) -> float:
        return redness(engine.prepare(job(further=further), controlled(kind)).style)

    red, mixed, half, all_blue = seen(), seen(blue(share=0.3)), seen(blue(share=0.6)), seen(blue(share=1.0))
    assert (red - mixed) / (red - all_blue) == pytest.approx(0.3, abs=0.1)
    assert (red - half) / (red - all_blue) == pytest.approx(0.6, abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_each_region_wears_its_own_style_in_every_recipe(engine, kind):
    one = controlled(kind)
    parted = engine.prepare(job(further=(blue(region="red"),), regions=region_map()), one)
    plain = engine.prepare(job("plain"), one)
    image, alone = (painted(result).image for result in engine.paint([parted, plain], one))
    upper, lower = np.s_[20:44, 28:44], np.s_[56:80, 28:44]
    # the upper half is as red as without regions, the lower one bluer
    assert redness(image[lower]) < redness(alone[lower]) - 0.5
    assert redness(image[upper]) > redness(image[lower])
    again = painted(engine.paint([plain], one)[0]).image
    assert np.abs(alone.astype(int) - again).max() <= 2


def test_regions_hold_at_every_size_of_coarse_to_fine(engine):
    part = OptimisePart(
        start="content", optimiser=AdamSpec(lr=0.05), steps=4, scales_px=(48,), style=StyleTerm(layers=LAYERS)
    )
    one = recipe(cloth=None, garment=None, optimise=part)
    image = paint_one(engine, one, further=(blue(region="red"),), regions=region_map()).image
    assert redness(image[56:80, 28:44]) < redness(image[20:44, 28:44])


def test_a_region_that_the_map_lacks_is_refused_by_name(engine):
    with pytest.raises(ImageRefused, match=r"content/regions/tunic\.png has no green region"):
        engine.prepare(
            job(
                further=(blue(region="green"),),
                regions=region_map(),
                regions_name="content/regions/tunic.png",
            ),
            recipe(),
        )
