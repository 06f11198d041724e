"""How a tile meets its neighbours on the endless cloth: straight, half-drop, half-brick or mirrored.

The tile of a mirror repeat is the whole of what repeats, its four reflections in it: it lies straight beside
itself as any other, and is symmetric besides.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from configs.cloth import REPEAT_MULTIPLE_PX, Repeat
from nst_core.garment.pixels import Image


def size_multiple(repeat: Repeat) -> int:
    """Return what both sides of a tile are multiples of, px, so that all layers join as the tile does."""
    return REPEAT_MULTIPLE_PX[repeat]


def cover(
    tile: Image, repeat: Repeat, *, height_px: int, width_px: int, top: int = 0, left: int = 0
) -> Image:
    """Return a part of the endless cloth.

    Args:
        tile: ``(H, W)`` or ``(H, W, C)``.
        repeat: how it meets its neighbours.
        height_px, width_px: of the part.
        top, left: where it begins; (0, 0) is the tile's own corner.

    Returns:
        ``(height_px, width_px)`` or ``(height_px, width_px, C)``.
    """
    rows, columns = places_seen(tile.shape, repeat, height_px, width_px, top, left)
    return tile[rows, columns]


def cover_planes(
    tile: Tensor, repeat: Repeat, *, height_px: int, width_px: int, top: int = 0, left: int = 0
) -> Tensor:
    """Return a part of the endless cloth, as :func:`cover` does, of ``(..., H, W)``; differentiable."""
    places = _places(tile, repeat, height_px, width_px, top, left)
    return tile.flatten(-2).index_select(-1, places).view(*tile.shape[:-2], height_px, width_px)


def add_to_tile(tile: Tensor, repeat: Repeat, part: Tensor, *, top: int = 0, left: int = 0) -> None:
    """Add a part of the endless cloth ``(..., h, w)`` to the places of the tile ``(..., H, W)`` it shows.

    In place, and the transpose of :func:`cover_planes`: what several places of the part show adds up.
    """
    height, width = part.shape[-2:]
    tile.view(*tile.shape[:-2], -1).index_add_(
        -1, _places(tile, repeat, height, width, top, left), part.flatten(-2)
    )


def rolled(tile: Image, repeat: Repeat, *, down_px: int, right_px: int) -> Image:
    """Return the same cloth with another place of it in the tile's corner: motifs move down and right."""
    height, width = tile.shape[:2]
    return cover(tile, repeat, height_px=height, width_px=width, top=-down_px, left=-right_px)


def roll_planes(tile: Tensor, repeat: Repeat, *, down_px: int, right_px: int) -> Tensor:
    """Return planes ``(..., H, W)`` rolled as :func:`rolled` does pictures."""
    height, width = tile.shape[-2:]
    return cover_planes(tile, repeat, height_px=height, width_px=width, top=-down_px, left=-right_px)


def straightened(tile: Image, repeat: Repeat) -> Image:
    """Return the smallest piece of the cloth that repeats straight; two tiles of a shifted repeat."""
    height, width = tile.shape[:2]
    across, down = 1 + (repeat == "half-drop"), 1 + (repeat == "half-brick")
    return cover(tile, repeat, height_px=down * height, width_px=across * width)


def straightened_planes(tile: Tensor, repeat: Repeat) -> Tensor:
    """Return the smallest piece of the cloth that repeats straight, of planes ``(..., H, W)``."""
    height, width = tile.shape[-2:]
    if repeat not in ("half-drop", "half-brick"):
        return tile
    across, down = 1 + (repeat == "half-drop"), 1 + (repeat == "half-brick")
    return cover_planes(tile, repeat, height_px=down * height, width_px=across * width)


def mirrored(quarter: Image) -> Image:
    """Return the tile of a mirror repeat from its upper left quarter: twice as high and wide."""
    half = np.concatenate([quarter, quarter[:, ::-1]], axis=1)
    return np.concatenate([half, half[::-1]])


def symmetric(tile: Tensor) -> Tensor:
    """Return planes ``(..., H, W)`` as the mean of their four reflections, as a mirror repeat is."""
    found = torch.empty_like(tile)
    # Plane by plane: of a large tile nothing else of its size is held.
    for plane, target in zip(tile.flatten(0, -3), found.flatten(0, -3), strict=True):
        halves = (plane + plane.flip(-1)) / 2
        target.copy_((halves + halves.flip(-2)) / 2)
    return found


def places_seen(
    shape: tuple[int, ...], repeat: Repeat, height_px: int, width_px: int, top: int, left: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which row and column of a tile is seen at each place of a part of the endless cloth.

    Args:
        shape: the tile's; its first two numbers count.
        repeat: how it meets its neighbours.
        height_px, width_px: of the part; one no larger than the tile shows no place twice.
        top, left: where it begins.

    Returns:
        Rows and columns, which broadcast to ``(height_px, width_px)``.
    """
    height, width = shape[:2]
    rows = np.arange(top, top + height_px)[:, None]
    columns = np.arange(left, left + width_px)[None, :]
    if repeat == "half-drop":
        return (rows - columns // width * (height // 2)) % height, columns % width
    if repeat == "half-brick":
        return rows % height, (columns - rows // height * (width // 2)) % width
    return rows % height, columns % width


def _places(tile: Tensor, repeat: Repeat, height_px: int, width_px: int, top: int, left: int) -> Tensor:
    """Return which place of the flattened tile is seen at each place of the flattened part."""
    height, width = tile.shape[-2:]
    rows, columns = places_seen((height, width), repeat, height_px, width_px, top, left)
    return torch.from_numpy(np.ravel(rows * width + columns)).to(tile.device)
