"""What catalogs hold beside tunics and stripes: each pair gives a picture with real scores, or a reason."""

from __future__ import annotations

import io
import math
from dataclasses import fields

import numpy as np
import pytest
from PIL import Image

from configs.loading import load_recipe
from configs.recipe import Recipe
from nst_core.design import DesignJob, Painted
from nst_core.engine import Engine
from nst_core.errors import ImageRefused
from nst_core.scoring import Scores

SIZE = 96


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32", threads=2)


def shortened(name: str) -> Recipe:
    recipe = load_recipe(name)
    assert recipe.optimise is not None
    return recipe.model_copy(update={"optimise": recipe.optimise.model_copy(update={"steps": 3})})


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def plain(width: int, height: int, grey: int) -> bytes:
    return png(np.full((height, width, 3), grey, np.uint8))


def checks(width: int, height: int, square: int = 3) -> bytes:
    rows, columns = np.mgrid[:height, :width] // square
    return png(np.where(((rows + columns) % 2)[..., None], (200, 60, 40), (240, 230, 210)).astype(np.uint8))


def photo(width: int = 96, height: int = 128, seed: int = 0) -> bytes:
    """A grainy floor with a smoothly lit panel on it."""
    pixels = np.random.default_rng(seed).integers(150, 220, (height, width, 3)).astype(np.uint8)
    light = np.linspace(90, 140, height // 2).astype(np.uint8)
    pixels[height // 4 : height // 4 + len(light), width // 4 : -width // 4] = light[:, None, None]
    return png(pixels)


def mask(width: int = 96, height: int = 128, share: float = 0.25) -> bytes:
    """A square in the middle with this share of the area."""
    side = round(math.sqrt(share * width * height))
    pixels = np.zeros((height, width), np.uint8)
    top, left = (height - side) // 2, (width - side) // 2
    pixels[top : top + side, left : left + side] = 255
    return png(pixels)


def painted(engine: Engine, recipe: Recipe, content: bytes, style: bytes, garment: bytes | None) -> Painted:
    job = DesignJob("odd", content, "content.png", style, "style.png", SIZE, mask=garment)
    [result] = engine.paint([engine.prepare(job, recipe)], recipe)
    assert isinstance(result, Painted), result
    scores = [one.name for one in fields(Scores) if one.name not in ("flags", "texture")]
    numbers = [getattr(result.scores, name) for name in scores]
    assert all(math.isfinite(one) for one in numbers if one is not None)
    return result


@pytest.mark.parametrize(
    ("recipe", "content", "style", "garment"),
    [
        pytest.param("toile", photo(), checks(32, 32), mask(), id="a tiny style"),
        pytest.param("toile", photo(), checks(12_000, 800, square=40), mask(), id="a style of 12,000 px"),
        pytest.param("toile", photo(), checks(64, 64), mask(share=0.01), id="a mask of 1 %"),
        pytest.param("toile", plain(96, 128, 0), checks(64, 64), mask(), id="an all-black photo"),
        pytest.param("toile", plain(96, 128, 255), checks(64, 64), mask(), id="an all-white photo"),
        pytest.param("toile", photo(), plain(64, 64, 255), mask(), id="an all-white style"),
        pytest.param("toile", photo(384, 96), checks(64, 64), mask(384, 96), id="a photo of 4:1"),
        pytest.param("toile", photo(), checks(256, 64), mask(), id="a style of 4:1"),
        pytest.param("toile", photo(), photo(), mask(), id="the photo as its own style"),
        pytest.param("toile", plain(96, 128, 128), plain(64, 64, 128), None, id="grey on grey, no mask"),
        pytest.param("gatys", photo(), plain(64, 64, 0), None, id="an all-black style, whole picture"),
        pytest.param("gatys", photo(384, 96), checks(64, 64), None, id="a photo of 4:1, whole picture"),
        # balanced weights divide by the pull of a content that the photo itself has none of
        pytest.param("duggal", plain(96, 128, 0), checks(64, 64), mask(), id="an all-black photo, balanced"),
        pytest.param("duggal", photo(), photo(), mask(share=0.01), id="its own style in 1 %, balanced"),
    ],
)
def test_an_odd_pair_is_painted_and_scored(engine, recipe, content, style, garment):
    result = painted(engine, shortened(recipe), content, style, garment)
    assert max(result.image.shape[:2]) == SIZE


def test_a_style_of_8_px_is_refused_with_what_to_do(engine):
    job = DesignJob("odd", photo(), "content.png", checks(8, 8), "style/dot.png", SIZE)
    with pytest.raises(ImageRefused, match=r"style/dot\.png.*8 × 8 px.*must have \d+ px or more") as refused:
        engine.prepare(job, load_recipe("toile"))
    assert refused.value.code == "too_small"


def test_nothing_to_learn_from_gives_a_flag(engine):
    # an all-black cloth has no contrast, and neither has what is made of it: no fault of the painting
    black = painted(engine, shortened("toile"), photo(), plain(64, 64, 0), mask())
    assert "nonfinite" not in black.flags
    # a garment of 1 % still keeps the other 99 % as they were
    small = painted(engine, shortened("toile"), photo(), checks(64, 64), mask(share=0.01))
    before = np.asarray(Image.open(io.BytesIO(photo())).resize((72, 96), Image.Resampling.LANCZOS))
    assert (small.image != before).any(axis=2).mean() < 0.03
