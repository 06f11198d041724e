"""What every maker of new cloth is asked for, and what it gives: a tile laid out, before it is refined."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.garment.pixels import Image


@dataclass(frozen=True)
class Sheet:
    """The tile that is wanted.

    Attributes:
        height_px, width_px: multiples of ``lattice.size_multiple(repeat)``.
        repeat: how it meets its neighbours.
        seed: another seed, another layout.
    """

    height_px: int
    width_px: int
    repeat: Repeat
    seed: int


@dataclass(frozen=True, eq=False)
class Layout:
    """A tile laid out of real cloth or paint: seamless, but with the joins of its pieces still to be healed.

    Attributes:
        tile: ``(H, W, 3)``, sRGB in [0, 1], float32.
        style: ``(h, w, 3)``, sRGB in [0, 1]: what the refining brings its Gram matrices close to.
        figure: ``(H, W)``, in [0, 1]: where the tile is refined, the rest stays; None: everywhere.
        style_weight: ``(h, w)``, how much each place of ``style`` counts for its Gram matrices: where a tile
            has less of the textile's ground or motifs than that, so has what it is brought close to. None:
            all the same.
        motif: ``(h, w, 3)``, sRGB in [0, 1]: a second textile whose colours the tile keeps; None: all its
            colours are the style's.
        classes: ``(H, W)``, which class of the motif lies where; None: no motif has to stay legible.
    """

    tile: Image
    style: Image
    figure: Image | None = None
    style_weight: Image | None = None
    motif: Image | None = None
    classes: NDArray[np.integer] | None = None


def on_quarter(sheet: Sheet) -> Sheet:
    """Return the sheet of a mirror tile's upper left quarter; ``lattice.mirrored`` makes the tile of it."""
    return replace(sheet, height_px=sheet.height_px // 2, width_px=sheet.width_px // 2, repeat="straight")
