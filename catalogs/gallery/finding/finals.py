"""Of what a funnel made one after the other, the last alone: a final stands for its preview."""

from __future__ import annotations

import numpy as np

from catalogs.alike.near import Folded
from catalogs.alike.nearest import Numbers
from catalogs.gallery.collection.arrays import Arrays

# A preview may have a fallback, and that a final.
MOST_STEPS = 2


def last_of_each(arrays: Arrays, numbers: Numbers) -> Folded | None:
    """Return which designs of a view are shown: none that another of the view was made after.

    A preview whose final the view leaves out, or which has none yet, is shown itself.

    Args:
        arrays: the version of the collection.
        numbers: the view's designs, in its order.

    Returns:
        None where all are shown.
    """
    found = arrays.followers
    if found is None:
        return None
    followed, followers = found
    is_there = np.zeros(len(followers), np.bool_)
    is_there[numbers] = True
    before = followed[is_there[followed]]
    at = shown = before
    for _ in range(MOST_STEPS):
        at = followers[at]
        shown = np.where(is_there[at], at, shown)
    is_last = shown == before
    if is_last.all():
        return None
    is_there[before] = is_last
    kept = is_there[numbers]
    stands_for = np.ones(len(followers), np.uint32)
    np.add.at(stands_for, shown[~is_last], 1)
    return Folded(kept, stands_for[numbers[kept]])
