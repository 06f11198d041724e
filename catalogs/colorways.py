"""A batch's colorways: each design in its own colours first, then in each of the batch's palettes."""

from __future__ import annotations

from dataclasses import dataclass

from catalogs.refusals import PlanRefused
from configs.batch import Batch
from configs.recipe import Recipe


@dataclass(frozen=True)
class Colorway:
    """Colours that designs are made in once more.

    Attributes:
        name: "" for a design's own.
        said: how they come about, as the plan holds it: contrast, inks, colours; "" for a design's own.
    """

    name: str = ""
    said: str = ""

    @property
    def ingredient(self) -> str:
        """What enters a design's hash: not the name, under which other colours may come next season."""
        return self.said


OWN_COLOURS = Colorway()


def colorways_of(batch: Batch) -> tuple[Colorway, ...]:
    """Return the colorways of a batch, a design's own colours first."""
    part = batch.colorways
    named = [
        Colorway(name, " ".join((part.contrast, str(part.inks), *colours)))
        for name, colours in part.palettes.items()
    ]
    return OWN_COLOURS, *named


def check_colorways(recipe: Recipe, colorways: tuple[Colorway, ...]) -> None:
    """Refuse colorways of what has no cloth whose colours could be exchanged.

    Raises:
        PlanRefused: the recipe paints the photo itself.
    """
    if len(colorways) > 1 and recipe.cloth is None:
        raise PlanRefused(
            f"{recipe.name} has no cloth whose colours could be exchanged, and the batch names colorways; "
            f"take a recipe with a cloth: block, or leave out colorways:"
        )
