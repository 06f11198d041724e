"""The designs whose descriptors are nearest to one design's, exactly: all of them are looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# So many are shown; nobody scrolls on to what is alike no more.
MOST = 500
# Whole numbers are multiplied as floats, which are exact up to 2²⁴; a block of them fits a core's cache.
_BLOCK = 16_384

Numbers = NDArray[np.uint32]
Floats = NDArray[np.float32]


def nearest_first(
    rows: NDArray[np.int8], number: int, allowed: Numbers, *, most: int = MOST
) -> tuple[Numbers, Floats]:
    """Return the designs most alike to one, itself first, and how alike each is.

    Args:
        rows: ``(designs, length)`` int8; of designs without a descriptor all zero.
        number: the row that others are compared with.
        allowed: rows that may be found.
        most: at most so many.

    Returns:
        Numbers of at most ``most`` rows, and the cosine of each with the one, 1 at most; nothing where the
        one has no descriptor.
    """
    if number >= len(rows) or not rows[number].any():
        return np.zeros(0, np.uint32), np.zeros(0, np.float32)
    wanted = rows[number].astype(np.float32)
    allowed = allowed[allowed < len(rows)]
    cosines = np.empty(len(allowed), np.float32)
    for start in range(0, len(allowed), _BLOCK):
        here = allowed[start : start + _BLOCK]
        block = rows[here].astype(np.float32)
        lengths = np.sqrt(np.einsum("nd,nd->n", block, block))
        cosines[start : start + _BLOCK] = block @ wanted / np.maximum(lengths, 1)
    cosines /= np.linalg.norm(wanted)
    some = np.flatnonzero(cosines > 0)
    if len(some) > most:
        some = some[np.argpartition(-cosines[some], most)[:most]]
    first = allowed[some] != number
    order = np.lexsort((allowed[some], -cosines[some], first))
    return allowed[some][order], cosines[some][order]
