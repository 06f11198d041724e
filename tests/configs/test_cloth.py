from __future__ import annotations

import pytest

from configs.errors import ConfigError
from configs.loading import load_recipe, recipe_hash

YARDAGE = """\
kind: yardage
cloth:
  maker: toss
  repeat: half-drop
  refine:
    start: cloth
    style: {layers: [relu1_1]}
"""


def refused(path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_recipe(str(path))
    return str(caught.value)


def test_a_yardage_recipe_is_new_cloth_and_nothing_else(write):
    recipe = load_recipe(str(write("toss.yaml", YARDAGE)))
    assert recipe.kind == "yardage"
    assert recipe.cloth.is_new
    assert not recipe.cloth.of_two


def test_yardage_wears_no_garment_and_is_refined_under_cloth(write):
    told = refused(write("toss.yaml", YARDAGE + "garment: {}\noptimise: {style: {layers: [relu1_1]}}\n"))
    assert "a yardage recipe has no garment: block; it has no garment" in told
    assert "a yardage recipe has no optimise: block; write it under cloth.refine" in told


def test_yardage_of_a_textile_as_it_is_is_refused_with_the_makers(write):
    told = refused(write("as-is.yaml", "kind: yardage\ncloth: {maker: quilt}\n"))
    assert "cloth.maker: a yardage recipe makes new cloth" in told
    assert "toss, requilt" in told


def test_keys_of_new_cloth_beside_a_maker_that_makes_none_are_refused(write):
    told = refused(write("quilt.yaml", "cloth: {maker: quilt, repeat: half-drop, candidates: 8}\n"))
    assert "cloth.repeat: belongs to new cloth" in told
    assert "cloth.candidates: belongs to new cloth" in told


def test_layers_of_the_refining_are_checked_like_those_of_the_optimisation(write):
    told = refused(write("toss.yaml", YARDAGE.replace("relu1_1", "conv3_1")))
    assert "cloth.refine.style.layers" in told
    assert "relu3_1" in told


def test_the_refining_of_a_tile_sees_no_garment(write):
    told = refused(write("toss.yaml", YARDAGE.replace("[relu1_1]", "[relu1_1], region: garment")))
    assert "cloth.refine.style.region" in told


def test_yardage_and_garment_of_one_cloth_are_different_recipes(write):
    worn = write("worn.yaml", YARDAGE.removeprefix("kind: yardage\n"))
    tile = write("tile.yaml", YARDAGE)
    assert recipe_hash(load_recipe(str(worn))) != recipe_hash(load_recipe(str(tile)))
