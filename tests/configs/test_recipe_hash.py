from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.loading import load_recipe, recipe_hash
from configs.recipe import ClothPart, ControlsPart, GarmentPart, Recipe, ShadingPart


def shuffled(value: Any, draw: Any) -> Any:
    """Write the same mapping with its keys in another order and its whole floats as ints."""
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        return {key: shuffled(value[key], draw) for key in keys}
    if isinstance(value, float) and value.is_integer() and draw(st.booleans()):
        return int(value)
    return value


recipes = st.builds(
    Recipe,
    name=st.just("x"),
    backbone=st.sampled_from(["vgg16", "vgg19"]),
    cloth=st.builds(
        ClothPart,
        maker=st.sampled_from(["tile", "mirror", "quilt"]),
        motif_scale=st.floats(0.05, 8),
        rotation_deg=st.sampled_from([0.0, -0.0, 45.0, 90.0]),
    ),
    garment=st.none()
    | st.builds(GarmentPart, shading=st.none() | st.builds(ShadingPart, strength=st.floats(0, 3))),
)


@given(recipes, st.data())
def test_key_order_and_int_or_float_make_no_difference(recipe, data):
    again = Recipe.model_validate(shuffled(recipe.model_dump(), data.draw))
    assert recipe_hash(again) == recipe_hash(recipe)


@given(recipes)
def test_words_about_a_recipe_make_no_difference(recipe):
    said = recipe.model_copy(update={"name": "other", "title": "T", "description": "D"})
    assert recipe_hash(said) == recipe_hash(recipe)


@given(recipes)
def test_a_default_written_out_is_the_default(recipe):
    said = Recipe.model_validate(recipe.model_dump(exclude_defaults=True))
    assert recipe_hash(said) == recipe_hash(recipe)


@given(recipes, recipes)
def test_two_recipes_share_a_hash_exactly_when_they_paint_alike(one, other):
    same = (one.backbone, one.cloth, one.garment) == (other.backbone, other.cloth, other.garment)
    assert (recipe_hash(one) == recipe_hash(other)) is same


@given(recipes)
def test_equal_recipes_are_one_key(recipe):
    again = Recipe.model_validate(recipe.model_dump())
    assert again == recipe
    assert len({again, recipe}) == 1


def test_how_a_recipe_came_to_be_makes_no_difference(write):
    write("mine.yaml", "extends: gatys\nname: mine\n")
    assert recipe_hash(load_recipe("./mine.yaml")) == recipe_hash(load_recipe("gatys"))


def test_each_knob_of_the_house_recipe_counts():
    recipe = load_recipe("toile")
    seen = {recipe_hash(recipe)}
    for block in ("cloth", "garment"):
        part = getattr(recipe, block)
        for name, value in part:
            if isinstance(value, float):
                changed = part.model_copy(update={name: value + 0.01})
                seen.add(recipe_hash(recipe.model_copy(update={block: changed})))
    # motif_scale, rotation_deg, bend_px; min_confidence, edge_px
    assert len(seen) >= 1 + 3 + 2


def test_cloth_that_is_not_matched_has_the_hash_from_before_it_could_be():
    recipe = load_recipe("johnson-worn")
    matched, plain = (
        recipe.model_copy(update={"cloth": recipe.cloth.model_copy(update={"match": match})})
        for match in (True, False)
    )
    assert recipe_hash(matched) == recipe_hash(recipe)
    assert recipe_hash(plain) != recipe_hash(matched)
    # as in the release before this one
    assert recipe_hash(load_recipe("toss")).startswith("caa0f4e144")


def test_a_hash_is_sixty_four_hex_digits():
    assert len(bytes.fromhex(recipe_hash(load_recipe("toile")))) == 32


def test_layers_cannot_be_changed_behind_a_recipe_s_back():
    layers = load_recipe("gatys").optimise.style.layers
    with pytest.raises(TypeError, match="frozen"):
        layers["relu1_1"] = 2
    with pytest.raises(TypeError, match="frozen"):
        layers.clear()


def test_controls_at_rest_leave_the_hash_that_was_there_before_them():
    recipe = load_recipe("toile")
    at_rest = ControlsPart(strength=1, keep_colours="none", motif_scale=1, rotation_deg=-0.0)
    assert recipe_hash(recipe.model_copy(update={"controls": at_rest})) == recipe_hash(recipe)


@pytest.mark.parametrize(
    "turned", [{"strength": 0.5}, {"keep_colours": "lab"}, {"motif_scale": 2}, {"rotation_deg": 45}]
)
def test_each_control_that_is_turned_counts(turned):
    recipe = load_recipe("gatys")
    changed = recipe.model_copy(update={"controls": ControlsPart(**turned)})
    assert recipe_hash(changed) != recipe_hash(recipe)
