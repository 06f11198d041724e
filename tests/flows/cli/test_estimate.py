"""What toile plan expects of a batch that nobody painted yet."""

from __future__ import annotations

import pytest

from catalogs.catalog import load_catalog
from catalogs.done import done_index
from catalogs.planning import plan_batch
from catalogs.storage import open_storage
from configs.batch import Batch
from configs.recipe import ClothPart, GarmentPart, LbfgsSpec, OptimisePart, Recipe, StyleTerm
from configs.storage import StorageConfig
from flows.cli.estimate import (
    BYTES_PER_PIXEL,
    SECONDS_A_LAYOUT,
    SECONDS_A_STEP,
    SECONDS_WITHOUT_STEPS,
    Estimate,
    estimate,
)
from tests.catalogs.wardrobe import WEIGHTS, hash_of, put_shop

REFINE = OptimisePart(start="cloth", optimiser=LbfgsSpec(), steps=10, style=StyleTerm(layers=["relu1_1"]))
CLOTH = ClothPart(maker="requilt", candidates=4, refine=REFINE)
TILE = Recipe(name="tile", kind="yardage", cloth=CLOTH)
WORN = Recipe(name="worn", cloth=CLOTH, garment=GarmentPart())
DESIGN_S, CLOTH_S = SECONDS_WITHOUT_STEPS, 4 * SECONDS_A_LAYOUT + 10 * SECONDS_A_STEP


@pytest.fixture
def cost(tmp_path):
    storage = open_storage(StorageConfig(root=str(tmp_path)))
    put_shop(storage, "abc", "xy")

    def of(recipe: Recipe, size_px: int = 256) -> Estimate:
        plan = plan_batch(
            Batch(name="night", recipes=(recipe.name,), sizes_px=(size_px,)),
            {recipe.name: recipe},
            {recipe.name: hash_of(recipe)},
            load_catalog(storage, "content"),
            load_catalog(storage, "style"),
            engine_version="1",
            weights_sha256=WEIGHTS,
        )
        return estimate(storage, plan, done_index(storage, plan), [recipe])

    return of


def test_a_tile_costs_its_layouts_and_its_own_steps(cost):
    # two textiles, a tile each, four times the area of 256 px
    assert cost(TILE, 512).seconds == pytest.approx(4 * 2 * (DESIGN_S + CLOTH_S))


def test_a_tile_is_square(cost):
    assert cost(TILE).bytes == round(2 * BYTES_PER_PIXEL * 256**2)


def test_cloth_is_made_once_for_all_garments_that_wear_it(cost):
    # three garments in each of two textiles
    assert cost(WORN).seconds == pytest.approx(6 * DESIGN_S + 2 * CLOTH_S)
    assert "a rough figure" in cost(WORN).basis
