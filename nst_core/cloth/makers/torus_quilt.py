"""Image quilting on the endless cloth: patches are sewn to their neighbours across the tile's joins too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.cloth.makers.layout import Pattern, Sheet, on_quarter
from nst_core.cloth.makers.patches import Name, Search, Source
from nst_core.cloth.sewing import cut
from nst_core.garment.pixels import Image, floats
from nst_core.lattice import mirrored, places_seen

Rows = NDArray[np.intp]

# The share of a patch that at least lies on its neighbour.
OVERLAP = 1 / 3
REUSE_PENALTY = 0.35
# So many steps of the grid away a patch may still meet another.
REACH = 2.5
# A patch wider than this share of the tile would leave the tile one join and no choice.
LARGEST_BLOCK = 0.6


@dataclass(frozen=True, eq=False)
class _Piece:
    """A patch as it was sewn: its corner on the sheet, its home in the textile, and where it shows."""

    top: int
    left: int
    home: Image
    weight: Image


def quilt_on(
    sources: Sequence[Source],
    sheet: Sheet,
    *,
    block_px: int,
    reuse_penalty: float = REUSE_PENALTY,
    overlap: float = OVERLAP,
    fresh: bool = False,
) -> Pattern:
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
        overlap: the share of a patch that at least lies on its neighbour.
        fresh: whether no patch may be what goes on beside its neighbour in the textile. It fits best of
            all, and would copy the textile piece by piece.

    Returns:
        The tile, ``(H, W, 3)``, and the same patches cut from the textile at another scale.

    Source:
        Efros, Freeman (2001), "Image Quilting for Texture Synthesis and Transfer". Departures: the torus,
        the penalty, and a search from coarse to fine.
    """
    if sheet.repeat == "mirror":
        part = quilt_on(
            sources,
            on_quarter(sheet),
            block_px=block_px,
            reuse_penalty=reuse_penalty,
            overlap=overlap,
            fresh=fresh,
        )
        return Pattern(
            mirrored(part.tile), lambda textile, other: mirrored(part.at(textile, on_quarter(other)))
        )
    largest = round(LARGEST_BLOCK * min(sheet.height_px, sheet.width_px))
    room = max(min(source.image.shape[:2]) for source in sources)
    block = max(4, min(block_px, largest, room))
    search = Search(sources, block, reuse_penalty, np.random.default_rng(sheet.seed))
    step = max(1, round((1 - overlap) * block))
    tops, lefts = (_grid(side, step, block) for side in (sheet.height_px, sheet.width_px))
    tile = np.zeros((sheet.height_px, sheet.width_px, 3), np.float32)
    sewn = np.zeros(tile.shape[:2], np.float32)
    pieces: list[_Piece] = []
    for row, column in _order(len(tops), len(lefts), sheet.repeat):
        where = places_seen(tile.shape, sheet.repeat, block, block, int(tops[row]), int(lefts[column]))
        # How deep the patch lies on what is sewn: above and left of it, and round the torus at the end.
        up = tops[row - 1] + block - tops[row] if row else 0
        down = tops[row] + block - sheet.height_px - tops[0] if row == len(tops) - 1 else 0
        left = lefts[column - 1] + block - lefts[column] if column else 0
        right = lefts[column] + block - sheet.width_px - lefts[0] if column == len(lefts) - 1 else 0
        beside = _beside(row, column, tops, lefts, sheet) if fresh else []
        patch, home = search.patch(tile[where], sewn[where], (row, column), beside)
        weight = _weight(tile[where], patch, up=up, down=down, left=left, right=right)
        tile[where] = weight[..., None] * patch + (1 - weight[..., None]) * tile[where]
        sewn[where] = 1
        pieces.append(_Piece(int(tops[row]), int(lefts[column]), home.copy(), weight))
    textile_px = sources[0].textile_px

    def at(textile: Image, other: Sheet) -> Image:
        scale = textile.shape[0] / textile_px[0], textile.shape[1] / textile_px[1]
        return _sewn_again(pieces, textile, scale, sheet, other)

    return Pattern(np.clip(tile, 0, 1), at)


