from __future__ import annotations

import pytest

from catalogs.done import done_index
from catalogs.layout import contact_sheet_key, design_key, report_key
from catalogs.parts import write_part
from catalogs.plan import Plan, plan_shard, write_plan
from catalogs.publication import publish
from catalogs.settled import settled, was_published_last
from catalogs.storage import Storage
from tests.catalogs.wardrobe import (
    a_batch,
    a_plan,
    failed_row,
    ok_row,
    paint_all,
    put_catalog,
    put_shop,
    textile,
)


def finished_night(storage: Storage, name: str = "night") -> Plan:
    """Plan, paint, publish and report on a batch of six designs."""
    put_shop(storage, "abc", "xy")
    plan = a_plan(storage, a_batch(name=name))
    write_plan(storage, plan)
    paint_all(storage, plan)
    publish(storage, plan, max_failure_rate=0)
    for key in (report_key(plan.batch_id), contact_sheet_key(plan.batch_id)):
        storage.write_atomic(key, b"seen")
    return plan


def test_a_published_batch_has_nothing_left_to_do(directory_storage: Storage):
    plan = finished_night(directory_storage)
    totals = settled(directory_storage, a_plan(directory_storage))
    assert totals is not None
    assert (totals["batch_id"], totals["planned"], totals["ok"]) == (plan.batch_id, 6, 6)
    assert was_published_last(directory_storage, plan.batch_id)


def test_a_batch_never_planned_is_not_settled(directory_storage: Storage):
    put_shop(directory_storage, "abc", "xy")
    assert settled(directory_storage, a_plan(directory_storage)) is None
    assert not was_published_last(directory_storage, "night")


def test_a_picture_that_was_removed_is_to_be_painted(directory_storage: Storage):
    plan = finished_night(directory_storage)
    directory_storage.delete(design_key(plan.render_ids[0].as_py()))
    assert settled(directory_storage, plan) is None


@pytest.mark.parametrize(("code", "is_settled"), [("motifs_touch", True), ("budget", False)])
def test_what_a_maker_left_out_is_not_tried_again_and_what_had_no_time_is(
    directory_storage: Storage, code: str, is_settled: bool
):
    put_shop(directory_storage, "abc", "xy")
    plan = a_plan(directory_storage)
    write_plan(directory_storage, plan)
    paint_all(directory_storage, plan)
    row = plan_shard(plan, 0)[0]
    directory_storage.delete(design_key(row["design_id"]))
    rows = [failed_row(row, status="skipped", error_code=code), *map(ok_row, plan_shard(plan, 0)[1:])]
    write_part(directory_storage, plan.batch_id, 0, rows, extras=plan.extras)
    publish(directory_storage, plan, max_failure_rate=1)
    for key in (report_key(plan.batch_id), contact_sheet_key(plan.batch_id)):
        directory_storage.write_atomic(key, b"seen")
    done = done_index(directory_storage, plan)
    assert (row["design_id"] in done.left_out) == is_settled
    if is_settled:
        assert done.known([row["design_id"]])[row["design_id"]]["error_code"] == code
    assert (settled(directory_storage, plan) is not None) == is_settled


@pytest.mark.parametrize("lost", ["reports/night/index.html", "manifests/night.parquet", "latest.json"])
def test_what_people_open_must_be_there(directory_storage: Storage, lost: str):
    plan = finished_night(directory_storage)
    directory_storage.delete(lost)
    assert settled(directory_storage, plan) is None


def test_another_title_in_the_catalog_is_something_to_publish(directory_storage: Storage):
    finished_night(directory_storage)
    put_catalog(directory_storage, "style", [textile("x", title="Renamed"), textile("y")])
    assert settled(directory_storage, a_plan(directory_storage)) is None


def test_a_batch_published_since_takes_its_place(directory_storage: Storage):
    plan = finished_night(directory_storage)
    later = finished_night(directory_storage, "later")
    assert settled(directory_storage, plan) is None
    assert not was_published_last(directory_storage, plan.batch_id)
    assert settled(directory_storage, later) is not None
