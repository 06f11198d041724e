"""A picture separated: its inks, which of them each place takes, and how far that is from the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from configs.cloth import Repeat
from configs.inks import FEWEST_INKS
from nst_core.errors import InksImpossible
from nst_core.garment.pixels import Rgb, resized_rgb
from nst_core.inks.choosing import choose_inks, has_at_most
from nst_core.inks.difference import Difference, delta_e, difference
from nst_core.inks.edges import crisp, enlarged
from nst_core.inks.ground import Cloth, Colours, chosen, of_card, with_ground
from nst_core.inks.laying import InkMap, lay_inks
from nst_core.inks.regions import without_small
from nst_core.palettes import MOST_INKS, Palette

# Up to this long side a picture is worked on at twice its size: edges then lie on half a px, and a soft one
# becomes a clean one without steps that the picture has not.
ENLARGED_UP_TO_PX = 1600
# A region of fewer places than this is a speck at any scale.
LEAST_REGION_PX = 6


@dataclass(frozen=True, eq=False)
class Separated:
    """A picture in inks.

    Attributes:
        palette: the inks, and perhaps the cloth's own colour; an ink of a given one may have no place at all.
        inks: ``(H, W)`` uint8, which ink each place takes; at once or twice the picture's size.
        picture: ``(H, W, 3)`` uint8, what was separated, at that size.
        repeat: how the tile meets its neighbours; None: not at all.
        px_per_mm: of the map.
        at_its_size: ΔE2000 at the picture's own pixels, each the mean of its places in the map.
        ground: which of the palette is the cloth's own colour and not printed; None: all is printed.
    """

    palette: Palette
    inks: InkMap
    picture: Rgb
    repeat: Repeat | None
    px_per_mm: float
    at_its_size: Difference
    ground: int | None = None

    @property
    def colours(self) -> Rgb:
        """The inks' colours ``(n, 3)`` uint8."""
        return colours_of(self.palette)

    @property
    def composite(self) -> Rgb:
        """The picture as it will be printed ``(H, W, 3)`` uint8."""
        return self.colours[self.inks]


def separate(
    rgb: Rgb,
    *,
    count: int | None = None,
    palette: Palette | None = None,
    repeat: Repeat | None,
    width_mm: float,
    min_region_mm: float,
    cloth: Cloth | None = None,
) -> Separated:
    """Separate a picture into inks.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        count: how many inks, 2..24, from 1 beside a ground; None: all of the palette.
        palette: which inks there are; None: any.
        repeat: how the picture meets its neighbours; None: not at all.
        width_mm: of the picture on cloth.
        min_region_mm: side of the square that no region is smaller than.
        cloth: what is printed on: its own colour is no ink; None: all is printed.

    Raises:
        InksImpossible: a number of inks, a width or a size that cannot be, or one ink for all.
    """
    fewest = FEWEST_INKS if cloth is None else 1
    _check(rgb, count or len(palette or ()), fewest, repeat, width_mm, min_region_mm)
    if palette is None and count is not None and has_at_most(rgb, count + (cloth is not None)):
        drawn = choose_inks(rgb, MOST_INKS)
        own = with_ground(drawn, cloth)
        if own.printed <= count:
            return _as_it_is(rgb, drawn, own, repeat, width_mm, min_region_mm)
    factor = 2 if max(rgb.shape[:2]) <= ENLARGED_UP_TO_PX else 1
    large = enlarged(rgb, repeat, factor)
    clean = crisp(large, repeat, passes=factor)
    found = chosen(clean, count or 0, cloth) if palette is None else of_card(clean, palette, count, cloth)
    palette = found.palette
    colours = colours_of(palette)
    px_per_mm = large.shape[1] / width_mm
    least = max(LEAST_REGION_PX, _least_px(min_region_mm, px_per_mm))
    laid = without_small(lay_inks(clean, colours, repeat), clean, colours, repeat, least)
    if (laid == laid[0, 0]).all():
        raise InksImpossible(
            f"all of the picture is one ink, {palette.inks[int(laid[0, 0])].name}: there is nothing to "
            f"separate; regions of at least {min_region_mm:g} mm may leave no other, or the palette has "
            f"nothing else like it",
            code="one_ink",
        )
    seen = resized_rgb(colours[laid], *rgb.shape[:2])
    at_its_size = difference(delta_e(seen, rgb))
    return Separated(palette, laid, large, repeat, px_per_mm, at_its_size, found.ground)


def without_specks(separated: Separated, min_region_mm: float) -> InkMap:
    """Return the map without regions that are smaller than a square of that side."""
    least = max(LEAST_REGION_PX, _least_px(min_region_mm, separated.px_per_mm))
    return without_small(separated.inks, separated.composite, separated.colours, separated.repeat, least)


def _as_it_is(
    rgb: Rgb,
    drawn: Palette,
    found: Colours,
    repeat: Repeat | None,
    width_mm: float,
    min_region_mm: float,
) -> Separated:
    """Return the separation of a picture that is drawn in no more colours than inks: its own, at its size."""
    if len(drawn) == 1:
        raise InksImpossible("the picture has one colour: there is nothing to separate", code="one_colour")
    colours, px_per_mm = colours_of(found.palette), rgb.shape[1] / width_mm
    own = np.zeros(rgb.shape[:2], np.uint8)
    for index, colour in enumerate(colours_of(drawn)):
        own[(rgb == colour).all(axis=-1)] = index
    laid = without_small(own, rgb, colours, repeat, _least_px(min_region_mm, px_per_mm))
    off = difference(delta_e(colours[laid], rgb))
    return Separated(found.palette, laid, rgb, repeat, px_per_mm, off, found.ground)


def _least_px(min_region_mm: float, px_per_mm: float) -> int:
    return math.ceil((min_region_mm * px_per_mm) ** 2)


def colours_of(palette: Palette) -> Rgb:
    """Return the colours ``(n, 3)`` uint8 of a palette's inks."""
    return np.array([ink.rgb for ink in palette.inks], np.uint8)


def _check(
    rgb: Rgb, count: int, fewest: int, repeat: Repeat | None, width_mm: float, min_region_mm: float
) -> None:
    height, width = rgb.shape[:2]
    if not fewest <= count <= MOST_INKS:
        raise InksImpossible(f"a print has {fewest} to {MOST_INKS} inks, got {count}", code="ink_count")
    if not (0 < width_mm < math.inf and 0 <= min_region_mm < math.inf):
        got = f"width {width_mm:g} mm, smallest region {min_region_mm:g} mm"
        raise InksImpossible(f"sizes on cloth must be positive, got {got}", code="size_on_cloth")
    for name, side, what in (("half-drop", height, "height"), ("half-brick", width, "width")):
        if repeat == name and side % 2:
            raise InksImpossible(
                f"a {name} repeat needs an even {what}, got {side} px: crop it to {side - 1} px, or make "
                f"it {side + 1}",
                code="size_and_repeat",
            )
