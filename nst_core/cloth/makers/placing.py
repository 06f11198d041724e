"""Free places on the endless cloth: where a motif may lie without coming too near to another."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.cloth.makers.layout import Sheet
from nst_core.garment.pixels import Bits, Image, floats
from nst_core.lattice import cover, places_seen, straightened

Edge = Literal["top", "bottom", "left", "right"]

# Of a motif's alpha: less does not count as motif.
SEEN = 0.1
# Places are sought on a grid of so many px, twice as many each time that a tile has twice this side.
GRID_PX, SIDE_PX = 2, 384
CHOICES = 24


class Cloth:
    """What of a tile is taken, and what is free.

    Args:
        sheet: the tile; of a mirror repeat the quarter that is reflected at its edges: nothing reaches over
            them, and what lies beside one meets its own reflection there.
        widest_gap_px: the largest that is asked for.
        random: draws among places that are as good.
    """

    def __init__(
        self, sheet: Sheet, *, framed: bool, widest_gap_px: float, random: np.random.Generator
    ) -> None:
        self._sheet, self._random = sheet, random
        side = max(sheet.height_px, sheet.width_px)
        self._grid = GRID_PX << max(0, int(np.log2(side / SIDE_PX)))
        cells = np.zeros((sheet.height_px // self._grid, sheet.width_px // self._grid), np.float32)
        # Around a quarter lies nobody's land, as wide as the widest gap, so that its far sides do not meet.
        self._beyond = int(np.ceil(widest_gap_px / self._grid)) + 2 if framed else 0
        self._taken = np.pad(cells, self._beyond)
        self._frame = np.pad(cells, self._beyond, constant_values=1)
        self._spectrum, self._frames = self._transformed(self._taken), self._transformed(self._frame)

    def place_for(self, alpha: Image, gap_px: float) -> tuple[int, int] | None:
        """Return the upper left corner of a free place, the tightest of some drawn; None where there is none.

        Args:
            alpha: ``(h, w)``, the motif; its silhouette counts.
            gap_px: how far it stays from all others.
        """
        margin = int(np.ceil(gap_px / self._grid)) + 1
        mask = np.pad(self._coarse(alpha), margin)
        wide = _grown(mask, gap_px / self._grid)
        height, width = straightened(self._taken, self._sheet.repeat).shape
        if wide.shape[0] > height or wide.shape[1] > width:
            return None
        is_free = self._met(self._spectrum, wide, (height, width)) < 0.5
        if self._beyond:
            # Its reflection lies as far behind the edge, so half the gap is enough.
            half = _grown(mask, max(1.0, gap_px / 2 / self._grid))
            is_free &= self._met(self._frames, half, (height, width)) < 0.5
        free = np.argwhere(is_free[: self._taken.shape[0], : self._taken.shape[1]])
        if not len(free):
            return None
        drawn = free[self._random.choice(len(free), min(CHOICES, len(free)), replace=False)]
        ring = _grown(np.pad(mask, 2), (gap_px + 2 * self._grid) / self._grid)
        close = [(self._neighbours(ring.shape, top - 2, left - 2) * ring).sum() for top, left in drawn]
        top, left = drawn[int(np.argmax(close))]
        inside = margin - self._beyond
        return int(top + inside) * self._grid, int(left + inside) * self._grid

    def length_px(self, edge: Edge) -> int:
        """Return how long an edge is."""
        return self._sheet.width_px if edge in ("top", "bottom") else self._sheet.height_px

    def place_at(self, edge: Edge, kept: Image, gap_px: float) -> tuple[int, int] | None:
        """Return the upper left corner of a free place at an edge of a quarter; None where there is none.

        Args:
            edge: that what is kept ends at.
            kept: ``(h, w)``, of a motif that lies across the edge the part on this side.
            gap_px: how far it stays from all others; half of it from the corners.
        """
        mask = self._coarse(kept)
        margin = int(np.ceil(gap_px / self._grid)) + 1
        wide = _grown(np.pad(mask, margin), gap_px / self._grid)
        if wide.shape[0] > self._taken.shape[0] or wide.shape[1] > self._taken.shape[1]:
            return None
        is_free = self._met(self._spectrum, wide, self._taken.shape) < 0.5
        cells = np.array([self._sheet.height_px, self._sheet.width_px]) // self._grid
        first = np.full(2, self._beyond - margin)
        last = first + cells - mask.shape
        along = 1 if edge in ("top", "bottom") else 0
        inward = int(np.ceil(gap_px / 2 / self._grid))
        first[along], last[along] = first[along] + inward, last[along] - inward
        if edge in ("top", "left"):
            last[1 - along] = first[1 - along]
        else:
            first[1 - along] = last[1 - along]
        free = np.argwhere(is_free[first[0] : last[0] + 1, first[1] : last[1] + 1])
        if not len(free):
            return None
        top, left = free[self._random.integers(len(free))] + first + margin - self._beyond
        return int(top) * self._grid, int(left) * self._grid

    def take(self, alpha: Image, top: int, left: int) -> None:
        """Mark a motif's place as taken."""
        mask = self._coarse(alpha)
        height, width = mask.shape
        rows, columns = np.broadcast_arrays(
            *places_seen(
                self._taken.shape,
                self._sheet.repeat,
                height,
                width,
                top // self._grid + self._beyond,
                left // self._grid + self._beyond,
            )
        )
        self._taken[rows[mask], columns[mask]] = 1
        self._spectrum = self._transformed(self._taken)

    def _neighbours(self, shape: tuple[int, ...], top: int, left: int) -> Image:
        height, width = shape
        near = np.maximum(self._taken, self._frame)
        return cover(near, self._sheet.repeat, height_px=height, width_px=width, top=int(top), left=int(left))

    def _met(self, spectrum: NDArray[np.complex128], mask: Bits, shape: tuple[int, int]) -> Image:
        """Return how many taken cells a mask would meet at each place: a correlation over the torus."""
        seen = np.conj(np.fft.rfft2(floats(mask), s=shape))
        return floats(np.fft.irfft2(spectrum * seen, s=shape))

    def _transformed(self, cells: Image) -> NDArray[np.complex128]:
        """Return the spectrum of cells on the smallest torus that the cloth lies straight on."""
        return np.fft.rfft2(straightened(cells, self._sheet.repeat))

    def _coarse(self, alpha: Image) -> Bits:
        """Return which cells of the grid a motif reaches into."""
        rows, columns = (-side % self._grid for side in alpha.shape)
        padded = np.pad(silhouette(alpha), ((0, rows), (0, columns)))
        cells = padded.reshape(
            padded.shape[0] // self._grid, self._grid, padded.shape[1] // self._grid, self._grid
        )
        return np.asarray(cells.any(axis=(1, 3)))


def silhouette(alpha: Image) -> Bits:
    """Return ``(h, w)``, where a motif is seen or encloses its ground: nothing is tossed into a ring."""
    outside = np.pad(alpha <= SEEN, 1, constant_values=True).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 2)
    return np.asarray(outside[1:-1, 1:-1] != 2)


def _grown(mask: Bits, radius: float) -> Bits:
    """Return the mask and all within a radius."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= radius)
