"""Which previews are promoted: the best of each garment, in each textile and of all, no two nearly the same.

The best are those of the highest rank score (``report/ranking.py``: motif, relief, speckle and style, each
between a bad and a good anchor, multiplied): the number that the report and the gallery sort by, and that a
run with too little time goes by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catalogs.alike.near import Near
from catalogs.report.ranking import RANKED_BY, TOLD_BY, best_first
from configs.funnel import KeepPart, UnlikePart

# Kind of likeness: column, length.
_DESCRIPTORS = {"look": ("texture_descriptor", 96), "palette": ("colour_descriptor", 32)}
# TOLD_BY has the garment.
CHOSEN_BY = tuple(
    dict.fromkeys(
        ("design_id", "style_id", "flags", *RANKED_BY, *TOLD_BY, *(name for name, _ in _DESCRIPTORS.values()))
    )
)

Positions = NDArray[np.int64]


def choose(rows: pa.Table, pairs: Sequence[Hashable], keep: KeepPart, unlike: UnlikePart) -> Positions:
    """Return the positions of the designs that are promoted, ascending. The same rows give the same choice.

    First of the previews of one pair, and of those of one garment that are nearly the same, only the best is
    left. Then the best go first, and each is kept by whichever rule still has room: fewer than
    ``per_garment`` of its garment are kept, fewer than ``per_style`` in its textile, fewer than ``overall``
    of all. What one rule keeps takes the room of the others, too. At last ``by_lot`` of the rest, those of
    the lowest design ids, which are hashes and know nothing of scores.

    Args:
        rows: finished designs whose scores pass, with the columns ``CHOSEN_BY``.
        pairs: of what each is a preview; two of one pair are never both promoted.
        keep: how many.
        unlike: from when on two designs of one garment are nearly the same.
    """
    order = _unlike_ones(rows, _one_of_each(best_first(rows), pairs), unlike)
    garments = rows.column("content_id").fill_null("").to_pylist()
    styles = rows.column("style_id").fill_null("").to_pylist()
    of_garment: Counter[str] = Counter()
    of_style: Counter[str] = Counter()
    kept: list[int] = []
    for at in order.tolist():
        garment, style = garments[at], styles[at]
        if (
            len(kept) < keep.overall
            or (garment and of_garment[garment] < keep.per_garment)  # yardage is on none
            or of_style[style] < keep.per_style
        ):
            kept.append(at)
            of_garment[garment] += 1
            of_style[style] += 1
    rest = np.setdiff1d(order, kept)
    ids = np.asarray(rows.column("design_id").to_pylist(), dtype=str)
    drawn = rest[np.argsort(ids[rest], kind="stable")][: keep.by_lot]
    return np.sort(np.concatenate([np.asarray(kept, np.int64), drawn]))


def _one_of_each(order: Positions, pairs: Sequence[Hashable]) -> Positions:
    seen: set[Hashable] = set()
    first = []
    for at in order.tolist():
        if pairs[at] not in seen:
            seen.add(pairs[at])
            first.append(at)
    return np.asarray(first, np.int64)


def _unlike_ones(rows: pa.Table, order: Positions, unlike: UnlikePart) -> Positions:
    """Return the positions without those that are nearly the same as a better one of their garment.

    What is nearly the same is what the gallery shows as one tile (``catalogs/alike``): cosines of the
    descriptors of texture and of colours. A design that lacks one is like no other.
    """
    if not len(order):
        return order
    best = rows.take(pa.array(order))
    garments = best.column("content_id").fill_null("").combine_chunks().dictionary_encode()
    if isinstance(garments, pa.ChunkedArray):
        garments = garments.combine_chunks()
    numbers = np.arange(len(order), dtype=np.uint32)
    near = Near({"look": unlike.look, "palette": unlike.palette})
    kinds = {kind: _described(best, *column) for kind, column in _DESCRIPTORS.items()}
    near.add(numbers, garments.indices.to_numpy().astype(np.uint32), kinds)
    folded = near.fold(numbers)
    return order if folded is None else order[folded.kept]


def _described(rows: pa.Table, name: str, length: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return ``(designs, length)`` and the Euclidean length of each row; zeros for those without."""
    found = np.zeros((len(rows), length), np.int8)
    lists = rows.column(name).combine_chunks()
    starts = np.asarray(lists.offsets)
    fit = (np.diff(starts) == length) & lists.is_valid().to_numpy(zero_copy_only=False)
    values = np.asarray(lists.values.fill_null(0), np.int8)
    found[fit] = values[starts[:-1][fit][:, None] + np.arange(length)]
    plain = found.astype(np.float32)
    return found, np.sqrt(np.einsum("nd,nd->n", plain, plain))
