"""The ``funnel:`` block: its defaults, its recipes by path, and what of it contradicts its batch."""

from __future__ import annotations

import pytest

from configs.errors import ConfigError
from configs.loading import load_batch, load_recipes

FUNNEL = "recipes: [gatys]\nsizes_px: [256]\nfunnel: {}\n"


def test_a_funnel_of_nothing_but_its_name_promotes_the_best_of_each_garment_and_textile(write):
    funnel = load_batch(write("night.yaml", FUNNEL)).funnel
    assert (funnel.final_recipe, funnel.final_size_px, funnel.fall_back) == ("toile", 1024, "toile")
    assert (funnel.keep.per_garment, funnel.keep.per_style, funnel.keep.overall) == (1, 1, 0)


def test_a_funnel_s_recipes_are_found_beside_the_batch_and_loaded_with_its_own(write):
    write("nights/soft.yaml", "extends: toile\n")
    text = "recipes: [gatys]\nsizes_px: [64]\nfunnel: {final_recipe: ./soft.yaml, final_size_px: 96}\n"
    batch = load_batch(write("nights/night.yaml", text))
    assert [recipe.name for recipe in load_recipes(batch).values()] == ["gatys", "soft", "toile"]
    assert batch.crossed == ("gatys",)


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (FUNNEL.replace("gatys", "toile"), "funnel.fall_back", "cannot stand in for them"),
        ("sizes_px: [256]\nfunnel: {}\n", "funnel.fall_back", "cannot stand in for them"),
        (FUNNEL.replace("256", "1024"), "funnel.final_size_px", "larger than their previews"),
        (FUNNEL.replace("256", "256, 384"), "sizes_px", "previews of one size"),
        (FUNNEL + "repeats: [straight]\n", "repeats", "remove repeats"),
        (FUNNEL.replace("{}", "{keep: {per_garment: 0, per_style: 0}}"), "funnel.keep", "nothing"),
        (
            FUNNEL.replace("{}", "{passes: {speckle_min: 2, speckle_max: 1}}"),
            "funnel.passes.speckle_min",
            "below speckle_max",
        ),
        (FUNNEL.replace("{}", "{final_recipe: tiole}"), "funnel.final_recipe", "toile"),
        (FUNNEL.replace("{}", "{keep: {per_garmet: 1}}"), "funnel.keep.per_garmet", "per_garment"),
        (FUNNEL.replace("{}", "7"), "funnel", "block"),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_line(write, text, key, told):
    with pytest.raises(ConfigError) as caught:
        load_batch(write("night.yaml", text))
    problem = next(one for one in caught.value.problems if one.key == key)
    assert told in str(problem)
    assert problem.line


def test_without_a_fallback_the_previews_may_be_by_the_house_recipe(write):
    text = "recipes: [toile]\nsizes_px: [256]\nfunnel: {fall_back: null}\n"
    assert load_batch(write("night.yaml", text)).painted_by == ("toile",)
