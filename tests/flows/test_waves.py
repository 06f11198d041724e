"""A batch of more shards than one run bears: runs of their own paint it, and what they leave is not lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL
from prefect.states import Completed

from flows import progress, waves, wiring
from flows.nightly import nightly_designs
from flows.waves import Wave, waves_of
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.small_house import SmallHouse
from tests.flows.some_shards import assert_files_match_rows

pytestmark = pytest.mark.usefixtures("prefect_api")


@pytest.fixture
def two_shards_a_wave(monkeypatch: pytest.MonkeyPatch) -> None:
    """15 designs in 4 shards are two waves."""
    monkeypatch.setattr(waves, "MAX_TASKS", 2)
    monkeypatch.setattr(waves, "LOOK_EVERY_S", 0.2)
    monkeypatch.setattr(waves, "waves_of", lambda missing, **options: waves_of(missing, shards=2, **options))


@pytest.fixture
def deployed() -> Iterator[None]:
    with without_waves():
        stub_flows.wave_deployment().apply()
        yield


@contextmanager
def without_waves() -> Iterator[None]:
    """Leave no deployment behind for the other tests, which share the server."""
    yield
    with get_client(sync_client=True) as client:
        client.delete_deployment(client.read_deployment_by_name(waves.DEPLOYMENT).id)


@contextmanager
def worker(house: SmallHouse, **environment: str) -> Iterator[None]:
    """A process that takes waves, two at once."""
    known = stub_flows.environment(house.folder) | {
        "PREFECT_API_URL": PREFECT_API_URL.value() or "",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.stub_flows"], env=os.environ | known | environment
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def wave_runs() -> Counter[str]:
    with get_client(sync_client=True) as client:
        mine = FlowFilter(name=FlowFilterName(any_=[waves.WAVES]))
        return Counter(str(one.state_name) for one in client.read_flow_runs(flow_filter=mine))


def new_runs(before: Counter[str]) -> dict[str, int]:
    return dict(wave_runs() - before)


def everything_is_there(house: SmallHouse) -> None:
    rows = house.rows()
    assert house.statuses() == {"ok": 15}
    assert_files_match_rows(house.storage, rows)


def test_waves_hold_the_missing_shards_in_order_and_at_most_so_many():
    missing = {0: 3, 7: 1, 2: 4, 9: 2, 5: 4}
    assert waves_of(missing, shards=2) == [Wave(0, 2, 7), Wave(5, 7, 5), Wave(9, 9, 2)]
    assert waves_of({}) == []


def test_a_batch_that_one_run_can_bear_and_a_server_without_the_deployment_have_no_waves(two_shards_a_wave):
    assert waves.wanted({0: 4, 1: 4}) == []
    assert waves.wanted({0: 4, 1: 4, 2: 4}) == []


def test_waves_paint_in_processes_of_their_own_and_one_that_is_killed_is_given_out_once_more(
    house, two_shards_a_wave, deployed
):
    before = wave_runs()
    seen: list[progress.Snapshot] = []
    with worker(house, **{stub_flows.KILL_AT: "3"}), progress.watching(seen.append):
        result = nightly_designs(house.batch, waves_at_once=2)
    assert (result["planned"], result["ok"], result["painted"], result["there"]) == (15, 15, 15, 0)
    assert new_runs(before) == {"Crashed": 1, "Completed": 2}
    assert house.engine.painted == []
    # what was painted and not yet uploaded when the process died, in two shards of four designs a batch
    twice = [id_ for id_, times in Counter(painted(house.folder / "painted.log")).items() if times > 1]
    assert len(twice) <= 3
    assert (seen[-1].planned, seen[-1].painted) == (15, 15)
    everything_is_there(house)


def test_a_wave_that_no_worker_begins_is_painted_by_the_run_itself(
    house, two_shards_a_wave, deployed, monkeypatch
):
    monkeypatch.setattr(waves, "NOBODY_CAME_S", 0.5)
    before = wave_runs()
    result = nightly_designs(house.batch)
    assert result["painted"] == 15
    assert new_runs(before) == {"Cancelled": 2}
    assert len(house.engine.painted) == 15
    everything_is_there(house)


def test_a_run_that_is_stopped_calls_its_waves_back(house, two_shards_a_wave, deployed):
    before = wave_runs()

    class Stopped(BaseException):
        pass

    def stop_when_given_out(snapshot: progress.Snapshot) -> None:
        if snapshot.phase is progress.Phase.PAINTING:
            raise Stopped

    with progress.watching(stop_when_given_out), pytest.raises(Stopped):
        nightly_designs(house.batch)
    assert not set(new_runs(before)) - {"Cancelling", "Cancelled"}


class RestartedServer:
    """A client whose server is away for so many questions, and then knows of a completed run."""

    def __init__(self, away: int) -> None:
        self.away = away

    def read_flow_run(self, flow_run_id):
        self.away -= 1
        if self.away >= 0:
            raise httpx.ConnectError("connection refused")
        return FlowRun(id=flow_run_id, flow_id=uuid4(), state=Completed())


def test_a_server_that_is_started_again_costs_no_wave(house, monkeypatch):
    monkeypatch.setattr(waves, "LOOK_EVERY_S", 0.01)
    run = wiring.plan_run(house.batch)
    ended = waves._wait(run, RestartedServer(away=3), uuid4())
    assert ended is not None
    assert ended.state is not None
    assert ended.state.is_completed()


def test_a_server_that_stays_away_ends_the_waiting(house, monkeypatch):
    monkeypatch.setattr(waves, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(waves, "NOBODY_CAME_S", 0.05)
    with pytest.raises(httpx.ConnectError):
        waves._wait(wiring.plan_run(house.batch), RestartedServer(away=1_000), uuid4())


def test_a_part_of_a_plan_is_read_with_its_numbers(house):
    from catalogs.done import done_index
    from catalogs.plan import read_plan

    nightly_designs(house.batch)
    whole, part = (read_plan(house.storage, "demo", shards=shards) for shards in (None, range(2, 4)))
    assert [len(part.shard(one)) for one in range(4)] == [0, 0, 4, 3]
    assert part.shard(2).equals(whole.shard(2))
    done = done_index(house.storage, part, shards=range(2, 4))
    assert done.ids == frozenset(part.render_ids.to_pylist())
    assert {row["status"] for row in done.known([*done.ids]).values()} == {"ok"}
