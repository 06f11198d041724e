"""The trained networks that come with the installation."""

from importlib import resources

import numpy as np
import pytest
import torch

from catalogs.demo.drawing import random_of
from catalogs.demo.wardrobe import TEXTILES
from catalogs.models import model_cards, read_model
from catalogs.storage.directory import DirectoryStorage
from configs.loading import load_recipe
from configs.network import PIECES
from nst_core.codec import encode_png as png
from nst_core.design import DesignJob
from nst_core.engine import Engine
from nst_core.networks import (
    NetworkFiles,
    WeightsFile,
    field_means,
    is_the_picture_of,
    load_network,
    pixels_sha256,
)

SHIPPED = resources.files("catalogs.models").joinpath("shipped")
MODELS = sorted(one.name for one in SHIPPED.iterdir() if one.is_dir())
# As `toile demo` draws them unless it is told otherwise.
DEMO_PX = 640
MOST_BYTES, MOST_IN_ALL = 2_000_000, 8_000_000


def test_they_are_small_enough_to_travel():
    sizes = {
        one.name: sum(file.stat().st_size for file in one.rglob("*") if file.is_file())
        for one in SHIPPED.iterdir()
        if one.is_dir()
    }
    assert sizes
    assert max(sizes.values()) <= MOST_BYTES
    assert sum(sizes.values()) <= MOST_IN_ALL


@pytest.mark.parametrize("model", MODELS)
def test_each_is_what_its_card_says_and_learnt_from_pictures_that_may_be_learnt_from(model, tmp_path):
    bucket = DirectoryStorage(tmp_path)
    for style_id, card in model_cards(bucket, model).items():
        assert card.model == model
        assert card.style_id == style_id
        assert set(card.trained_on.licence.split(", ")) <= {"CC0-1.0"}
        # what paints in no style by itself has no scores
        assert (card.compared is not None) is (bool(style_id) or not PIECES[card.kind].style)


@pytest.mark.parametrize("textile", TEXTILES, ids=lambda one: one.style_id)
def test_johnson_many_knows_the_textiles_that_the_demo_draws(textile, tmp_path):
    card = model_cards(DirectoryStorage(tmp_path), "johnson-many")[textile.style_id]
    drawn = textile.make(random_of(0, textile.style_id), DEMO_PX)
    assert is_the_picture_of(card, pixels_sha256(drawn), field_means(drawn))
    # another processor's last digit
    drawn[3, 5] ^= 1
    assert is_the_picture_of(card, pixels_sha256(drawn), field_means(drawn))
    assert not is_the_picture_of(card, pixels_sha256(drawn[:, ::-1]), field_means(drawn[:, ::-1]))


def test_previews_by_toile_fast_are_painted_at_once_after_installation(tmp_path):
    found = read_model(DirectoryStorage(tmp_path), "toile-fast")
    files = NetworkFiles(WeightsFile(found.weights, found.card, found.name), None)
    assert load_network(files, "toile-fast", device=torch.device("cpu")).module is not None
    rng = np.random.default_rng(1)
    mask = np.zeros((64, 64, 3), np.uint8)
    mask[16:48, 16:48] = 255
    job = DesignJob(
        design_id="0" * 32,
        content=png(np.full((64, 64, 3), 180, np.uint8)),
        content_name="tee.png",
        style=png(rng.integers(0, 255, (64, 64, 3), np.uint8)),
        style_name="print.png",
        mask=png(mask),
        mask_name="mask.png",
        size_px=64,
        networks=(("toile-fast", files),),
    )
    engine, recipe = Engine(device="cpu", precision="fp32"), load_recipe("toile-fast")
    (painted,) = engine.paint([engine.prepare(job, recipe)], recipe)
    laid_recipe = load_recipe("toile-laid")
    (laid,) = engine.paint([engine.prepare(job, laid_recipe)], laid_recipe)
    changed = np.abs(painted.image.astype(int) - laid.image.astype(int))
    assert changed[:12].max() == 0
    assert 0 < changed[20:44, 20:44].mean() < 40
