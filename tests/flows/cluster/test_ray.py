"""A night on a Ray cluster: a process a device, an engine a process; a death costs nothing that is done."""

from __future__ import annotations

from collections import Counter

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import TaskRunFilter, TaskRunFilterFlowRunId

from catalogs.layout import BATCHES_PREFIX
from flows import progress
from flows.nightly import nightly_designs
from flows.stack.processes import MARK, marked
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.cluster.small_cluster import small_cluster
from tests.flows.cluster.stub_painter import KILL_AT, engines
from tests.flows.some_shards import assert_files_match_rows

pytestmark = pytest.mark.usefixtures("prefect_api")


def test_two_devices_share_a_night_and_the_death_of_a_painter_costs_what_was_in_the_air(house):
    seen: list[progress.Snapshot] = []
    environment = {KILL_AT: "3", stub_flows.SECONDS: "0.1"}
    with small_cluster(house.folder, environment) as ray, progress.watching(seen.append):
        ray.start_head(cpus=2, gpus=2)
        state = nightly_designs(house.batch, task_runner="ray", ray_address=ray.address, return_state=True)
    totals = state.result()
    assert (totals["planned"], totals["ok"]) == (15, 15)
    assert_whole(house)
    # no process made two engines, and of the two that work at once one died and another came
    made = engines(house.folder)
    assert set(made.values()) == {1}
    assert len(made) == 3
    assert (house.folder / "killed").exists()
    # what was painted and not yet uploaded, in two shards of four designs
    twice = [id_ for id_, times in Counter(painted(house.folder / "painted.log")).items() if times > 1]
    assert len(twice) <= 8
    assert house.engine.painted == []
    assert (seen[-1].settled, seen[-1].planned) == (15, 15)
    assert task_states(state.state_details.flow_run_id) == {"Completed"}
    assert list(marked({MARK: str(house.folder)})) == []


def assert_whole(house) -> None:
    rows = house.rows()
    assert house.statuses() == {"ok": 15}
    assert_files_match_rows(house.storage, rows)
    assert not [stat.key for stat in house.storage.list(BATCHES_PREFIX) if "/claims/" in stat.key]


def task_states(flow_run_id) -> set[str]:
    with get_client(sync_client=True) as client:
        mine = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[flow_run_id]))
        return {str(one.state_name) for one in client.read_task_runs(task_run_filter=mine)}
