"""Which previews count: a quick design is shown only if its scores are those of a good one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.funnel import PassesPart

# Score, the key of its limit, and whether a score may not be under it.
_LIMITS = (
    ("motif", "motif_min", True),
    ("gmd", "gmd_max", False),
    ("gmd_heldout", "gmd_heldout_max", False),
    ("relief", "relief_min", True),
    ("speckle", "speckle_min", True),
    ("speckle", "speckle_max", False),
)
SCORED_BY = tuple(dict.fromkeys(name for name, _, _ in _LIMITS))
# Flags of a picture that shows nothing of its textile, or nothing at all.
_FAILING_FLAGS = {
    "nonfinite": "its pixels left the real numbers",
    "noop": "it looks like the photo",
    "flat": "hardly anything of the pattern is left",
}


def failings(rows: pa.Table, passes: PassesPart) -> list[str]:
    """Return for each finished design what of it fails, "" where it counts.

    A score that is missing fails nobody: designs without a garment have no relief. A design without any
    score fails, as nobody can say that it is good.

    Args:
        rows: with the columns ``SCORED_BY`` and ``flags``.
        passes: the limits; a score that lies on one is within.
    """
    scores = {name: _numbers(rows, name) for name in SCORED_BY}
    found: list[list[str]] = [[] for _ in range(len(rows))]
    for name, key, is_least in _LIMITS:
        limit = getattr(passes, key)
        if limit is None:
            continue
        values = scores[name]
        beyond = values < limit if is_least else values > limit
        for at in np.flatnonzero(beyond).tolist():
            found[at].append(f"{name} is {values[at]:.3g}, {'under' if is_least else 'over'} {limit:g}")
    bare = np.all([np.isnan(values) for values in scores.values()], axis=0)
    for at in np.flatnonzero(bare).tolist():
        found[at].append("it has no scores")
    for at, flags in enumerate(rows.column("flags").to_pylist()):
        found[at] += [_FAILING_FLAGS[flag] for flag in flags or () if flag in _FAILING_FLAGS]
    return ["; ".join(one) for one in found]


def _numbers(rows: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(rows.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
