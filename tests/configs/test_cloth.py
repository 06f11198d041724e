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


def test_new_cloth_lies_on_garments_as_the_recipe_that_dresses_them_says():
    assert load_recipe("toile+toss").cloth.match is load_recipe("toile").cloth.match is True
    assert not load_recipe("toss").cloth.match
    assert load_recipe("toile+toss").cloth.worn_as() == load_recipe("toss").cloth


def test_yardage_wears_no_garment_and_is_refined_under_cloth(write):
    told = refused(write("toss.yaml", YARDAGE + "garment: {}\noptimise: {style: {layers: [relu1_1]}}\n"))
    assert "a yardage recipe has no garment: block; it has no garment" in told
    assert "a yardage recipe has no optimise: block; write it under cloth.refine" in told


@pytest.mark.parametrize(
    ("key", "block"),
    [
        ("combined", "combined: {layers: [relu1_1]}"),
        ("balance", "content: {layers: [relu4_2]}\n    balance: {}"),
    ],
)
def test_a_tile_remembers_no_picture_on_its_way(write, key, block):
    told = refused(write("toss.yaml", f"{YARDAGE}    {block}\n"))
    assert f"cloth.refine.{key}: does not go together with a tile" in told


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


@pytest.mark.parametrize(
    ("inks", "said"),
    [
        ("{count: 1}", "cloth.inks.count: must be greater than or equal to 2, got 1"),
        ("{count: 500}", "cloth.inks.count: must be less than or equal to 24, got 500"),
        ("{palette: ['#102030']}", "cloth.inks.palette"),
        (f"{{palette: [{', '.join(f'0{n:05x}' for n in range(500))}]}}", "cloth.inks.palette"),
        ("{palette: ['#102030', navy]}", "cloth.inks.palette[1]"),
        ("{palette: ['#102030', '102030']}", "names a colour twice"),
        ("{palette: ['#102030', '#405060'], count: 3}", "cloth.inks.count: the palette has 2 inks"),
        ("{steps: 12}", "say how many inks (count: 6), or which"),
    ],
)
def test_inks_that_cannot_be_are_refused_with_their_key(write, inks, said):
    assert said in refused(write("toss.yaml", f"{YARDAGE}  inks: {inks}\n"))


def test_inks_belong_to_new_cloth(write):
    told = refused(write("worn.yaml", "cloth: {maker: quilt, inks: {count: 6}}\n"))
    assert "cloth.inks: belongs to new cloth, and maker is quilt" in told


def test_a_recipe_without_inks_keeps_its_tone_and_one_with_them_hands_them_to_its_tile(write):
    plain, inked = write("plain.yaml", YARDAGE), write("inked.yaml", f"{YARDAGE}  inks: {{count: 6}}\n")
    assert load_recipe(str(plain)).inks is None
    assert load_recipe(str(inked)).inks.count == 6
    worn = load_recipe(f"toile+{inked}")
    assert worn.inks is None
    assert worn.of_its_tile().inks.count == 6
    assert recipe_hash(load_recipe(str(plain))) != recipe_hash(load_recipe(str(inked)))
