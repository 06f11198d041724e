"""Machines that die in mid-run, and runs that are ended: nothing is lost, and no process of Ray is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prefect.settings import PREFECT_API_URL

from flows.nightly import nightly_designs
from flows.stack.processes import MARK, end_marked, marked
from tests.chaos.accounts import accounts_of
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.cluster import nodes
from tests.flows.cluster.nodes import painters
from tests.flows.cluster.small_cluster import small_cluster, wait_for
from tests.flows.cluster.test_ray import assert_whole

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_api")]

NIGHT = (
    "import sys; from tests.flows.stub_flows import nightly_designs; "
    "nightly_designs(sys.argv[1], task_runner='ray')"
)


def test_a_painter_and_a_machine_that_die_in_mid_run_cost_what_was_in_the_air(house):
    with small_cluster(house.folder, {stub_flows.SECONDS: "0.5"}) as ray:
        head, second = ray.start_head(cpus=1), ray.start_machine()

        def kill() -> None:
            ray.kill_a_painter_of(head)
            ray.kill_while_it_paints(second)

        killer = threading.Thread(target=kill)
        killer.start()
        totals = nightly_designs(house.batch, task_runner="ray", ray_address=ray.address)
        killer.join()
    assert (totals["planned"], totals["ok"]) == (15, 15)
    accounts = accounts_of(house.storage, "demo")
    assert accounts.sound, accounts
    # two deaths, each with at most two shards of four designs at work
    log = painted(house.folder / "painted.log")
    assert len(log) - len(set(log)) <= 2 * 8


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_no_process_of_its_own_cluster_and_the_next_one_goes_on(house, kind):
    with a_night_of_its_own(house) as night:
        wait_for(lambda: painters(house.folder))
        night.send_signal(kind)
        assert night.wait(120) != 0
        wait_for(lambda: not list(marked({MARK: str(house.folder)})))
    nightly_designs(house.batch)
    assert_whole(house)


@contextmanager
def a_night_of_its_own(house) -> Iterator[subprocess.Popen[bytes]]:
    """A process that paints on a Ray cluster of its own, slowly enough to be ended."""
    known = nodes.environment(house.folder) | {
        MARK: str(house.folder),
        stub_flows.SECONDS: "1",
        "PREFECT_API_URL": PREFECT_API_URL.value() or "",
    }
    del known["RAY_AUTH_MODE"]  # it draws a password of its own
    process = subprocess.Popen(
        [sys.executable, "-c", NIGHT, house.batch], env=os.environ | known, start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)
        time.sleep(1.0)
        end_marked({MARK: str(house.folder)}, within_s=10)