def _sewn_again(
    pieces: Sequence[_Piece], textile: Image, scale: tuple[float, float], decided: Sheet, sheet: Sheet
) -> Image:
    """Return the tile of the same patches on another sheet, of the textile at another scale."""
    times = sheet.over(decided)
    tile = np.zeros((sheet.height_px, sheet.width_px, 3), np.float32)
    for piece in pieces:
        block = len(piece.weight)
        # What has its middle on the patch is of the patch.
        (top, down), (left, right) = (
            _places_on(first, block, factor)
            for first, factor in zip((piece.top, piece.left), times, strict=True)
        )
        columns, rows = np.meshgrid(right, down)
        # Half a place beyond the patch its home goes on as inside.
        wide = np.pad(piece.home, ((1, 1), (1, 1), (0, 0)), "reflect", reflect_type="odd")
        home = cv2.remap(wide, columns + 1, rows + 1, cv2.INTER_LINEAR)
        patch = cv2.remap(
            textile,
            (home[..., 1] + 0.5) * scale[1] - 0.5,
            (home[..., 0] + 0.5) * scale[0] - 0.5,
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        weight = cv2.remap(piece.weight, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # As soft by a pixel about the cut as it was.
        weight = np.clip((weight - 0.5) * max(times) + 0.5, 0, 1)[..., None]
        where = places_seen(tile.shape, sheet.repeat, len(down), len(right), top, left)
        tile[where] = weight * patch + (1 - weight) * tile[where]
    return np.clip(tile, 0, 1)


def _places_on(first: int, length: int, times: float) -> tuple[int, Image]:
    """Return which place of a larger sheet is the first on a patch, and where on the patch each one lies."""
    begin, end = (int(np.ceil(edge * times - 0.5)) for edge in (first, first + length))
    return begin, floats((np.arange(begin, end) + 0.5) / times - 0.5 - first)


def _grid(side: int, step: int, block: int) -> Rows:
    """Return where patches begin: evenly round the torus, no farther apart than a step, at least two.

    The first has its middle on the tile's edge: what a mill joins there is no join of ours.
    """
    count = max(2, -(-side // step))
    return np.round(np.arange(count) * side / count).astype(np.intp) - block // 2


def _order(rows: int, columns: int, repeat: Repeat) -> list[tuple[int, int]]:
    """Return an order of patches in which each neighbour is sewn along a whole side, or not at all.

    Row by row; a half-drop column by column, as its columns are what closes upon itself.
    """
    if repeat == "half-drop":
        return [(row, column) for column in range(columns) for row in range(rows)]
    return [(row, column) for row in range(rows) for column in range(columns)]


def _beside(row: int, column: int, tops: Rows, lefts: Rows, sheet: Sheet) -> list[tuple[Name, int, int]]:
    """Return the grid names of the patches about one, with how far down and right of each it lies.

    Round the torus too; where the repeat is shifted, a patch beyond the join is that of the next tile.
    """
    rows, columns = len(tops), len(lefts)
    found = []
    for other_row in range(rows):
        for other_column in range(columns):
            for tiles_down in (-1, 0, 1):
                for tiles_right in (-1, 0, 1):
                    top = int(tops[other_row]) + tiles_down * sheet.height_px
                    left = int(lefts[other_column]) + tiles_right * sheet.width_px
                    top += tiles_right * (sheet.height_px // 2) if sheet.repeat == "half-drop" else 0
                    left += tiles_down * (sheet.width_px // 2) if sheet.repeat == "half-brick" else 0
                    down, right = int(tops[row]) - top, int(lefts[column]) - left
                    steps = abs(down) * rows / sheet.height_px, abs(right) * columns / sheet.width_px
                    if max(steps) <= REACH and (down or right):
                        found.append(((other_row, other_column), down, right))
    return found


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
