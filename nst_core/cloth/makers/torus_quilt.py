"""Image quilting on the endless cloth: patches are sewn to their neighbours across the tile's joins too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.cloth.makers.layout import Sheet, on_quarter
from nst_core.cloth.sewing import cut, misfits
from nst_core.garment.pixels import Bits, Image, floats
from nst_core.lattice import mirrored, places_seen

Rows = NDArray[np.intp]

# The share of a patch that at least lies on its neighbour.
OVERLAP = 1 / 3
REUSE_PENALTY = 0.35
# How far above the best match a patch may lie and still be drawn.
TOLERANCE = 0.1
# Patches are first sought at so few px a side, then set to the pixel.
COARSE_PX = 24
SET_TO_THE_PIXEL = 6
# A patch wider than this share of the tile would leave the tile one join and no choice.
LARGEST_BLOCK = 0.6


@dataclass(frozen=True, eq=False)
class Source:
    """A picture that patches are cut from; several of one call are views of one textile.

    Attributes:
        image: ``(h, w, 3)``, sRGB in [0, 1].
        usable: ``(h, w)``: a patch lies wholly where this is set.
        home: ``(h, w, 2)``, row and column in the textile of what is seen at each place: by it, turned
            views know that a piece of theirs has been used.
    """

    image: Image
    usable: Bits
    home: Image

    @classmethod
    def of(cls, image: Image) -> Source:
        """Return a picture as the one source, all of it usable."""
        rows, columns = np.indices(image.shape[:2], np.float32)
        return cls(image, np.ones(image.shape[:2], bool), np.stack([rows, columns], axis=-1))


def quilt_on(
    sources: Sequence[Source],
    sheet: Sheet,
    *,
    block_px: int,
    reuse_penalty: float = REUSE_PENALTY,
) -> Image:
    """Sew a tile from patches of one textile's views so that it meets its neighbours without a join.

    The patches lie on a grid that divides the tile; those at its last column and row are cut to the first
    ones of the next tile as to any other neighbour, moved by half a tile where the repeat says so. The tile
    of a mirror repeat is the four reflections of a quarter, which need no sewing.

    Args:
        sources: at least one, with room for a patch; smaller ones are passed over.
        sheet: the tile.
        block_px: a patch's side; cut down to what the tile and the sources allow.
        reuse_penalty: how much worse a patch counts where its place in the textile was used before: a
            share of its misfit, so that on stripes the one phase that fits wins again and again.

    Returns:
        ``(H, W, 3)``, float32 in [0, 1].

    Source:
        Efros, Freeman (2001), "Image Quilting for Texture Synthesis and Transfer". Departures: the torus,
        the penalty, and a search from coarse to fine.
    """
    if sheet.repeat == "mirror":
        return mirrored(quilt_on(sources, on_quarter(sheet), block_px=block_px, reuse_penalty=reuse_penalty))
    largest = round(LARGEST_BLOCK * min(sheet.height_px, sheet.width_px))
    room = max(min(source.image.shape[:2]) for source in sources)
    block = max(4, min(block_px, largest, room))
    search = _Search(sources, block, reuse_penalty, np.random.default_rng(sheet.seed))
    step = max(1, round((1 - OVERLAP) * block))
    tops, lefts = _grid(sheet.height_px, step), _grid(sheet.width_px, step)
    tile = np.zeros((sheet.height_px, sheet.width_px, 3), np.float32)
    sewn = np.zeros(tile.shape[:2], np.float32)
    for row, column in _order(len(tops), len(lefts), sheet.repeat):
        where = places_seen(tile.shape, sheet.repeat, block, block, int(tops[row]), int(lefts[column]))
        # How deep the patch lies on what is sewn: above and left of it, and round the torus at the end.
        up = tops[row - 1] + block - tops[row] if row else 0
        down = tops[row] + block - sheet.height_px if row == len(tops) - 1 else 0
        left = lefts[column - 1] + block - lefts[column] if column else 0
        right = lefts[column] + block - sheet.width_px if column == len(lefts) - 1 else 0
        patch = search.patch(tile[where], sewn[where])
        weight = _weight(tile[where], patch, up=up, down=down, left=left, right=right)[..., None]
        tile[where] = weight * patch + (1 - weight) * tile[where]
        sewn[where] = 1
    return np.clip(tile, 0, 1)


class _Search:
    """Finds the patches that fit, and remembers which places of the textile were used."""

    def __init__(
        self, sources: Sequence[Source], block: int, penalty: float, random: np.random.Generator
    ) -> None:
        self.block, self.penalty, self.random = block, penalty, random
        self.factor = max(1, block // COARSE_PX)
        side = block // self.factor
        self.sources: list[Source] = []
        self.small: list[Image] = []
        self.centres: list[Image] = []
        self.used: list[Image] = []
        for source in sources:
            if min(source.image.shape[:2]) < block:
                continue
            small = self._small(source.image)
            free = _room_for(source.usable, block)[:: self.factor, :: self.factor]
            free = free[: small.shape[0] - side + 1, : small.shape[1] - side + 1]
            if not free.any():
                continue
            rows, columns = np.indices(free.shape) * self.factor + block // 2
            self.sources.append(source)
            self.small.append(small[: free.shape[0] + side - 1, : free.shape[1] + side - 1])
            self.centres.append(source.home[rows, columns])
            self.used.append(np.where(free, np.float32(0), np.float32(np.inf)))
        if not self.sources:
            raise ValueError(f"no source has room for a patch of {block} px")

    def patch(self, place: Image, sewn: Image) -> Image:
        """Return a patch that fits what is sewn at its place."""
        if not sewn.any():
            source, row, column = self._any()
        else:
            source, row, column = self._fitting(place, sewn)
        home = self.sources[source].home[row + self.block // 2, column + self.block // 2]
        sigma = 0.25 * self.block
        for used, centres in zip(self.used, self.centres, strict=True):
            used += np.exp(-0.5 * ((centres - home) ** 2).sum(-1) / sigma**2)
        return self._cut_out(source, row, column)

    def _any(self) -> tuple[int, int, int]:
        source = int(self.random.integers(len(self.sources)))
        free = np.argwhere(np.isfinite(self.used[source]))
        row, column = free[self.random.integers(len(free))] * self.factor
        return source, int(row), int(column)

    def _fitting(self, place: Image, sewn: Image) -> tuple[int, int, int]:
        found = []
        small_place, small_sewn = self._small(place * sewn[..., None]), self._small(sewn)
        # Averages of what is sewn and of nothing are brought back to what is sewn.
        small_place = floats(small_place / np.maximum(small_sewn, 1e-3)[..., None])
        for source, (small, used) in enumerate(zip(self.small, self.used, strict=True)):
            cost = (misfits(small, small_place, small_sewn) + 1e-5) * (1 + self.penalty * used)
            for _ in range(SET_TO_THE_PIXEL):
                row, column = divmod(int(cost.argmin()), cost.shape[1])
                if not np.isfinite(cost[row, column]):
                    break
                found.append((float(cost[row, column]), source, row, column))
                cost[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = np.inf
        best = sorted(found)[:SET_TO_THE_PIXEL]
        fine = [self._set_to_the_pixel(place, sewn, *at) for _, *at in best]
        least = min(cost for cost, *_ in fine)
        good = [place for cost, *place in fine if cost <= least * (1 + TOLERANCE)]
        source, row, column = good[self.random.integers(len(good))]
        return source, row, column

    def _set_to_the_pixel(
        self, place: Image, sewn: Image, source: int, row: int, column: int
    ) -> tuple[float, int, int, int]:
        """Return the best place within a coarse pixel, with its cost."""
        picture = self.sources[source]
        top, left = max(0, (row - 1) * self.factor), max(0, (column - 1) * self.factor)
        reach = self.block + 2 * self.factor
        around = picture.image[top : top + reach, left : left + reach]
        free = _room_for(picture.usable[top : top + reach, left : left + reach], self.block)
        cost = np.where(free, misfits(around, place, sewn), np.inf)
        y, x = divmod(int(cost.argmin()), cost.shape[1])
        used = float(self.used[source][row, column])
        return (float(cost[y, x]) + 1e-5) * (1 + self.penalty * used), source, top + y, left + x

    def _cut_out(self, source: int, row: int, column: int) -> Image:
        return self.sources[source].image[row : row + self.block, column : column + self.block]

    def _small(self, values: Image) -> Image:
        """Average over coarse pixels; what is left over at the end is dropped."""
        factor = self.factor
        height, width = values.shape[0] // factor, values.shape[1] // factor
        whole = np.ascontiguousarray(values[: height * factor, : width * factor])
        return floats(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def _grid(side: int, step: int) -> Rows:
    """Return where patches begin: evenly round the torus, no farther apart than a step, at least two."""
    count = max(2, -(-side // step))
    return np.round(np.arange(count) * side / count).astype(np.intp)


def _order(rows: int, columns: int, repeat: Repeat) -> list[tuple[int, int]]:
    """Return an order of patches in which each neighbour is sewn along a whole side, or not at all.

    Row by row; a half-drop column by column, as its columns are what closes upon itself.
    """
    if repeat == "half-drop":
        return [(row, column) for column in range(columns) for row in range(rows)]
    return [(row, column) for row in range(rows) for column in range(columns)]


def _weight(old: Image, new: Image, *, up: int, down: int, left: int, right: int) -> Image:
    """Return where the new patch shows: on its side of the cheapest cut through each overlap."""
    weight = np.ones(old.shape[:2], np.float32)
    if left:
        weight[:, :left] *= cut(old[:, :left], new[:, :left])
    if right:
        weight[:, -right:] *= cut(old[:, -right:][:, ::-1], new[:, -right:][:, ::-1])[:, ::-1]
    old, new = old.transpose(1, 0, 2), new.transpose(1, 0, 2)
    if up:
        weight[:up] *= cut(old[:, :up], new[:, :up]).T
    if down:
        weight[-down:] *= cut(old[:, -down:][:, ::-1], new[:, -down:][:, ::-1])[:, ::-1].T
    return weight


def _room_for(usable: Bits, block: int) -> Bits:
    """Return where a patch's upper left corner may lie."""
    total = cv2.integral((~usable).astype(np.uint8), sdepth=cv2.CV_32S)
    inside = total[block:, block:] - total[:-block, block:] - total[block:, :-block] + total[:-block, :-block]
    return np.asarray(inside == 0)
