"""From what a form or a command calls a batch to the plan that is meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalogs.errors import NotFound
from configs.errors import ConfigError
from flows import wiring
from flows.batch_ids import find_batch_id
from flows.night_tasks import plan, take_up
from tests.flows.small_house import BATCH, SmallHouse

TODAY = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def nights(house: SmallHouse) -> SmallHouse:
    """A house with a plan of three days ago and one of forty."""
    house.write_batch(f'{BATCH}batch_id: "{{name}}-{{date}}"\n')
    for days in (40, 3):
        wiring.plan_run(house.batch, on=TODAY - timedelta(days=days))
    return house


def test_a_batch_stands_for_its_newest_plan(nights):
    assert find_batch_id(nights.storage, nights.batch, on=TODAY) == "demo-20261119"
    # a Retry of an older night does not take a later one
    before = TODAY - timedelta(days=10)
    assert find_batch_id(nights.storage, nights.batch, on=before) == "demo-20261013"


def test_an_older_night_is_named_by_its_id(nights):
    assert find_batch_id(nights.storage, "demo-20261013", on=TODAY) == "demo-20261013"


def test_a_name_that_nothing_has_is_told_with_the_nearest(nights):
    with pytest.raises(NotFound, match=r"no batch 'demo-20261118'.*demo-20261119"):
        find_batch_id(nights.storage, "demo-20261118", on=TODAY)


@pytest.mark.parametrize("asked", ["the newest", "demo-20261119"])
def test_a_rerun_takes_up_what_the_form_names(nights, asked):
    batch = nights.batch if asked == "the newest" else asked
    found = take_up.fn(batch, "", quarantined=False, budget_minutes=0, began_utc=TODAY.isoformat())
    assert (found["batch_id"], found["planned"]) == ("demo-20261119", 15)


def test_only_failed_of_today_is_the_last_night_that_was_planned(nights):
    found = plan.fn(
        nights.batch,
        "",
        only_failed=True,
        overrides={},
        budget_minutes=0,
        began_utc=TODAY.isoformat(),
    )
    assert found["batch_id"] == "demo-20261119"


def test_wishes_beside_only_failed_are_refused_rather_than_dropped(nights):
    wishes = {"size_px": 64, "recipe": ""}
    with pytest.raises(ConfigError, match="keeps the stored plan, so size_px cannot be another"):
        plan.fn(
            nights.batch,
            "",
            only_failed=True,
            overrides=wishes,
            budget_minutes=0,
            began_utc=TODAY.isoformat(),
        )
