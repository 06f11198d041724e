"""How long nights are kept: while days or nights keeps them, by what the newest night says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalogs.keeping.retention import Night, expired
from configs.retention import RetentionPart

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def night(days_old: float, *, name: str = "nightly", kept: bool = False, **rule) -> Night:
    written = NOW - timedelta(days=days_old)
    return Night(f"{name}-{days_old}", name, RetentionPart(**rule), written, kept)


@pytest.mark.parametrize(
    ("rule", "goes"),
    [
        ({}, []),
        ({"days": 3}, ["nightly-9", "nightly-4", "nightly-3"]),
        ({"nights": 2}, ["nightly-9", "nightly-4", "nightly-3"]),
        ({"nights": 4}, ["nightly-9"]),
        # of nights 0, 1, 3, 4 and 9 days old: two are among the last two, one more is younger than four days
        ({"nights": 2, "days": 4}, ["nightly-9", "nightly-4"]),
        ({"nights": 1, "days": 1}, ["nightly-9", "nightly-4", "nightly-3", "nightly-1"]),
    ],
)
def test_a_night_is_kept_while_days_or_nights_keeps_it(rule, goes):
    assert expired([night(age, **rule) for age in (3, 9, 0, 4, 1)], NOW) == goes


def test_what_the_newest_night_says_holds_for_all():
    assert expired([night(9), night(1, days=5)], NOW) == ["nightly-9"]
    assert expired([night(9, days=5), night(1)], NOW) == []


def test_batches_of_other_names_do_not_count_as_nights():
    others = [night(1, name="demo"), night(2, name="autumn", nights=1)]
    assert expired([night(5, nights=2), night(3, nights=2), *others], NOW) == []


@given(
    ages=st.lists(st.integers(0, 99), unique=True, min_size=1),
    days=st.none() | st.integers(1, 99),
    nights=st.none() | st.integers(1, 9),
    shown=st.integers(0, 99),
)
def test_the_newest_night_and_one_that_is_shown_always_stay(ages, days, nights, shown):
    listed = [night(age, kept=age == shown, days=days, nights=nights) for age in ages]
    gone = expired(listed, NOW)
    assert not {f"nightly-{min(ages)}", f"nightly-{shown}"} & set(gone)
    if nights is not None:
        assert len(ages) - len(gone) >= min(nights, len(ages))


@pytest.mark.parametrize("rule", [{"days": 0}, {"nights": 0}, {"weeks": 3}])
def test_a_rule_that_keeps_nothing_is_refused(rule):
    with pytest.raises(ValidationError):
        RetentionPart(**rule)
