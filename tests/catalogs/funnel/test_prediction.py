"""How well previews foretell finals: by another library, by hand, and over the right pairs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from catalogs.funnel.prediction import NEEDED, predictions, spearman
from catalogs.manifest import MANIFEST_SCHEMA


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 60), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_the_correlation_is_that_of_scipy_ties_and_all(count: int, values: int, seed: int):
    some, others = np.random.default_rng(seed).integers(0, values, (2, count)).astype(float)
    found = spearman(some, others)
    if len(set(some)) < 2 or len(set(others)) < 2:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(some, others).statistic, abs=1e-12)


def test_the_correlation_of_four_pairs_by_hand():
    # ranks 1 2 3 4 against 2 1 4 3: 1 - 6 (1 + 1 + 1 + 1) / (4 · 15) = .6
    assert spearman(np.array([0.1, 0.2, 0.3, 9.0]), np.array([5.0, 4.0, 7.0, 6.0])) == pytest.approx(0.6)
    assert spearman(np.array([1.0]), np.array([1.0])) is None


def row(name: str, stage: str, follows: str | None = None, **cells) -> dict:
    return {"design_id": name, "stage": stage, "follows": follows, "colorway": "", **cells}


def table(rows: list[dict]) -> pa.Table:
    fields = [MANIFEST_SCHEMA.field(name) for name in NEEDED]
    return pa.table({one.name: pa.array([row.get(one.name) for row in rows], one.type) for one in fields})


def test_pairs_are_finals_with_what_they_were_promoted_for():
    rows = [
        row("p1", "preview", gmd=0.1),
        row("p2", "preview", gmd=0.2),
        row("p3", "preview", gmd=0.9),  # not promoted
        row("b4", "fallback", "p4", gmd=0.3),  # its preview is not shown, and no row here
        row("f1", "final", "p1", gmd=0.5),
        row("f2", "final", "p2", gmd=0.7),
        row("f4", "final", "b4", gmd=0.6),
        row("f4-rust", "final", "b4", colorway="rust", structure=0.9),
        row("f5", "final", "p5", gmd=0.1),  # what came before it is not there
    ]
    rank, found = predictions(table(rows))
    # .1 .2 .3 against .5 .7 .6: 1 - 6 (0 + 1 + 1) / (3 · 8) = .5
    assert (found.score, found.pairs, found.rho) == ("gmd", 3, pytest.approx(0.5))
    assert (found.low, found.high) == (None, None)
    assert (rank.score, rank.pairs) == ("rank", 3)


def test_many_pairs_have_an_interval_that_grows_narrow():
    chance = np.random.default_rng(1)
    widths = []
    for count in (12, 120):
        before = chance.random(count)
        after = before + 0.5 * chance.random(count)
        rows = [row(f"p{at}", "preview", motif=float(before[at])) for at in range(count)]
        rows += [row(f"f{at}", "final", f"p{at}", motif=float(after[at])) for at in range(count)]
        found = next(one for one in predictions(table(rows)) if one.score == "motif")
        assert found.low < spearmanr(before, after).statistic < found.high
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 2


def test_a_batch_without_a_funnel_has_nothing_to_tell():
    assert predictions(table([row("a", None, gmd=0.2), row("b", None, gmd=0.3)])) == []
