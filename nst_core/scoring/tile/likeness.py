"""Likeness: how like each piece of a tile is to each place of its source, turned and flipped in every way."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.colour.lab import lab_of
from nst_core.garment.pixels import Bits, Image, blurred, floats, resized
from nst_core.lattice import cover

# Both pictures are reduced so that the tile's long side has so many px, the source's at most so many.
TILE_PX, SOURCE_PX = 96, 128
# A piece is a disc of an eighth of the tile's long side; pieces overlap by half.
PIECE_SHARE = 1 / 8
CALM_PX = 1.0
# A piece whose colours deviate by less, Lab, is plain ground: it is nowhere's copy.
PLAIN_LAB = 2.0
# A piece this like a place is a copy of it: grain and bends of 2 px leave more, another place of the same
# textile has less unless the textile repeats.
COPIED = 0.85
# So many principal components of the source's pieces are compared: the rest is grain.
COMPONENTS = 64
_SAMPLES = 2000
_TURNS = tuple((flip, eighths * np.pi / 4) for flip in (1, -1) for eighths in range(8))


@dataclass(frozen=True, eq=False)
class Turn:
    """All pieces of a tile beside all places of its source, under one rotation and flip.

    Attributes:
        best: ``(pieces,)``, -1 … 1: the normalised cross-correlation of each with the likest place.
        copied: ``(n,)``, which piece is a copy of some place, once for each such place.
        offsets: ``(n, 2)``, from that piece to that place as the tile sees it, in rows and columns of the
            reduced tile: the same for all pieces of one copy.
    """

    best: Image
    copied: NDArray[np.intp]
    offsets: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Likeness:
    """What copying is looked for in.

    Attributes:
        turns: two flips × eight rotations.
        middles: ``(pieces, 2)``, row and column of each piece's middle on the reduced tile.
        piece_px: a piece's side, even.
        plain: ``(pieces,)``: nothing is drawn on it.
        height_px, width_px: the reduced tile's.
        repeat: how the tile meets its neighbours; pieces lie across its joins too.
    """

    turns: tuple[Turn, ...]
    middles: NDArray[np.intp]
    piece_px: int
    plain: Bits
    height_px: int
    width_px: int
    repeat: Repeat


def likeness(tile: Image, source: Image, repeat: Repeat) -> Likeness | None:
    """Compare a tile's pieces with all places of its source, in all sixteen turns.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        source: ``(h, w, 3)``, sRGB in [0, 1], at the scale at which it is seen on the tile.
        repeat: how the tile meets its neighbours.

    Returns:
        None for a source that is smaller than a piece.
    """
    scale = min(1.0, TILE_PX / max(tile.shape[:2]), SOURCE_PX / max(source.shape[:2]))
    small_tile, small_source = _reduced(tile, scale), _reduced(source, scale)
    height, width = small_tile.shape[:2]
    side = max(4, 2 * round(PIECE_SHARE * max(height, width) / 2))
    if min(small_source.shape[:2]) < side:
        return None
    along = np.arange(side) - (side - 1) / 2
    disc = np.hypot(along[:, None], along[None, :]) <= side / 2
    inside = np.stack(np.meshgrid(along, along, indexing="ij"), axis=-1)[disc]
    windows = sliding_window_view(small_source, (side, side), axis=(0, 1))[..., disc]
    found, contrast = _centred(np.moveaxis(windows, 2, -1).reshape(-1, len(inside), 3))
    components = _principal(found)
    wanted = torch.from_numpy(_unit(found @ components, contrast).T.copy())
    places = np.stack(np.divmod(np.arange(len(found)), windows.shape[1]), axis=-1) + side / 2
    grid = np.meshgrid(np.arange(0, height, side // 2), np.arange(0, width, side // 2), indexing="ij")
    middles = np.stack(grid, axis=-1).reshape(-1, 2)
    room = {"height_px": height + 2 * side, "width_px": width + 2 * side, "top": -side, "left": -side}
    around = cover(small_tile, repeat, **room)
    turns, plain = [], np.zeros(len(middles), bool)
    for flip, angle in _TURNS:
        # Where on the tile lies what lies at an offset from the middle of a place in the source.
        turn = np.array([[np.cos(angle), -np.sin(angle)], [flip * np.sin(angle), flip * np.cos(angle)]])
        at = floats(middles[:, None] + side - 0.5 + inside @ turn.T)
        seen = floats(cv2.remap(around, at[..., 1], at[..., 0], cv2.INTER_LINEAR))
        pieces, contrasts = _centred(seen)
        plain |= contrasts < PLAIN_LAB
        alike = torch.from_numpy(_unit(pieces @ components, contrasts)) @ wanted
        copied, place = torch.nonzero(alike >= COPIED, as_tuple=True)
        offsets = np.round((places @ turn.T)[place.numpy()] - middles[copied.numpy()])
        turns.append(Turn(alike.amax(1).numpy(), copied.numpy(), offsets.astype(np.intp)))
    return Likeness(tuple(turns), middles, side, plain, height, width, repeat)


def _reduced(picture: Image, scale: float) -> Image:
    # Blurred first, else lines as thin as a reduced px look another way wherever they lie.
    lab = blurred(lab_of(picture), CALM_PX / scale)
    if scale == 1:
        return lab
    return resized(lab, *(max(1, round(side * scale)) for side in lab.shape[:2]))


def _centred(pieces: Image) -> tuple[Image, Image]:
    """Return pieces ``(n, px, 3)`` less their mean colour, ``(n, 3 px)``, and how far they are from it."""
    centred = (pieces - pieces.mean(axis=1, keepdims=True)).reshape(len(pieces), -1)
    return floats(centred), floats(np.sqrt(3 * (centred**2).mean(axis=1)))


def _unit(projected: Image, contrast: Image) -> Image:
    """Return projections divided by the norm of what was projected, which was ``contrast`` times √pixels."""
    return floats(projected / np.maximum(contrast, PLAIN_LAB / 4)[:, None])


def _principal(pieces: Image) -> Image:
    """Return the directions ``(3 px, n)`` in which pieces differ most."""
    some = pieces[:: max(1, len(pieces) // _SAMPLES)]
    _, directions = np.linalg.eigh(some.T @ some)
    # Scaled so that a piece that lies wholly in them, divided by its contrast, has norm 1.
    return floats(directions[:, -COMPONENTS:] / np.sqrt(pieces.shape[1] / 3))
