"""A night from catalogs to a published manifest, and what it does when something goes wrong."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
)
from prefect.flow_engine import run_flow
from prefect.states import Scheduled

from catalogs.errors import NotFound
from catalogs.layout import DESIGNS_PREFIX, LATEST_KEY, contact_sheet_key, design_key, report_key, thumb_key
from catalogs.quarantine import quarantine, quarantined
from catalogs.refusals import TooManyFailures
from flows import progress, wiring
from flows.equipment import Equipment, equipped
from flows.errors import PlanOutdated, ShardsUnfinished
from flows.nightly import nightly_designs, rerun_failed
from flows.progress import Phase, Snapshot
from flows.shard_tasks import first_began
from tests.faulty_storage import FaultyStorage
from tests.flows.fake_engine import FakeEngine, picture
from tests.flows.small_house import BATCH, RECIPE

pytestmark = pytest.mark.usefixtures("prefect_api")


def run(house, **options):
    return nightly_designs(house.batch, **options)


def task_names(flow_run_id) -> list[str]:
    with get_client(sync_client=True) as client:
        mine = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[flow_run_id]))
        return [one.name for one in client.read_task_runs(task_run_filter=mine)]


def test_a_night_publishes_every_design_and_says_where_the_pictures_are(house):
    result = run(house)
    assert (result["planned"], result["ok"], result["painted"]) == (15, 15, 15)
    assert house.statuses() == {"ok": 15}
    assert house.latest()["ok"] == 15
    assert len(house.engine.painted) == len(set(house.engine.painted)) == 15
    for key in (result["report"], result["contact_sheet"]):
        assert house.storage.exists(key)


def test_a_second_night_paints_nothing_and_submits_no_shard(house):
    run(house)
    before = house.rows()
    engine = house.engine = FakeEngine()
    with equipped(house.equipment()):
        state = nightly_designs(house.batch, return_state=True)
    assert engine.painted == []
    totals = state.result()
    assert (totals["ok"], totals["painted"], totals["there"]) == (15, 0, 15)
    assert not [name for name in task_names(state.state_details.flow_run_id) if name.startswith("shard")]
    assert house.rows() == before


def test_a_task_run_says_what_it_does(house):
    state = nightly_designs(house.batch, return_state=True)
    names = task_names(state.state_details.flow_run_id)
    # 15 designs, style by style, in shards of 4: 4 + 4 + 4 + 3
    assert {name for name in names if name.startswith("shard")} == {
        "shard 1 of 4: 4 of laid at 32 px",
        "shard 2 of 4: 4 of laid at 32 px",
        "shard 3 of 4: 4 of laid at 32 px",
        "shard 4 of 4: 3 of laid at 32 px",
    }
    assert {"publish demo", "report on demo"} <= set(names)


def test_prefect_shows_totals_failures_with_reasons_and_the_contact_sheet(house):
    house.engine.refuse = frozenset({"content/coat.png"})
    state = nightly_designs(house.batch, return_state=True)
    with get_client(sync_client=True) as client:
        mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[state.state_details.flow_run_id]))
        found = {one.key: one.data for one in client.read_artifacts(artifact_filter=mine)}
    assert set(found) == {"designs", "failures", "contact-sheet"}
    assert '"failed: truncated"' in found["designs"]
    # three garments by one cause: its sentence once, with the remedy
    assert found["failures"].count("upload it again") == 1
    assert "3 (20.0%) × `truncated`" in found["failures"]
    assert "Export the image again" in found["failures"]
    assert contact_sheet_key("demo") in found["contact-sheet"]
    assert report_key("demo") in found["contact-sheet"]


def test_failures_are_rows_and_the_next_night_tries_them_again(house):
    house.engine.refuse = frozenset({"content/coat.png"})
    result = run(house)
    assert (result["ok"], result["failed"], result["failures"]) == (12, 3, {"truncated": 3})
    house.engine.refuse = frozenset()
    house.engine.painted.clear()
    assert run(house)["ok"] == 15
    assert len(house.engine.painted) == 3


def test_what_is_in_quarantine_is_tried_again_by_whoever_asks_for_it(house):
    run(house)
    guilty = house.engine.painted[0]
    for key in (design_key(guilty), thumb_key(guilty)):
        house.storage.delete(key)
    quarantine(house.storage, guilty, run="a run that died twice")
    house.engine.painted.clear()
    assert run(house)["failures"] == {"process_died": 1}
    rows = house.rows()
    assert rerun_failed("demo")["painted"] == 0
    assert house.rows() == rows
    assert house.engine.painted == []
    assert rerun_failed("demo", quarantined=True)["ok"] == 15
    assert house.engine.painted == [guilty]
    assert quarantined(house.storage) == frozenset()


def test_above_the_failure_rate_the_night_fails_and_the_last_catalog_stays(house):
    run(house)
    published = house.latest()
    manifest = house.rows()
    house.write_recipe(RECIPE.replace("1.0", "2.0"))
    house.engine.refuse = frozenset(f"content/{name}.png" for name in ("tee", "coat", "dress"))
    with pytest.raises(TooManyFailures, match="9 of 15 designs of demo failed"):
        run(house)
    assert house.latest() == published
    assert house.rows() == manifest
    assert house.statuses(published=False) == {"failed": 9, "ok": 6}
    state = nightly_designs(house.batch, return_state=True)
    assert state.is_failed()


def test_a_batch_that_failed_too_often_still_gets_its_report(house):
    house.engine.refuse = frozenset(f"content/{name}.png" for name in ("tee", "coat", "dress"))
    with pytest.raises(TooManyFailures):
        run(house)
    assert house.storage.exists(report_key("demo"))
    with pytest.raises(NotFound):
        house.latest()


def test_a_changed_recipe_makes_new_designs_and_leaves_the_old_ones_alone(house):
    run(house)
    old = {stat.key: stat.etag for stat in house.storage.list(DESIGNS_PREFIX)}
    old_rows = house.rows()
    house.write_recipe(RECIPE.replace("1.0", "2.0"))
    house.engine.painted.clear()
    run(house)
    assert len(house.engine.painted) == 15
    assert not set(house.rows()) & set(old_rows)
    now = {stat.key: stat.etag for stat in house.storage.list(DESIGNS_PREFIX)}
    assert {key: now[key] for key in old} == old
    assert len(now) == 30


def test_a_recipe_that_changed_only_in_words_paints_nothing(house):
    run(house)
    house.write_recipe(RECIPE + "title: Laid, and nothing else\n")
    house.engine.painted.clear()
    assert run(house)["ok"] == 15
    assert house.engine.painted == []


def test_a_new_textile_paints_only_its_own_designs(house):
    run(house)
    house.fill(styles=("ikat", "floral", "check", "stripe"))
    house.engine.painted.clear()
    assert run(house)["ok"] == 20
    assert len(house.engine.painted) == 5


def test_the_same_bytes_under_two_names_are_painted_once_and_both_have_a_row(house):
    house.fill(contents=("tee", "twin"), styles=("ikat",))
    house.storage.write_atomic("content/twin.png", picture("tee"))
    result = run(house)
    assert (result["ok"], result["skipped"], result["skips"]) == (1, 1, {"duplicate": 1})
    assert len(house.engine.painted) == 1


def test_names_in_any_script_with_spaces_and_of_any_length_are_painted(house):
    house.fill(contents=("着物", "длинное-имя" * 5), styles=("ikat-é",))
    assert run(house)["ok"] == 2


def test_a_missing_catalog_is_said_and_nothing_is_written(house):
    house.storage.delete("style/catalog.csv")
    with pytest.raises(Exception, match="no style catalog"):
        run(house)
    assert not house.storage.exists(LATEST_KEY)


def test_broken_rows_of_a_catalog_are_failed_rows_of_the_manifest(house):
    catalog = house.storage.read("content/catalog.csv").decode().replace("coat.png", "missing.png")
    house.storage.write_atomic("content/catalog.csv", catalog.encode())
    result = run(house)
    assert (result["ok"], result["failures"]) == (12, {"file_missing": 1})


def test_the_run_s_own_size_and_number_go_before_the_batch_s(house):
    result = run(house, size_px=64, max_designs=5)
    assert (result["ok"], result["skips"]) == (5, {"max_designs": 10})
    assert {row["size_px"] for row in house.rows().values()} == {64}


def test_spent_minutes_skip_the_rest_and_the_next_night_paints_it(house):
    house.write_batch(BATCH + "budget_minutes: 0.0001\n")
    house.engine.seconds = 0.05
    first = run(house)
    assert first["skips"] == {"budget": first["skipped"]}
    assert first["planned"] == first["ok"] + first["skipped"] == 15
    assert first["skipped"] > 0
    house.write_batch(BATCH)
    assert run(house)["ok"] == 15
    assert len(house.engine.painted) == len(set(house.engine.painted)) == 15


def test_rerunning_paints_only_what_failed_by_the_stored_plan(house):
    house.engine.refuse = frozenset({"content/coat.png"})
    run(house)
    house.engine.refuse = frozenset()
    house.engine.painted.clear()
    # what the catalogs and recipes say by now is no matter
    house.fill(styles=("a new one",))
    house.write_recipe(RECIPE.replace("1.0", "2.0"))
    house.write_batch(BATCH.replace("sizes_px: [32]", "sizes_px: [64]"))
    for name in ("ikat", "floral", "check"):
        house.storage.write_atomic(f"style/{name}.png", picture(name))
    result = rerun_failed("demo")
    assert (result["planned"], result["ok"], result["painted"]) == (15, 15, 3)
    assert len(house.engine.painted) == 3


def test_only_failed_is_the_same_from_the_nightly_form(house):
    house.engine.refuse = frozenset({"content/coat.png"})
    run(house)
    house.engine.refuse = frozenset()
    house.fill(styles=("ikat", "floral", "check", "stripe"))
    assert run(house, only_failed=True)["planned"] == 15


def test_rerunning_a_batch_that_was_never_planned_says_so(house):
    with pytest.raises(NotFound, match="run it first"):
        rerun_failed("demo")


def test_a_plan_for_another_engine_is_not_painted_under_its_ids(house):
    run(house)
    house.engine = FakeEngine(version="fake-2")
    with equipped(house.equipment()), pytest.raises(PlanOutdated, match="fake-1"):
        rerun_failed("demo")


def test_a_storage_that_comes_back_is_waited_for_by_trying_the_shard_again(house):
    inner = house.storage
    house.storage = FaultyStorage(inner, fail_writes=(2, 5), touches=lambda key: key.startswith("designs/"))
    with equipped(house.equipment()):
        assert run(house)["ok"] == 15


def test_a_shard_that_cannot_be_finished_costs_only_itself(house):
    inner = house.storage
    victim: list[str] = []

    def touches(key: str) -> bool:
        if key.startswith("designs/") and not victim:
            victim.append(key)
        return key in victim

    house.storage = FaultyStorage(inner, fail_writes=range(1, 1000), touches=touches)
    with equipped(house.equipment()):
        result = run(house)
    # the design that the bucket never takes, and those of its shard that came after it
    assert result["failures"] == {"missing": result["failed"]}
    assert 1 <= result["failed"] <= 4
    house.storage = inner
    with equipped(house.equipment()):
        assert run(house)["ok"] == 15


@pytest.mark.parametrize("fault", [{"refuse_writes": True}, {"capacity_bytes": 4000}])
def test_a_storage_that_refuses_or_is_full_ends_the_night_with_its_reason(house, fault):
    inner = house.storage
    house.storage = FaultyStorage(inner, touches=lambda key: key.startswith("designs/"), **fault)
    with equipped(house.equipment()), pytest.raises(ShardsUnfinished, match=r"read-only|disk is full"):
        run(house)
    assert not inner.exists(LATEST_KEY)
    kept = len(list(inner.list(DESIGNS_PREFIX)))
    house.storage = inner
    house.engine = FakeEngine()
    with equipped(house.equipment()):
        assert run(house)["ok"] == 15
    assert len(house.engine.painted) == 15 - kept


def test_whoever_watches_sees_the_counts_grow_to_the_whole(house):
    told: list[Snapshot] = []
    house.engine.refuse = frozenset({"content/coat.png"})
    with progress.watching(told.append):
        run(house)
    last = told[-1]
    assert (last.planned, last.painted, last.failed, last.settled) == (15, 12, 3, 15)
    assert last.phase is Phase.FINISHED
    assert [one.settled for one in told if one.planned] == sorted(one.settled for one in told if one.planned)
    with progress.watching(told.append):
        run(house)
    assert (told[-1].there, told[-1].failed, told[-1].settled) == (12, 3, 15)


def test_every_file_is_what_its_row_says(house):
    run(house)
    for row in house.rows().values():
        for what in ("image", "thumb"):
            data = house.storage.read(row[f"{what}_key"])
            assert hashlib.sha256(data).hexdigest() == row[f"{what}_sha256"]


def test_a_process_with_two_devices_paints_on_both(house):
    engines: dict[str, FakeEngine] = {}

    def make(device: str, deterministic: bool) -> FakeEngine:
        return engines.setdefault(device, FakeEngine(seconds=0.02))

    two = Equipment(
        open_root=lambda root: house.storage,
        make_engine=make,
        find_devices=lambda: ["cuda:0", "cuda:1"],
        pace=house.pace,
    )
    with equipped(two):
        assert run(house)["ok"] == 15
    assert sorted(engines) == ["cuda:0", "cuda:1"]
    assert all(engine.painted for engine in engines.values())


def test_a_retry_is_of_the_night_on_which_its_run_first_began():
    began = []

    @flow
    def a_night():
        began.append(first_began())
        if len(began) == 1:
            raise RuntimeError("the storage is away")

    with get_client(sync_client=True) as client:
        one = client.create_flow_run(a_night)
        with pytest.raises(RuntimeError):
            run_flow(a_night, flow_run=one)
        client.set_flow_run_state(one.id, Scheduled(name="AwaitingRetry"))
        again = client.read_flow_run(one.id)
        run_flow(a_night, flow_run=again)
    assert began[1] == again.start_time
    assert began[0] < began[1] + timedelta(seconds=5)


def test_a_batch_with_a_date_in_its_id_is_of_the_day_that_is_said(house):
    house.write_batch(BATCH + 'batch_id: "{name}-{date}"\n')
    late = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    assert wiring.plan_run(house.batch, on=late).batch_id == "demo-20261120"
