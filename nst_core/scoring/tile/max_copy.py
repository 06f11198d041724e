"""Largest copy: how much of a tile is one and the same piece of its source."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.garment.pixels import Bits, floats
from nst_core.lattice import cover
from nst_core.scoring.tile.likeness import Likeness, Turn

# In each turn, the offsets that most pieces agree upon are followed up.
FOLLOWED = 4

Numbers = NDArray[np.intp]


def max_copy(like: Likeness, whole: float = 0.0) -> float | None:
    """Return the largest connected region of a tile that is copied from its source with one offset.

    One offset means: shifted, or turned by a multiple of 45° or flipped and then shifted, to within a px of
    the reduced tile (a hundredth of its side). The region is made of pieces of an eighth of the tile's side
    that are like the source (correlation .85 and more) at that offset; it may cross the tile's joins.

    What is laid whole by intention is no copy: a motif that is tossed, one cell of a grid that motifs were
    set anew on. Nor is a chain of pieces that happen to agree, as every fifth cross does on a grid of five
    colours. So of a region only that counts which holds a disc of what is laid whole, with the half of a
    piece round about that agrees with it (an opening).

    Args:
        like: what :func:`likeness` found.
        whole: the area of the largest thing that is laid whole, as a share of the tile's; 0: nothing is.

    Returns:
        0 … 1, a share of the tile's area without plain ground: up to .05 is new cloth, 1 for the source
        itself; None for a plain tile.

    Source:
        Serra (1982), "Image Analysis and Mathematical Morphology": what an opening keeps. Ashikhmin (2001),
        "Synthesizing Natural Textures": verbatim patches are what is copied in a synthesised texture.
    """
    if like.plain.all():
        return None
    numbers = np.arange(like.height_px * like.width_px).reshape(like.height_px, like.width_px)
    side = like.piece_px
    around = _around(numbers, like.repeat, side)
    corners = like.middles + side // 2
    squares = np.stack([around[row : row + side, left : left + side].ravel() for row, left in corners])
    drawn = np.zeros(numbers.size, bool)
    drawn[squares[~like.plain]] = True
    disc = _disc(whole * numbers.size, side) if whole > 0 else None
    largest = 0
    for turn in like.turns:
        for copied in _copies(turn, like, numbers):
            if copied.sum() * side**2 > largest:
                region = np.zeros(numbers.size, bool)
                region[squares[copied]] = True
                found = region.reshape(numbers.shape)
                if disc is not None:
                    found = _opened(found, disc, like.repeat)
                largest = max(largest, _largest_part(found, like.repeat))
    return float(largest / drawn.sum())


def _copies(turn: Turn, like: Likeness, numbers: Numbers) -> Iterator[Bits]:
    """Yield which pieces are copies at each of the offsets that most pieces agree upon."""
    drawn = ~like.plain[turn.copied]
    pieces, offsets = turn.copied[drawn], turn.offsets[drawn]
    if not len(pieces):
        return
    # On the endless cloth offsets by whole tiles are the same: each is named by its place on the tile.
    (top, left), (bottom, right) = offsets.min(axis=0), offsets.max(axis=0)
    endless = _seen(numbers, like.repeat, bottom - top + 1, right - left + 1, top, left)
    named = endless[tuple((offsets - (top, left)).T)]
    near = _around(numbers, like.repeat, 1)
    votes = _around(np.bincount(named, minlength=numbers.size).reshape(numbers.shape), like.repeat, 1)
    agreed = cv2.blur(floats(votes), (3, 3))[1:-1, 1:-1].copy()
    for _ in range(FOLLOWED):
        row, column = divmod(int(agreed.argmax()), agreed.shape[1])
        if agreed[row, column] <= 0:
            return
        chosen = np.zeros(numbers.size, bool)
        chosen[near[row : row + 3, column : column + 3]] = True
        copied = np.zeros(len(like.middles), bool)
        copied[pieces[chosen[named]]] = True
        agreed[chosen.reshape(agreed.shape)] = 0
        yield copied


def _disc(area_px: float, piece_px: int) -> Bits:
    """Return a disc of an area, wider by half a piece all round."""
    reach = np.sqrt(area_px / np.pi) + piece_px / 2
    along = np.arange(-int(reach), int(reach) + 1)
    return np.asarray(np.hypot(along[:, None], along[None, :]) <= reach)


def _opened(region: Bits, disc: Bits, repeat: Repeat) -> Bits:
    """Return what of a region the disc covers wherever it fits into it, on the endless cloth."""
    margin = disc.shape[0] - 1
    around = _around(region.astype(np.intp), repeat, margin).astype(np.uint8)
    opened = cv2.morphologyEx(around, cv2.MORPH_OPEN, disc.astype(np.uint8))
    return np.asarray(opened[margin:-margin, margin:-margin] > 0)


def _largest_part(region: Bits, repeat: Repeat) -> int:
    """Return the px of the largest connected part of a region on the endless cloth."""
    if not region.any():
        return 0
    count, found = cv2.connectedComponents(region.astype(np.uint8), connectivity=8)
    labels = np.asarray(found, np.intp)
    height, width = region.shape
    on = _seen(labels, repeat, height + 1, width + 1, 0, 0)
    joins = np.concatenate([on[-2:, :-1].T, on[:-1, -2:]])
    names = np.arange(count)
    for first, second in np.unique(joins[(joins > 0).all(axis=1)], axis=0):
        names[names == names[second]] = names[first]
    return int(np.bincount(names[labels[region]]).max())


def _around(plane: Numbers, repeat: Repeat, margin: int) -> Numbers:
    height, width = plane.shape
    return _seen(plane, repeat, height + 2 * margin, width + 2 * margin, -margin, -margin)


def _seen(plane: Numbers, repeat: Repeat, height: int, width: int, top: int, left: int) -> Numbers:
    """Return a part of the endless cloth of whole numbers, which float32 holds exactly up to 2²⁴."""
    part = cover(
        floats(plane), repeat, height_px=int(height), width_px=int(width), top=int(top), left=int(left)
    )
    return part.astype(np.intp)
