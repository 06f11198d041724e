"""What every maker of new cloth is asked for, and what it gives: a tile laid out, before it is refined.

What a maker decides (which motifs, where, cut how) it decides once, on one sheet; what it decided can then be
drawn on a sheet of any size, of the textiles' own pixels at that size.
"""

from __future__ import annotations

from collections.abc import Callable
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

    @property
    def short_px(self) -> int:
        """The shorter side."""
        return min(self.height_px, self.width_px)

    def over(self, decided: Sheet) -> tuple[float, float]:
        """Return how many times as high and as wide as another sheet this one is."""
        return self.height_px / decided.height_px, self.width_px / decided.width_px


@dataclass(frozen=True, eq=False)
class Pattern:
    """A textile laid on a sheet, and the same laid on sheets of other sizes.

    Attributes:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        at: takes the textile at another scale and the sheet that is as much larger, gives its tile.
    """

    tile: Image
    at: Callable[[Image, Sheet], Image]


@dataclass(frozen=True, eq=False)
class Layout:
    """A tile laid out of real cloth or paint: seamless, but with the joins of its pieces still to be healed.

    Attributes:
        tile: ``(H, W, 3)``, sRGB in [0, 1], float32.
        style: ``(h, w, 3)``, sRGB in [0, 1]: what the refining brings its Gram matrices close to.
        figure: ``(H, W)``, in [0, 1]: where the tile is refined, the rest stays; None: everywhere.
        motif: ``(h, w, 3)``, sRGB in [0, 1]: a second textile whose colours the tile keeps; None: all its
            colours are the style's.
        classes: ``(H, W)``, which class of the motif lies where; None: no motif has to stay legible.
        whole: the largest thing that is laid as it lay, a motif or a cell of a grid, as a share of the tile;
            0: nothing is.
        at: draws the same layout on a sheet of another size: takes that and the textiles, as large as they
            are seen on it. None: no maker laid it out.
    """

    tile: Image
    style: Image
    figure: Image | None = None
    motif: Image | None = None
    classes: NDArray[np.integer] | None = None
    whole: float = 0.0
    at: Callable[..., Layout] | None = None

    @classmethod
    def drawn(cls, at: Callable[..., Layout], sheet: Sheet, *textiles: Image) -> Layout:
        """Return what ``at`` draws on the sheet that it was decided on, and ``at`` with it."""
        return replace(at(sheet, *textiles), at=at)

    def on(self, sheet: Sheet, *textiles: Image) -> Layout:
        """Return the same layout on a sheet of another size.

        Args:
            sheet: the wanted one, with the repeat and the seed that this was decided with.
            textiles: those it was decided of, as large as they are seen on this sheet.

        Raises:
            ValueError: no maker laid it out.
        """
        if self.at is None:
            raise ValueError("only what a maker has laid out can be drawn at another size")
        return Layout.drawn(self.at, sheet, *textiles)


def on_quarter(sheet: Sheet) -> Sheet:
    """Return the sheet of a mirror tile's upper left quarter; ``lattice.mirrored`` makes the tile of it."""
    return replace(sheet, height_px=sheet.height_px // 2, width_px=sheet.width_px // 2, repeat="straight")
