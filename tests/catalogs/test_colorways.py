"""A batch's colorways, as they are planned."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from catalogs.refusals import PlanRefused
from catalogs.storage import Storage
from configs.colorways import ColorwaysPart
from configs.recipe import ContentTerm, OptimisePart, Recipe
from tests.catalogs.wardrobe import a_batch, a_plan, put_shop

RUST = ("#8a3b12", "#e8c9a0", "#20262e")
SEA = ("#0b2239", "#8fd3d1")


def colorways(**changes) -> ColorwaysPart:
    return ColorwaysPart(palettes={"rust": RUST, "sea": SEA}, **changes)


def rows(storage: Storage, **changes) -> list[dict]:
    return a_plan(storage, a_batch(**changes)).table.to_pylist()


def test_every_design_is_there_in_its_own_colours_and_in_each_palette(directory_storage: Storage):
    put_shop(directory_storage, "ab", "x")
    planned = rows(directory_storage, colorways=colorways(), seeds=(0, 1))
    assert len(planned) == 2 * 2 * 3
    # a design's colorways follow it, so that they are made of it
    assert [row["colorway"] for row in planned] == ["", "rust", "sea"] * 4
    assert planned[1]["colorway_colours"] == "kept 6 #8a3b12 #e8c9a0 #20262e"
    assert len({row["design_id"] for row in planned}) == len(planned)


def test_colorways_rename_no_design_in_its_own_colours(directory_storage: Storage):
    put_shop(directory_storage, "ab", "x")
    plain = {row["design_id"] for row in rows(directory_storage)}
    with_palettes = rows(directory_storage, colorways=colorways())
    assert {row["design_id"] for row in with_palettes if not row["colorway"]} == plain


def test_a_palettes_name_makes_no_difference_its_colours_do(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")

    def made_in(name: str, colours: tuple[str, ...], **changes) -> str:
        part = ColorwaysPart(palettes={name: colours}, **changes)
        return rows(directory_storage, colorways=part)[1]["design_id"]

    rust = made_in("rust", RUST)
    assert made_in("autumn", RUST) == rust
    assert made_in("rust", tuple(colour.upper().removeprefix("#") for colour in RUST)) == rust
    assert len({rust, made_in("rust", SEA), made_in("rust", RUST, contrast="inverted")}) == 3


def test_a_recipe_without_cloth_has_no_colorways(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")
    paint = Recipe(name="plain", optimise=OptimisePart(content=ContentTerm(layers=["relu4_2"])))
    with pytest.raises(PlanRefused, match="plain has no cloth whose colours could be exchanged"):
        a_plan(directory_storage, a_batch(colorways=colorways()), recipes=(paint,))


@pytest.mark.parametrize("colours", [("#8a3b12",), ("#8a3b12", "rust"), ("#000000",) * 25])
def test_a_palette_is_two_to_twenty_four_hex_colours(colours):
    with pytest.raises(ValidationError):
        ColorwaysPart(palettes={"rust": colours})
