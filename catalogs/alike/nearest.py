"""The designs whose descriptors are nearest to one design's, exactly: all of them are looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

# So many are shown; nobody scrolls on to what is alike no more.
MOST = 500
# Whole numbers are multiplied as floats, which are exact up to 2²⁴; a block of them stays in a core's cache.
_BLOCK = 2_048
# Picking rows one by one costs about as much as three that lie side by side.
_PICKED_COST = 3
THREADS = 2

Numbers = NDArray[np.uint32]
Floats = NDArray[np.float32]
Rows = NDArray[np.int8]
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="alike")


def nearest_first(
    rows: Rows, lengths: Floats, number: int, allowed: Numbers, *, most: int = MOST
) -> tuple[Numbers, Floats]:
    """Return the designs most alike to one, itself first, and how alike each is.

    Args:
        rows: ``(designs, length)`` int8; of designs without a descriptor all zero.
        lengths: ``(designs,)``, the Euclidean length of each row.
        number: the row that others are compared with.
        allowed: rows that may be found.
        most: at most so many.

    Returns:
        Numbers of at most ``most`` rows, and the cosine of each with the one, 1 at most; nothing where the
        one has no descriptor. Of those equally alike the one with the lower number comes first.
    """
    if number >= len(rows) or not lengths[number]:
        return np.zeros(0, np.uint32), np.zeros(0, np.float32)
    allowed = allowed[allowed < len(rows)]
    cosines = _cosines(rows, lengths, number, allowed)
    some = np.flatnonzero(cosines > 0)
    if len(some) > most:
        found = cosines[some]
        some = some[found >= np.partition(found, -most)[-most]]
    first = allowed[some] != number
    order = np.lexsort((allowed[some], -cosines[some], first))[:most]
    return allowed[some][order], cosines[some][order]


def _cosines(rows: Rows, lengths: Floats, number: int, allowed: Numbers) -> Floats:
    """Return the cosine of each allowed row with one; 0 for rows without a descriptor."""
    wanted = rows[number].astype(np.float32)
    if _PICKED_COST * len(allowed) < len(rows):
        dots = _dots(rows, wanted, allowed)
        lengths = lengths[allowed]
    else:
        dots = _dots(rows, wanted, None)
        if len(allowed) < len(rows):
            dots, lengths = dots[allowed], lengths[allowed]
    dots /= np.maximum(lengths, 1)
    dots /= np.linalg.norm(wanted)
    return dots


def _dots(rows: Rows, wanted: Floats, picked: Numbers | None) -> Floats:
    """Return the product of one with each picked row, of all rows where none are picked."""
    count = len(rows) if picked is None else len(picked)
    dots = np.empty(count, np.float32)

    def part(start: int, stop: int) -> None:
        room = np.empty((_BLOCK, rows.shape[1]), np.float32)
        for low in range(start, stop, _BLOCK):
            high = min(low + _BLOCK, stop)
            block = room[: high - low]
            block[...] = rows[low:high] if picked is None else rows[picked[low:high]]
            np.dot(block, wanted, out=dots[low:high])

    ends = np.linspace(0, count, THREADS + 1).astype(int).tolist()
    if count <= THREADS * _BLOCK:
        part(0, count)
    else:
        list(_threads.map(part, ends[:-1], ends[1:]))
    return dots
