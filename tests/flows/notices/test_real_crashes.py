"""Kills with a real server, workers and webhook: retried once by the automations, told once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from flows.deployments.applying import Pool, apply
from flows.deployments.automations import apply_automations
from flows.deployments.table import House, deployments
from flows.notices.ways import Addresses
from flows.stack.asking import ask
from flows.stack.processes import MARK, MARK_OF_SERVICE, marked
from flows.stack.settings import POOL
from tests.chaos.world import WORKERS, World
from tests.flows.notices.sinks import webhook
from tests.flows.stack.small_services import until

pytestmark = pytest.mark.slow

# A sign comes every half a minute, as Prefect has it at least.
SILENT_S = 70.0
SETTLED_AFTER_S = 25.0


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two workers, the automations, and somebody who is told."""
    for name in list(os.environ):
        if name.startswith(("TOILE_", "PREFECT_API")):
            monkeypatch.delenv(name)
    one = World(tmp_path, designs=(6, 5), seconds=1.0)
    with webhook() as (address, received):
        wanted = deployments(House(batch=one.house.batch))
        stubs = {"nightly-designs": "tests.flows.stub_flows.nightly_designs"}
        wanted = [_with_stub(each, stubs) for each in wanted]
        made = apply(wanted, Pool(POOL), one.settings.api)
        ids = {each.name: found.id for each, found in zip(wanted, made, strict=True)}
        one.deployment = ids["nightly-designs"]
        automate(one, ids, Addresses(webhook=address))
        try:
            yield one, received
        finally:
            assert one.stop() == []


def automate(world: World, ids: dict[str, str], addresses: Addresses, **begun_within_s: float) -> None:
    """Apply the automations; without addresses the server keeps those that it has."""
    apply_automations(
        ids,
        world.settings.api,
        addresses,
        silent_s=SILENT_S,
        settled_after_s=SETTLED_AFTER_S,
        **begun_within_s,
    )


def _with_stub(deployment, stubs):
    from dataclasses import replace

    return replace(deployment, flow=stubs.get(deployment.name, deployment.flow))


def kill_the_run(world: World, run: str) -> None:
    """SIGKILL the processes that carry out a run."""
    for process in marked({"PREFECT__FLOW_RUN_ID": run}):
        os.kill(process.pid, signal.SIGKILL)


def painted(world: World) -> int:
    log = world.folder / "painted.log"
    return len(log.read_text().split()) if log.exists() else 0


def run_count(world: World, run: str) -> int:
    return int(ask(world.settings.api, f"/flow_runs/{run}")["run_count"])


def test_killed_once_it_is_retried_once_and_complete_and_told_once(world):
    one, received = world
    run = one.begin()
    until(lambda: painted(one) >= 3, seconds=600)
    kill_the_run(one, run)
    until(lambda: one.state_of(run) == "Completed", seconds=900)
    until(lambda: received, seconds=300)
    time.sleep(40.0)  # the worker's second report is looked after too
    assert run_count(one, run) == 2
    assert [told["what"] for told in received] == ["crashed, was retried, and is complete"]
    assert received[0]["ok"] == received[0]["planned"] == 30
    assert painted(one) <= 30 + 4  # a batch of the fake engine was in hand at the kill


def test_killed_again_and_again_it_is_retried_once_and_told_once(world):
    one, received = world
    run = one.begin()
    until(lambda: painted(one) >= 2, seconds=600)
    kill_the_run(one, run)
    before = painted(one)
    until(lambda: run_count(one, run) == 2 and painted(one) > before, seconds=900)
    kill_the_run(one, run)
    until(lambda: received, seconds=300)
    time.sleep(60.0)
    assert one.state_of(run) == "Crashed"
    assert run_count(one, run) == 2
    assert [told["what"] for told in received] == ["crashed again after its retry"]
    assert received[0]["missing"] > 0


def test_a_machine_that_dies_is_found_by_its_silence_and_another_goes_on(world):
    one, received = world
    run = one.begin()
    until(lambda: painted(one) >= 2, seconds=600)
    # the worker that has the run dies first, so that nobody reports what becomes of the run
    names = {"worker", "worker-2"}
    mine = next(p for p in marked({"PREFECT__FLOW_RUN_ID": run}))
    service = next(name for name in names if _belongs(mine.pid, name))
    for process in marked({MARK: str(one.settings.state), MARK_OF_SERVICE: service}):
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: one.state_of(run) != "Running", seconds=SILENT_S + 60)
    until(lambda: one.state_of(run) == "Completed", seconds=900)
    until(lambda: received, seconds=300)
    assert run_count(one, run) == 2
    assert [told["what"] for told in received] == ["crashed, was retried, and is complete"]


def test_a_run_that_its_worker_claimed_and_never_began_gives_its_slot_back_and_is_retried(world):
    one, received = world
    for name in WORKERS:
        one.kill(name)
    begun_within_s = 15.0
    known = {each["name"]: each["id"] for each in ask(one.settings.api, "/deployments/filter", {})}
    automate(one, known, Addresses(), begun_within_s=begun_within_s)
    run = one.begin()
    # the last that a worker does before it starts a process
    claimed = {"type": "PENDING", "name": "Pending"}
    answer = ask(one.settings.api, f"/flow_runs/{run}/set_state", {"state": claimed})
    assert (answer["status"], one.slots()) == ("ACCEPT", 1)
    until(lambda: one.state_of(run) == "Crashed", seconds=begun_within_s + 60)
    assert one.slots() == 0

    one.mend()
    until(lambda: one.state_of(run) == "Completed", seconds=900)
    until(lambda: received, seconds=300)
    time.sleep(2 * begun_within_s)  # what was crashed by mistake now would be so by then
    assert one.state_of(run) == "Completed"
    assert (run_count(one, run), painted(one), one.slots()) == (1, 30, 0)
    assert [told["what"] for told in received] == ["crashed, was retried, and is complete"]


def _belongs(pid: int, service: str) -> bool:
    return f"{MARK_OF_SERVICE}={service}\0".encode() in (Path("/proc") / str(pid) / "environ").read_bytes()
