"""What "best first" means for each figure, and all designs in that order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.gallery.collection.arrays import Arrays, Mask
from catalogs.gallery.collection.columns import FIGURES, RANK
from catalogs.gallery.finding.view import NEW
from catalogs.manifest import INK_SCORES

# Less is better. Of the others more is.
_LESS = frozenset(
    [
        "gmd",
        "gmd_image",
        "gmd_heldout",
        "tv",
        "off_palette",
        "chroma_speckle",
        "max_copy",
        "banding",
        *INK_SCORES,
    ]
)
# Best at this value: a cloth has grain of its own, a join that is not to be seen is like what is inside.
BEST_AT = {"speckle": 0.95, "seam": 1.0}

Numbers = NDArray[np.uint32]


def worth(name: str) -> str:
    """Return, in SQL, what is the larger the better a design is by a figure."""
    if name in BEST_AT:
        return f'-abs("{name}" - {BEST_AT[name]})'
    return f'-"{name}"' if name in _LESS else f'"{name}"'


def direction(name: str) -> str:
    """Return how a figure is read: ``more``, ``less``, or ``near`` the value that is best."""
    if name not in (RANK, *FIGURES):
        raise ValueError(f"{name!r} is no figure of a design")
    return "near" if name in BEST_AT else "less" if name in _LESS else "more"


def in_order(arrays: Arrays, mask: Mask, sort: str, *, worst_first: bool = False) -> Numbers:
    """Return the numbers of the designs of a mask, best first.

    Designs without the figure come last, equal ones as they were listed. ``new`` is the newest batch first,
    its designs by rank.
    """
    everything = arrays.kept(("order", sort, worst_first), lambda: _ordered(arrays, sort, worst_first))
    return everything[mask[everything]]


def _ordered(arrays: Arrays, sort: str, worst_first: bool) -> Numbers:
    """Return all designs' numbers in an order; a view's is what is left of it."""
    if sort == NEW:
        ranked = arrays.kept(("order", RANK, worst_first), lambda: _ordered(arrays, RANK, worst_first))
        batches = arrays.column("batch_id")[ranked]
        if not worst_first:
            batches = np.iinfo(batches.dtype).max - batches
        return ranked[np.argsort(batches, kind="stable")]
    values = _worth(sort, arrays.column(sort))
    return _sorted(values if worst_first else -values, np.flatnonzero(arrays.there))


def _worth(name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return figures as numbers that are the larger the better."""
    if name in BEST_AT:
        values = np.abs(values - np.float32(BEST_AT[name]))
    return values if direction(name) == "more" else np.negative(values)


def _sorted(values: NDArray[np.float32], numbers: NDArray[np.int64]) -> Numbers:
    """Return numbers by their values, the least first, NaN last, equal ones by number.

    A value and its number are sorted as one whole number of 64 bits: as floats without a sign are in order
    by their bits, and those with one in the opposite order, flipping bits puts all of them in order.
    """
    values = values[numbers] + np.float32(0)  # of -0 and 0, which are equal, only one is left
    bits = values.view(np.uint32)
    bits = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    bits[np.isnan(values)] = np.iinfo(np.uint32).max
    both = bits.astype(np.uint64) << np.uint64(32) | numbers.astype(np.uint64)
    both.sort()
    return both.astype(np.uint32)
