"""Which previews count: each limit by hand, and what has no scores."""

from __future__ import annotations

import pyarrow as pa
import pytest

from catalogs.funnel.judging import SCORED_BY, failings
from configs.funnel import PassesPart

GOOD = {"motif": 0.7, "gmd": 0.2, "gmd_heldout": 0.25, "relief": 0.3, "speckle": 0.95, "flags": []}


def rows(*changes: dict) -> pa.Table:
    plain = [{**GOOD, **one} for one in changes]
    columns = {name: pa.array([one[name] for one in plain], pa.float64()) for name in SCORED_BY}
    return pa.table({**columns, "flags": pa.array([one["flags"] for one in plain], pa.list_(pa.string()))})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"motif": 0.4, "gmd": 0.4, "gmd_heldout": 0.4, "relief": 0.1, "speckle": 1.1}, ""),  # on the limits
        ({"motif": 0.39}, "motif is 0.39, under 0.4"),
        ({"gmd": 0.41}, "gmd is 0.41, over 0.4"),
        ({"gmd_heldout": 0.5}, "gmd_heldout is 0.5, over 0.4"),
        ({"relief": 0.05}, "relief is 0.05, under 0.1"),
        ({"speckle": 0.5}, "speckle is 0.5, under 0.6"),
        ({"speckle": 1.2, "motif": 0.1}, "motif is 0.1, under 0.4; speckle is 1.2, over 1.1"),
        ({"relief": None}, ""),  # yardage has no folds
        (dict.fromkeys(SCORED_BY), "it has no scores"),
        ({"flags": ["flat", "unmasked"]}, "hardly anything of the pattern is left"),
    ],
)
def test_a_preview_counts_within_the_limits_and_says_what_fails(change, why):
    narrow = PassesPart(motif_min=0.4, gmd_max=0.4, gmd_heldout_max=0.4, speckle_max=1.1)
    assert failings(rows({}, change, {}), narrow) == ["", why, ""]


def test_a_limit_of_null_asks_nothing():
    anything = PassesPart(**dict.fromkeys(PassesPart.model_fields))
    assert failings(rows({"motif": 0.0, "speckle": 9.0, "gmd": 3.0}), anything) == [""]
