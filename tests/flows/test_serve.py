"""The night is scheduled once a day, one run at a time."""

from __future__ import annotations

import pytest

from flows.nightly import nightly_designs
from flows.serve import deployments


def test_the_night_runs_once_a_day_at_a_fixed_utc_hour_for_the_named_batch():
    nightly, _ = deployments("spring", "s3://designs/house", hour_utc=3)
    [schedule] = nightly.schedules
    assert (schedule.schedule.cron, schedule.schedule.timezone) == ("0 3 * * *", "UTC")
    assert nightly.parameters == {"batch": "spring", "root": "s3://designs/house"}


def test_runs_that_come_while_one_is_at_work_are_cancelled_and_do_not_pile_up():
    for deployment in deployments():
        assert deployment.concurrency_limit == 1
        assert deployment.concurrency_options.collision_strategy.value == "CANCEL_NEW"


def test_the_rerun_waits_for_a_person():
    _, again = deployments()
    assert not again.schedules


@pytest.mark.parametrize("hour", [-1, 24])
def test_an_hour_that_is_none_is_refused(hour: int):
    with pytest.raises(ValueError, match="0 to 23"):
        deployments(hour_utc=hour)


def test_the_form_of_the_night_has_plain_fields_each_with_words():
    fields = nightly_designs.parameters.model_dump()["properties"]
    assert fields
    for name, field in fields.items():
        assert field["type"] in {"string", "integer", "number", "boolean"}, name
        assert field["description"], name
