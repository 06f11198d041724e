"""Designs in other colours: made of what was painted, without painting it again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from configs.recipe import Recipe
from nst_core.batches import plane
from nst_core.design import Colorway, Prepared, RgbFloat, RgbImage
from nst_core.finishing import finished
from nst_core.garment import ground_beneath
from nst_core.memo import Memo
from nst_core.palettes import MOST_INKS, Ink, Palette
from nst_core.palettes.palette import rgb_of_hex
from nst_core.planes import rgb_of, to_planes
from nst_core.scoring.ssim import Compared

# A design's colorways follow it: few paintings need to be kept, and none so large that it is a burden.
KEPT, LARGEST_PX = 4, 2048 * 2048


@dataclass(frozen=True, eq=False)
class Own:
    """A design in its own colours, as far as its colorways share it.

    Attributes:
        painting: ``(h, w, 3)``: a garment's before it is relit, a finished tile.
        beneath: ``(H, W, 3)``, the ground under a garment's soft edge; None where it has none.
        cloth: ``(h, w)``, where the painting is cloth; None: everywhere.
        light: how light each place of the painting's cloth is among all of it; None under 11 px.
    """

    painting: RgbImage
    beneath: RgbFloat | None
    cloth: RgbFloat | None
    light: Compared | None


class Originals:
    """The paintings of the designs that came last, before they were relit and put into their photos.

    ``get`` and ``keep`` are for the thread that paints, ``in_colorway`` for any.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Tensor] = OrderedDict()
        self._inks: Memo[Palette] = Memo(KEPT)
        self._own: Memo[Own] = Memo(KEPT)

    def get(self, origin: Hashable) -> Tensor | None:
        """Return a painting ``(3, h, w)``; None where it is not kept."""
        return self._kept.get(origin)

    def keep(self, origin: Hashable, painting: Tensor) -> None:
        """Keep a painting; the oldest one goes."""
        if painting[0].numel() > LARGEST_PX:
            return
        self._kept[origin] = painting
        self._kept.move_to_end(origin)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def in_colorway(
        self, one: Prepared, painting: Tensor, colorway: Colorway, recipe: Recipe
    ) -> tuple[RgbImage, float | None]:
        """Return a design in a colorway, and how much of its motif is there; see ``inks.structure_kept``.

        The motif is compared on the cloth, before it is relit: floor and folds are as light in any colorway.
        What lies between two inks stays between them. A garment has the inks of the tile that it wears, so
        that garments and yardage of one cloth are of one colour. A tile's ground changes with it, though it
        may not have been refined; a tile in inks has each exchanged for one of the colorway's.

        Args:
            one: the design.
            painting: ``(3, h, w)`` on the CPU, in its own colours, before it is relit.
            colorway: the colours.
            recipe: by which it was painted.

        Raises:
            InksImpossible: the painting's inks cannot become the colorway's.
        """
        # Only here: colours are compared with scipy, which a machine that paints alone need not have.
        from nst_core.inks import ColourMove, choose_inks, colorway_of, structure_of

        origin = (one.origin, recipe)
        own = self._own.get(origin, lambda: _own(one, painting, recipe))
        seen = own.painting if one.tile is None else one.tile
        count = colorway.inks if recipe.inks is None else MOST_INKS
        inks = self._inks.get((origin, count), lambda: choose_inks(seen, count))
        new = colorway_of(inks, _palette_of(colorway), contrast=colorway.contrast)
        if recipe.inks is not None:
            moved = _exchanged(own.painting, inks, new)
        else:
            moved = ColourMove(inks, new)(own.painting)
        structure = structure_of(own.light, moved, contrast=colorway.contrast, where=own.cloth)
        if recipe.inks is not None or one.repeat is not None:
            return moved, structure
        return finished(one, to_planes(moved), recipe, beneath=own.beneath), structure


def in_own_colours(one: Prepared, painting: Tensor, recipe: Recipe) -> RgbImage:
    """Return a painting ``(3, h, w)`` as the finished design ``(H, W, 3)``."""
    if recipe.inks is not None:
        # Its inks came last: nothing may be mixed into them any more.
        return rgb_of(painting)
    return finished(one, painting, recipe)


def _own(one: Prepared, painting: Tensor, recipe: Recipe) -> Own:
    from nst_core.inks import light_ranks

    if one.repeat is not None:
        tile = in_own_colours(one, painting, recipe)
        return Own(tile, None, None, Compared.of(light_ranks(tile)))
    own = rgb_of(painting)
    if one.alpha is None:
        return Own(own, None, None, Compared.of(light_ranks(own)))
    cloth = np.ascontiguousarray(one.box.of(plane(one.alpha, "constant"))[0].numpy())
    light = Compared.of(light_ranks(own, cloth))
    return Own(own, ground_beneath(one.content, one.alpha), cloth, light)


def _exchanged(image: RgbImage, inks: Palette, new: Palette) -> RgbImage:
    from nst_core.inks import ink_for_ink
    from nst_core.inks.laying import nearest_inks
    from nst_core.inks.separating import colours_of

    height, width = image.shape[:2]
    return ink_for_ink(nearest_inks(image, colours_of(inks)), new, height_px=height, width_px=width)


def _palette_of(colorway: Colorway) -> Palette:
    return Palette(tuple(Ink(rgb) for colour in colorway.colours if (rgb := rgb_of_hex(colour))))
