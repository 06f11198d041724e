"""Yardage in the report: told from garments, and laid as it comes from the roll."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from PIL import Image

HALF_DROP, HALF_BRICK = "half-drop", "half-brick"


def is_yardage(row: Mapping[str, Any]) -> bool:
    """Say whether a row of a manifest is a tile of new cloth without a garment."""
    return bool(row.get("repeat")) and not row.get("content_id")


def are_yardage(rows: pa.Table) -> NDArray[np.bool_]:
    """Say it of each row of a table with the columns ``repeat`` and ``content_id``."""
    repeats, worn = (pc.fill_null(rows.column(name), "") for name in ("repeat", "content_id"))
    found = pc.and_(pc.not_equal(repeats, ""), pc.equal(worn, ""))
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)


def two_by_two(tile: Image.Image, repeat: str) -> Image.Image:
    """Return a tile beside and below itself, as its repeat says: twice as high and wide.

    Args:
        tile: the whole of what repeats.
        repeat: straight, half-drop, half-brick or mirror, whose tile holds its reflections.
    """
    pixels = np.asarray(tile)
    height, width = pixels.shape[:2]
    down, across = np.arange(2 * height)[:, None], np.arange(2 * width)[None, :]
    rows = down - (across // width * (height // 2) if repeat == HALF_DROP else 0)
    columns = across - (down // height * (width // 2) if repeat == HALF_BRICK else 0)
    return Image.fromarray(pixels[rows % height, columns % width])
