"""The box around the garment: where it lies, and that painting it is painting the design."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from configs.recipe import (
    AdamSpec,
    ContentTerm,
    LbfgsSpec,
    MotifTerm,
    OptimisePart,
    Recipe,
    StyleTerm,
    TvTerm,
)
from nst_core.backbones import Area
from nst_core.box import MARGIN_PX, painted_box
from nst_core.engine import Engine
from nst_core.optimise import Canvas
from nst_core.optimise.objective import Objective
from tests.nst_core.test_engine import LAYERS, job, painted, png, recipe, stripes
from tests.nst_core.tiny import Mirror


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32", threads=1)


def mask(height: int, width: int, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
    alpha = np.zeros((height, width), np.float32)
    alpha[slice(*rows), slice(*columns)] = 0.5
    return alpha


def hung(left: float, top: float) -> dict[str, bytes]:
    """A tunic of 64 × 70 px somewhere on a wall: photo and mask."""
    photo, outline = Image.new("RGB", (160, 160), "#d0c8b8"), Image.new("L", (160, 160))
    shape = [left, top, left + 63, top + 69]
    ImageDraw.Draw(photo).rectangle(shape, fill="#8899aa")
    ImageDraw.Draw(photo).line([left + 30, top, left + 25, top + 69], fill="#667788", width=3)
    ImageDraw.Draw(outline).rectangle(shape, fill=255)
    return {"content": png(photo), "mask": png(outline)}


def optimised(**changes) -> Recipe:
    part = {
        "start": "cloth",
        "optimiser": LbfgsSpec(),
        "steps": 3,
        "style": StyleTerm(layers=LAYERS, region="garment"),
        "tv": TvTerm(of="change"),
        **changes,
    }
    return recipe(optimise=OptimisePart(**part))


def test_the_box_holds_the_mask_and_its_margin_and_lies_in_the_padded_picture():
    random = np.random.default_rng(5)
    for _ in range(200):
        height, width = (int(side) for side in random.integers(32, 300, 2))
        rows, columns = (np.sort(random.choice(side + 1, 2, replace=False)) for side in (height, width))
        box = painted_box(mask(height, width, tuple(rows), tuple(columns)), (height, width), recipe())
        sides = ((rows, box.top, box.bottom, height), (columns, box.left, box.right, width))
        for (first, last), begin, end, side in sides:
            assert 0 <= begin <= max(0, first - MARGIN_PX)
            assert min(side, last + MARGIN_PX) <= end < side + 16
            assert begin % 16 == end % 16 == 0


def test_a_small_garment_s_box_is_a_quarter_of_the_picture_long():
    # 10 × 6 px of 256 × 200: rows 96 to 114, columns 96 to 110 with the margin; 64 is a quarter of 256
    middle = painted_box(mask(256, 200, (100, 110), (100, 106)), (256, 200), recipe())
    assert middle == Area(80, 80, 144, 144)
    # in the corner: 200 is padded to 208
    corner = painted_box(mask(256, 200, (246, 256), (194, 200)), (256, 200), recipe())
    assert corner == Area(192, 144, 256, 208)


def test_a_mask_that_fills_the_frame_has_the_whole_picture_for_its_box():
    assert painted_box(mask(90, 120, (0, 90), (0, 120)), (90, 120), recipe()) == Area(0, 0, 96, 128)


def test_who_looks_at_the_whole_picture_gets_it():
    alpha, whole = mask(96, 96, (40, 60), (40, 60)), Area(0, 0, 96, 96)
    assert painted_box(alpha, (96, 96), optimised()) != whole
    assert painted_box(None, (96, 96), optimised()) == whole
    assert painted_box(np.zeros_like(alpha), (96, 96), optimised()) == whole
    assert painted_box(alpha, (96, 96), optimised(style=StyleTerm(layers=LAYERS))) == whole
    beside = optimised(motif=MotifTerm(layers=["relu3_1"], region="garment"))
    assert painted_box(alpha, (96, 96), beside) != whole
    assert painted_box(alpha, (96, 96), optimised(motif=MotifTerm(layers=["relu3_1"]))) == whole
    content_only = {"style": None, "content": ContentTerm(layers=["relu2_2"])}
    assert painted_box(alpha, (96, 96), optimised(**content_only)) == whole
    assert painted_box(alpha, (96, 96), recipe(optimise=None)) == whole


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"start": "content", "optimiser": AdamSpec(lr=0.05)},
        {"start": "noise", "optimiser": AdamSpec(lr=0.05)},
        {"scales_px": (64,)},
    ],
    ids=["cloth", "content", "noise", "coarse-to-fine"],
)
def test_around_the_garment_a_design_is_the_photo_bit_for_bit(engine, changes):
    made = optimised(**changes)
    prepared = engine.prepare(job(size_px=160, **hung(70, 20)), made)
    assert prepared.box.pixels < 0.5 * 160 * 160
    image = painted(engine.paint([prepared], made)[0]).image
    outside = prepared.alpha == 0
    assert (image[outside] == prepared.content[outside]).all()
    assert (image[~outside] != prepared.content[~outside]).any(axis=-1).mean() > 0.8


def test_the_steps_look_at_the_box_and_at_nothing_else(monkeypatch):
    engine, made, seen = Engine(device="cpu", precision="fp32", threads=1), optimised(steps=2), []
    real = engine._sight.backbone("vgg16").features

    def watched(images, layers, *, repeat=None):
        if images.requires_grad:
            seen.append(tuple(images.shape[-2:]))
        return real(images, layers, repeat=repeat)

    monkeypatch.setattr(engine._sight.backbone("vgg16"), "features", watched)
    prepared = engine.prepare(job(size_px=160, **hung(70, 20)), made)
    engine.paint([prepared], made)
    # 70 × 64 px with a margin and a soft edge, on the grid of 16
    assert set(seen) == {prepared.canvas_px[:2]}
    assert max(prepared.canvas_px[:2]) <= 96


def test_garments_of_different_photos_in_a_batch_are_each_painted_as_alone(engine):
    made = optimised()
    jobs = [
        job("a", size_px=160, **hung(70, 20)),
        job("b", size_px=160, style=stripes("#2040a0"), **hung(22, 52)),
    ]
    prepared = [engine.prepare(one, made) for one in jobs]
    # 48 px to the left and 32 px down: boxes of one size in different places
    assert prepared[0].canvas_px == prepared[1].canvas_px
    assert prepared[0].box != prepared[1].box
    together = [painted(one) for one in engine.paint(prepared, made)]
    assert [one.batch for one in together] == [2, 2]
    for one, among in zip(prepared, together, strict=True):
        alone = painted(engine.paint([one], made)[0])
        assert among.image.shape == alone.image.shape == one.content.shape
        # a batched convolution may round differently: two grey levels at most
        assert np.abs(among.image.astype(int) - alone.image).max() <= 2


def test_painting_the_box_is_painting_the_design(engine):
    made = optimised()
    prepared = engine.prepare(job(size_px=160, **hung(70, 20)), made)
    whole = replace(prepared, box=Area(0, 0, 160, 160))
    images = [painted(engine.paint([one], made)[0]).image.astype(int) for one in (prepared, whole)]
    inside = prepared.alpha > 0.5
    moved = np.abs(images[1] - prepared.content)[inside].mean()
    # not the same pixels (the network sees no wall beyond the box), but the same design
    assert np.abs(images[0] - images[1])[inside].mean() < 0.1 * moved


@pytest.mark.parametrize("form", ["l1-sum", "l1-mean", "smooth-mean"])
@pytest.mark.parametrize("content", ["half-sum", "mean"])
def test_a_loss_of_a_box_is_that_of_its_picture(form, content):
    # the change lies in the box, around it is nothing: sums are the same, and so are means over the picture
    box, start = Area(16, 32, 48, 80), torch.zeros(1, 3, 64, 96)
    moved = start.clone()
    box.of(moved)[..., 4:28, 4:44] = torch.rand(1, 3, 24, 40, generator=torch.Generator().manual_seed(3))
    part = OptimisePart(
        content=ContentTerm(layers={"pixels": 1}, form=content), tv=TvTerm(form=form, of="change", weight=0.1)
    )
    whole = Canvas(start, start, [])
    cut = Canvas(box.of(start), box.of(start), [], picture_px=(64, 96))
    values = [
        float(Objective.of(canvas, part, Mirror()).values(seen))
        for canvas, seen in ((whole, moved), (cut, box.of(moved)))
    ]
    # pairs of neighbours are counted, and a box has some fewer than its share
    assert values[1] == pytest.approx(values[0], rel=0.04)
    assert values[0] > 0


def test_what_is_protected_in_the_box_stays_the_photo_bit_for_bit(engine):
    made, kept = optimised(), Image.new("L", (160, 160))
    ImageDraw.Draw(kept).rectangle([90, 40, 110, 60], fill=255)
    prepared = engine.prepare(job(size_px=160, protect=png(kept), **hung(70, 20)), made)
    assert prepared.box.pixels < 0.5 * 160 * 160
    image = painted(engine.paint([prepared], made)[0]).image
    assert (image[42:59, 92:109] == prepared.content[42:59, 92:109]).all()
    # left of it lies painted cloth
    assert (image[42:59, 74:86] != prepared.content[42:59, 74:86]).any(axis=-1).mean() > 0.8


def test_a_box_of_its_own_gives_the_same_bytes_alone_and_beside_another():
    engine, made = Engine(device="cpu", precision="fp32", threads=1, deterministic=True), optimised()
    jobs = [job("a", size_px=160, **hung(70, 20)), job("b", size_px=160, **hung(22, 52))]
    prepared = [engine.prepare(one, made) for one in jobs]
    together = [painted(one).image for one in engine.paint(prepared, made)]
    for one, among in zip(prepared, together, strict=True):
        assert np.array_equal(painted(engine.paint([one], made)[0]).image, among)
