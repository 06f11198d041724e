"""The ground: cloth's own colour, which shows where nothing is printed and needs no plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nst_core.errors import InksImpossible
from nst_core.garment.pixels import Image, Rgb, floats
from nst_core.inks.choosing import best_of, choose_inks
from nst_core.inks.difference import delta_e
from nst_core.palettes import MOST_INKS, Ink, Palette
from nst_core.palettes.palette import rgb_of_hex

# ΔE2000: bleached cloth and a scan's paper white differ by 2 to 5; ivory is 7 off white, cream 8, and both
# are dyed or printed.
NEAR = 5.0
# What may be white cloth in a photograph's light: so light, so grey, and so much of the picture.
_LIGHT_L, _GREY_C, _BROAD = 75.0, 12.0, 0.15
# So many colours of a picture are looked at for the cloth's where a card has none like it.
_TOLD_APART = 12
NAME = "ground"


@dataclass(frozen=True)
class Cloth:
    """What is printed on.

    Attributes:
        rgb: its colour, sRGB.
        as_drawn: the picture's own white is taken for the cloth's; False: the print shows ``rgb`` there.
    """

    rgb: tuple[int, int, int] = (255, 255, 255)
    as_drawn: bool = True


@dataclass(frozen=True)
class Colours:
    """The colours that a picture is laid in: inks, and perhaps the ground.

    Attributes:
        palette: of all.
        ground: which of them is the cloth's own; None: none.
    """

    palette: Palette
    ground: int | None = None

    @property
    def printed(self) -> int:
        """How many inks are printed."""
        return len(self.palette) - (self.ground is not None)


def printed_on(said: str) -> Cloth | None:
    """Return the cloth that is meant by ``auto`` (white), ``none`` (all is printed) or a colour in hex.

    Raises:
        InksImpossible: ``ground``.
    """
    word = said.strip().lower()
    if word in ("auto", "none"):
        return Cloth() if word == "auto" else None
    rgb = rgb_of_hex(word)
    if rgb is None:
        raise InksImpossible(
            f"the cloth's colour is written as #f5ecd7, or auto (white), or none (its ground is printed "
            f"too), got {said!r}",
            code="ground",
        )
    return Cloth(rgb, as_drawn=False)


def with_ground(palette: Palette, cloth: Cloth | None) -> Colours:
    """Return a palette with the ink that is nearest to the cloth's colour as its ground, if one is near."""
    if cloth is None:
        return Colours(palette)
    off = _off(np.array([ink.rgb for ink in palette.inks], np.uint8), cloth)
    nearest = int(off.argmin())
    if off[nearest] > NEAR:
        return Colours(palette)
    own = palette.inks[nearest].rgb if cloth.as_drawn else cloth.rgb
    colours = [Ink(own, NAME) if index == nearest else ink for index, ink in enumerate(palette.inks)]
    return Colours(Palette(tuple(colours), palette.name), nearest)


def chosen(rgb: Rgb, count: int, cloth: Cloth | None) -> Colours:
    """Return the inks for a picture, and the ground beside them where one colour more is the cloth's.

    Args:
        rgb: ``(H, W, 3)`` uint8, its edges crisp.
        count: how many are printed, at most; with the ground no more than 24.
        cloth: what is printed on; None: all is printed.
    """
    if cloth is not None:
        found = with_ground(choose_inks(rgb, min(count + 1, MOST_INKS)), cloth)
        if found.ground is not None:
            return found
    return Colours(choose_inks(rgb, count))


def of_card(rgb: Rgb, card: Palette, count: int | None, cloth: Cloth | None) -> Colours:
    """Return the inks of a card that print a picture best; the cloth's own colour needs none of them.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        card: to choose from.
        count: how many are printed; None: all.
        cloth: what is printed on; None: all is printed.
    """
    found = with_ground(card, cloth)
    if cloth is not None and found.ground is None and len(card) < MOST_INKS:
        own = with_ground(choose_inks(rgb, _TOLD_APART), cloth)
        if own.ground is not None:
            bare = own.palette.inks[own.ground]
            found = Colours(Palette((*card.inks, bare), card.name), len(card))
    if count is None:
        return found
    kept = () if found.ground is None else (found.ground,)
    best = best_of(rgb, found.palette, count + len(kept), keep=kept)
    ground = None if found.ground is None else best.inks.index(found.palette.inks[found.ground])
    return Colours(best, ground)


def perhaps_ground(inks: Sequence[tuple[Ink, float]]) -> Ink | None:
    """Return the printed ink that may be the cloth, white in a photograph's light; None: none is so broad.

    Args:
        inks: each ink that is printed, and the share of the picture that shows it.
    """
    for ink, share in sorted(inks, key=lambda one: -one[1]):
        lightness, a, b = ink.lab
        if share >= _BROAD and lightness >= _LIGHT_L and np.hypot(a, b) <= _GREY_C:
            return ink
    return None


def _off(colours: Rgb, cloth: Cloth) -> Image:
    """Return how far colours ``(n, 3)`` are from the cloth's, ΔE2000."""
    own = np.broadcast_to(np.array(cloth.rgb, np.uint8), colours.shape)
    return floats(delta_e(colours[None], own[None])[0])
