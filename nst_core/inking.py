"""A finished tile in its inks: chosen once the picture has settled, then laid step by step or merely cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from configs.cloth import ClothPart
from configs.inks import MOST_INKS, USUAL_WIDTH_MM, InksPart
from configs.optimise import OptimisePart
from configs.recipe import Recipe
from nst_core.design import RgbImage
from nst_core.errors import EngineError, InksImpossible, NonFinite
from nst_core.inks.choosing import best_of, choose_inks
from nst_core.inks.difference import Difference, delta_e, difference
from nst_core.inks.laying import lay_inks
from nst_core.inks.regions import without_small
from nst_core.inks.separating import LEAST_REGION_PX, colours_of
from nst_core.optimise import Canvas, Optimised
from nst_core.optimise.ink_steps import InkSpec
from nst_core.palettes import Ink, Palette
from nst_core.palettes.palette import rgb_of_hex
from nst_core.planes import rgb_of, to_planes

Walk = Callable[[Canvas, OptimisePart], Optimised]


@dataclass(frozen=True, eq=False)
class Inked:
    """A tile in inks.

    Attributes:
        image: ``(h, w, 3)``: each place has the colour of an ink.
        palette: the inks, in the order of the given palette, else lightest first; one may have no place.
        off: ΔE2000 to the settled picture, place by place.
    """

    image: RgbImage
    palette: Palette
    off: Difference


def inks_for(image: RgbImage, part: InksPart) -> Palette:
    """Return the inks of a settled picture.

    Raises:
        InksImpossible: ``one_colour``.
    """
    if part.palette is None:
        found = choose_inks(image, part.count or 0)
        if len(found) == 1:
            raise InksImpossible(
                "the tile has one colour and cannot be printed in several inks; choose another textile",
                code="one_colour",
            )
        return found
    given = Palette(tuple(Ink(rgb) for colour in part.palette if (rgb := rgb_of_hex(colour))), "given")
    return given if part.count is None else best_of(image, given, part.count)


def least_region_px(width_px: int, cloth: ClothPart, inks: InksPart) -> int:
    """Return how many px of a tile a region of an ink has at least."""
    px_per_mm = width_px / (cloth.repeat_width_mm or USUAL_WIDTH_MM)
    return max(LEAST_REGION_PX, math.ceil((inks.min_region_mm * px_per_mm) ** 2))


def cut(image: RgbImage, cloth: ClothPart, inks: InksPart) -> Inked:
    """Return a tile merely laid in its inks.

    Raises:
        InksImpossible: it has one colour.
    """
    palette = inks_for(image, inks)
    colours, least = colours_of(palette), least_region_px(image.shape[1], cloth, inks)
    laid = without_small(lay_inks(image, colours, cloth.repeat), image, colours, cloth.repeat, least)
    return _inked(colours[laid], image, palette)


def inks_of(image: RgbImage) -> tuple[str, ...]:
    """Return the colours of a tile in inks, hex, lightest first."""
    return tuple(ink.hex for ink in choose_inks(image, MOST_INKS).inks)


def in_inks(
    settled: Sequence[RgbImage | EngineError], recipe: Recipe, canvas: Canvas, part: OptimisePart, walk: Walk
) -> tuple[list[Inked | EngineError], int]:
    """Return settled tiles in inks that the last steps have found, and how many looks those took.

    The losses are the recipe's but for total variation: regions have a least size, and the walls between two
    inks are no speckle. What is held on to or balanced on the way belongs to the steps before.

    Args:
        settled: tiles of one size, finished but for their inks, or errors.
        recipe: with inks.
        canvas: what they were optimised from, in the same order.
        part: the recipe's ``refine`` block.
        walk: takes a canvas and a block down.

    Raises:
        Stopped: the walk was told to.
    """
    cloth, inks = recipe.cloth, recipe.inks
    if cloth is None or inks is None:
        raise ValueError(f"recipe {recipe.name} makes no tile in inks")
    images = {index: image for index, image in enumerate(settled) if not isinstance(image, EngineError)}
    found: dict[int, Inked | EngineError] = {
        index: error for index, error in enumerate(settled) if isinstance(error, EngineError)
    }
    palettes: dict[int, Palette] = {}
    for index, image in images.items():
        try:
            palettes[index] = inks_for(image, inks)
        except EngineError as error:
            found[index] = error
    if not palettes:
        return list(found.values()), 0
    start = torch.stack([to_planes(images[index]) for index in palettes]).to(canvas.start.device)
    least_px = least_region_px(start.shape[-1], cloth, inks)
    last = {
        "optimiser": InkSpec([colours_of(palette) for palette in palettes.values()], least_px),
        "steps": inks.steps + 1,
        "scales_px": (),
        **dict.fromkeys(("tv", "combined", "balance")),
    }
    done = walk(replace(canvas.only(torch.tensor(list(palettes))), start=start), part.model_copy(update=last))
    prints = zip(palettes.items(), done.images, done.finite.tolist(), strict=True)
    for (index, palette), planes, is_finite in prints:
        found[index] = _inked(rgb_of(planes), images[index], palette) if is_finite else _lost()
    return [found[index] for index in range(len(settled))], done.steps


def _inked(image: RgbImage, settled: RgbImage, palette: Palette) -> Inked:
    return Inked(image, palette, difference(delta_e(image, settled)))


def _lost() -> NonFinite:
    return NonFinite(
        "the last steps, which lay inks, left the real numbers (NaN or infinite loss); lower the weights of "
        "the recipe's refine block, or set cloth.inks.steps to 0"
    )
