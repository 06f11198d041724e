"""The trained look: what it is given, what it answers, and that its file is the one it came with."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from configs.recipe import GarmentPart
from nst_core.backbones import load_backbone
from nst_core.errors import WeightsCorrupt, WeightsMissing
from nst_core.garment import head, look
from nst_core.garment.automatic import automatic_mask
from nst_core.garment.head import LAYERS, enlarged, load_head, looked_at, place_and_colour
from tests.nst_core.garment.scenes import SHIRT, TEE, draw, overlap

OUTLINES = Path(__file__).parents[3] / "bench" / "masks"


@pytest.fixture(scope="module")
def features():
    try:
        return load_backbone("vgg16", device="cpu", precision="fp32").features
    except WeightsMissing as missing:
        pytest.skip(str(missing))


def nothing_seen(picture, layers):
    """The features of a network that sees nothing, at their true sizes."""
    strides = {"relu2_2": 2, "relu3_3": 4, "relu4_3": 8, "relu5_3": 16}
    height, width = picture.shape[2:]
    return {
        layer: torch.zeros(1, LAYERS[layer], height // strides[layer], width // strides[layer])
        for layer in layers
    }


@pytest.mark.parametrize(
    ("shape", "small"), [((341, 256), (256, 192)), ((90, 900), (32, 256)), ((8, 8), (256, 256))]
)
def test_it_looks_at_a_small_copy_with_a_position_every_four_px(shape, small):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert looked_at(rgb, 256).shape[:2] == small
    assert look(rgb, nothing_seen).shape == (small[0] // 4, small[1] // 4)


def test_a_mirrored_picture_is_seen_mirrored(features):
    rgb = draw(TEE, colour=(110, 25, 40), height=256, width=192).rgb
    there, back = look(rgb, features), look(np.ascontiguousarray(rgb[:, ::-1]), features)
    np.testing.assert_allclose(back[:, ::-1], there, atol=1e-2)


def test_place_is_told_from_the_middle_and_the_border():
    planes = place_and_colour(np.full((64, 64, 3), 255, np.uint8))[0].numpy()
    # white is L 100, a 0, b 0: 100 / 50 - 1, 0, 0
    np.testing.assert_allclose(planes[:3, 5, 5], [1, 0, 0], atol=1e-2)
    # 16 positions across: the first has its centre at 1/32, which is -15/16 from the middle of -1 … 1
    np.testing.assert_allclose(planes[3:, 0, 8], [1 / 16, -15 / 16, 1 / 16])


# A striped sleeve, grey on grey, and a shirt that fills the frame: colours alone overlap by .71, 0 and 0.
@pytest.mark.parametrize("name", ["7e43962c-1287", "2b41ceef-e71c", "1d2a178d-8e5a"])
def test_what_colours_alone_lose_is_found_with_a_look(data_dir, features, name: str):
    drawn = json.loads((OUTLINES / f"{name}.json").read_text())
    with Image.open(data_dir / drawn["picture"]) as photo:
        rgb = np.asarray(photo.convert("RGB"))
    truth = np.zeros(rgb.shape[:2], np.uint8)
    for ring in drawn["rings"]:
        cv2.fillPoly(truth, [np.rint(np.array(ring) * rgb.shape[1::-1]).astype(np.int32)], 1)
    found, confidence = automatic_mask(rgb, edge_px=1.2, look=lambda picture: look(picture, features))
    assert overlap(found, truth > 0) > 0.85
    assert confidence > GarmentPart().min_confidence


def test_it_answers_alike_on_any_thread(features):
    rgb = draw(SHIRT, colour=(60, 110, 80), ground="carpet").rgb
    with ThreadPoolExecutor(3) as pool:
        seen = list(pool.map(lambda _: look(rgb, features), range(3)))
    np.testing.assert_array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[0], seen[2])


def test_the_head_is_small_and_finite():
    weights = load_head()
    assert sum(values.numel() for values in weights.values()) < 100_000
    assert all(torch.isfinite(values).all() for values in weights.values())


def test_another_file_in_its_place_is_refused_with_what_to_do(monkeypatch):
    load_head.cache_clear()
    monkeypatch.setattr(head, "SHA256", "0" * 64)
    try:
        with pytest.raises(WeightsCorrupt, match="install the package again"):
            load_head()
    finally:
        load_head.cache_clear()


def test_log_odds_are_enlarged_smoothly():
    ramp = np.linspace(-2, 2, 8, dtype=np.float32)[None].repeat(8, 0)
    large = enlarged(ramp, 32, 32)
    assert large.shape == (32, 32)
    assert (np.diff(large[16, 4:-4]) > 0).all()
