"""Designs in other colours: made of what was painted, without painting it again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from torch import Tensor

from nst_core.design import Colorway, RgbFloat, RgbImage
from nst_core.memo import Memo
from nst_core.palettes import MOST_INKS, Ink, Palette
from nst_core.palettes.palette import rgb_of_hex
from nst_core.planes import rgb_of, to_planes

# A design's colorways follow it: few paintings need to be kept, and none so large that it is a burden.
KEPT, LARGEST_PX = 4, 2048 * 2048


class Originals:
    """The paintings of the designs that came last, before they were relit and put into their photos."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Tensor] = OrderedDict()
        self._inks: Memo[Palette] = Memo(KEPT)
        self._light: Memo[RgbFloat] = Memo(KEPT)

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
        self, origin: Hashable, painting: Tensor, colorway: Colorway, tile: RgbImage | None = None
    ) -> Tensor:
        """Return a painting ``(3, h, w)`` in other colours: what lies between two inks stays between them.

        Args:
            origin: stands for the painting.
            painting: as it is before it is relit.
            colorway: the colours.
            tile: of the cloth that is worn, ``(H, W, 3)``: its inks are looked for there, so that garments
                and yardage of one cloth are of one colour. None: in the painting.

        Raises:
            InksImpossible: the painting's inks cannot become the colorway's.
        """
        # Only here: colours are compared with scipy, which a machine that paints alone need not have.
        from nst_core.inks import ColourMove, choose_inks, colorway_of

        rgb = rgb_of(painting)
        seen = rgb if tile is None else tile
        inks = self._inks.get((origin, colorway.inks), lambda: choose_inks(seen, colorway.inks))
        move = ColourMove(inks, colorway_of(inks, _palette_of(colorway), contrast=colorway.contrast))
        return to_planes(move(rgb)).to(painting.device)

    def structure(
        self, origin: Hashable, before: Callable[[], RgbImage], after: RgbImage, colorway: Colorway
    ) -> float | None:
        """Return how much of a motif is there in another colorway; see ``inks.structure_kept``.

        Args:
            origin: stands for the design.
            before: gives it in its own colours; asked once for all its colorways.
            after: in the colorway.
            colorway: the colours.
        """
        from nst_core.inks import light_ranks, structure_of_ranks

        ranks = self._light.get(origin, lambda: light_ranks(before()))
        return structure_of_ranks(ranks, after, contrast=colorway.contrast)


def inks_exchanged(image: RgbImage, colorway: Colorway) -> RgbImage:
    """Return a tile in inks, ``(h, w, 3)``, each ink exchanged for one of the colorway's.

    Raises:
        InksImpossible: its inks cannot become the colorway's.
    """
    from nst_core.inks import choose_inks, colorway_of, ink_for_ink
    from nst_core.inks.laying import nearest_inks
    from nst_core.inks.separating import colours_of

    own = choose_inks(image, MOST_INKS)
    new = colorway_of(own, _palette_of(colorway), contrast=colorway.contrast)
    height, width = image.shape[:2]
    return ink_for_ink(nearest_inks(image, colours_of(own)), new, height_px=height, width_px=width)


def _palette_of(colorway: Colorway) -> Palette:
    return Palette(tuple(Ink(rgb) for colour in colorway.colours if (rgb := rgb_of_hex(colour))))
