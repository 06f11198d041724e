"""The part of a photographed check or stripe that tells it: where nothing lies across it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nst_core.cloth.makers.own_repeat import OwnRepeat, Vectors, cells, own_repeat
from nst_core.garment.pixels import Image

# Of the short side: the parts of a check that are tried, how far apart, and how short its repeat must be
# for them to show it a few times.
PART, PART_STEP, SHORT_REPEAT = 0.3, 0.11, 0.12
# What a clear part may differ from one cell, and what contrast that must have of the textile's.
CLEAR, FULL_CONTRAST = 0.85, 0.7


@dataclass(frozen=True)
class Part:
    """A part of a textile at any size, in shares of its height and width."""

    top: float
    left: float
    bottom: float
    right: float

    def of(self, textile: Image) -> Image:
        """Return the part of a textile ``(h, w, 3)``: a view."""
        height, width = textile.shape[:2]
        rows = slice(round(self.top * height), round(self.bottom * height))
        return textile[rows, round(self.left * width) : round(self.right * width)]


def clearest_part(textile: Image, own: OwnRepeat) -> tuple[Part, OwnRepeat] | None:
    """Return the part of a photographed check or stripe that repeats best, and how it does.

    Over a whole photo threads drift, and folds, plackets and pockets lie across them; over a few repeats
    they hardly do, and one cell tells the cloth.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].
        own: how all of it repeats.

    Returns:
        The part and its repeat; None where no part repeats well, or the repeat is too large for a part to
        show.
    """
    height, width = textile.shape[:2]
    short = min(height, width)
    if float(np.linalg.norm(own.shifts, axis=1).min()) > SHORT_REPEAT * short:
        return None
    side, step = round(PART * short), max(1, round(PART_STEP * short))
    best, least = None, CLEAR
    for top in range(0, height - side + 1, step):
        for left in range(0, width - side + 1, step):
            part = Part(top / height, left / width, (top + side) / height, (left + side) / width)
            seen = part.of(textile)
            its = own_repeat(seen)
            if its is None or its.misfit >= least:
                continue
            # A plain pocket repeats well, too.
            if _cell(seen, its.shifts).std() >= FULL_CONTRAST * textile.std():
                best, least = (part, its), its.misfit
    return best


def _cell(textile: Image, shifts: Vectors) -> Image:
    """Return one cell's worth of a textile, evenly sampled."""
    steps = np.moveaxis(np.indices((24, 24), np.float64), 0, -1) / 24
    return cells(textile, shifts, steps @ shifts)
