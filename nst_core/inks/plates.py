"""Plates: where each ink is printed, lighter ones spread under darker ones, and what they print together.

Printing goes from the lightest ink to the darkest, each over those before it, so a place shows the last ink
that is printed there. An ink's plate is its own places and, by the trap, places beside them that belong to an
ink printed later: these are covered, and a shift of the cloth by less than the trap shows no white. An ink
never spreads under a lighter one, nor onto the ground, so at each place the last ink printed is the place's
own: plates on their cloth always give the composite back, whatever the palette and the trap.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.garment.pixels import Bits, Rgb
from nst_core.inks.look import look_of
from nst_core.inks.separating import Separated, colours_of
from nst_core.inks.surroundings import with_margin
from nst_core.palettes import Ink, Palette


@dataclass(frozen=True, eq=False)
class Plate:
    """Where one ink is printed.

    Attributes:
        ink: name and colour.
        number: 1 is printed first.
        prints: ``(H, W)``, true where it is printed, under other inks too.
        shows: ``(H, W)``, true where it is seen.
    """

    ink: Ink
    number: int
    prints: Bits
    shows: Bits

    @property
    def coverage(self) -> float:
        """Share of the cloth that it is printed on, 0..1."""
        return float(self.prints.mean())

    @property
    def empty(self) -> bool:
        """Whether nothing is on it."""
        return not self.prints.any()


def plates_of(separated: Separated, *, trap_mm: float) -> tuple[Plate, ...]:
    """Return a plate for each ink, in the order of printing, none for the ground; some may be empty.

    Args:
        separated: the picture in inks.
        trap_mm: how far an ink spreads under a darker neighbour; less than half a px is nothing.
    """
    trap_px = trap_mm * separated.px_per_mm
    order = tuple(index for index in printing_order(separated.palette) if index != separated.ground)
    # The ground's turn is before all others: no ink spreads there.
    turns = np.full(len(separated.palette), -1, np.int8)
    turns[list(order)] = np.arange(len(order))
    turn = turns[separated.inks]
    return tuple(
        Plate(
            separated.palette.inks[index],
            number + 1,
            _trapped(turn, number, separated.repeat, trap_px),
            separated.inks == index,
        )
        for number, index in enumerate(order)
    )


def printing_order(palette: Palette) -> tuple[int, ...]:
    """Return the palette's inks from lightest to darkest; of equally light ones the first goes first."""
    lightness = look_of(colours_of(palette))[:, 0]
    return tuple(int(index) for index in np.argsort(-lightness, kind="stable"))


def printed(plates: tuple[Plate, ...], ground: tuple[int, int, int] = (255, 255, 255)) -> Rgb:
    """Return what plates print together ``(H, W, 3)`` uint8: the last ink at each place, else the cloth."""
    cloth = np.full((*plates[0].prints.shape, 3), ground, np.uint8)
    for plate in sorted(plates, key=lambda plate: plate.number):
        cloth[plate.prints] = plate.ink.rgb
    return cloth


def total_coverage(plates: tuple[Plate, ...]) -> float:
    """Return how much ink lies on the cloth: 1 is a layer everywhere; what is trapped comes on top."""
    return sum(plate.coverage for plate in plates)


def _trapped(turn: NDArray[np.int8], number: int, repeat: Repeat | None, trap_px: float) -> Bits:
    own: Bits = turn == number
    reach = round(trap_px)
    if reach < 1 or not own.any():
        return own
    grown = with_margin(own.astype(np.uint8), repeat, reach)
    spread = cv2.dilate(grown, _disc(reach))[reach:-reach, reach:-reach] > 0
    return np.asarray(own | (spread & (turn > number)), np.bool_)


def _disc(radius_px: int) -> NDArray[np.uint8]:
    across = np.arange(-radius_px, radius_px + 1)
    return (across**2 + across[:, None] ** 2 <= radius_px**2).astype(np.uint8)
