"""Text from catalogs, numbers and remedies."""

from __future__ import annotations

import math

import pytest

from catalogs.report.words import duration, escaped, figure, plain, rank


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Crêpe <b>\"de\" 'Chine' & co", "Crêpe &lt;b&gt;&quot;de&quot; &#x27;Chine&#x27; &amp; co"),
        ("two\nlines\tand\x00a null", "two lines anda null"),
        ("right\u202eto left\u2066", "rightto left"),
        ("a lone \ud800 surrogate", "a lone surrogate"),
        ("着物 👩‍🎨", "着物 👩‍🎨"),
        (None, ""),
        (7, "7"),
    ],
)
def test_a_title_is_shown_and_never_obeyed(text, shown):
    assert escaped(text) == shown
    escaped(text).encode()


def test_a_long_title_is_cut_with_an_ellipsis():
    assert plain("x" * 500, at_most=20) == "x" * 19 + "…"
    # Cut before it is escaped: an entity is never cut in two.
    assert escaped("&" * 500, at_most=3) == "&amp;&amp;…"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.671, ".67"),
        (1.0, "1.00"),
        (-0.02, "-.02"),
        (10.456, "10.46"),
        (None, "–"),
        (math.nan, "–"),
        (0, ".00"),
    ],
)
def test_a_score_is_written_as_people_write_it(value, shown):
    assert figure(value) == shown


def test_a_missing_rank_is_a_dash():
    assert (rank(76.4), rank(math.nan)) == ("76", "–")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5399, "1 h 30 min"), (12_000, "3 h 20 min")],
)
def test_a_duration_has_the_unit_that_fits(seconds, shown):
    assert duration(seconds) == shown
