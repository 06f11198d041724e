"""Runs of a small house in processes of their own, which can be killed at any moment.

One process imports everything once and forks a child for each run, so that thirty kills take seconds.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogs.publication import publish
from flows import wiring
from flows.equipment import equipped
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.claims import Claims
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import SmallHouse

KILLED = -signal.SIGKILL


@dataclass
class Children:
    """A process that forks children on request."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls) -> Children:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.children"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return cls(process)

    def run(self, *runs: dict[str, Any]) -> list[int]:
        """Run children at once and return how each ended: 0, 1 for an error, -9 for a kill.

        A run is ``folder``, ``log`` (one line a painted design) and, as wanted, ``seconds`` a design,
        ``kill_at`` (so many painted designs), ``kill_after_s``, ``nan``, ``poison`` and ``poison_preparing``
        (ids), ``dies_above`` (so many at once), ``bytes_each`` (of memory a design), ``spare_bytes`` (that
        the system gives to the run), ``beside`` (the log of another run that this one begins to paint
        with), and ``quarantined``: by the stored plan, with designs that are kept away.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(runs) + "\n")
        self.process.stdin.flush()
        ends: list[int] = json.loads(self.process.stdout.readline())
        return ends

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def _work(request: dict[str, Any]) -> None:
    """Do what the flow does, without Prefect: plan, render under leases, publish."""
    engine = FakeEngine(
        log=Path(request["log"]),
        seconds=request.get("seconds", 0.0),
        kill_at=request.get("kill_at"),
        nan=frozenset(request.get("nan", ())),
        poison=frozenset(request.get("poison", ())),
        poison_preparing=frozenset(request.get("poison_preparing", ())),
        dies_above=request.get("dies_above"),
        bytes_each=request.get("bytes_each", 0),
        batch=request.get("batch", 1),
    )
    house = SmallHouse(Path(request["folder"]), engine=engine)
    if "spare_bytes" in request:
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + request["spare_bytes"],) * 2)
    with equipped(house.equipment()):
        if request.get("quarantined"):
            run = wiring.stored_run("demo", quarantined=True)
        else:
            run = wiring.plan_run(house.batch)
        if "beside" in request:
            _wait_for_the_others_plan(Path(request["log"]), Path(request["beside"]))
        # a lease that never runs out: whoever waits for one of a dead process would wait for ever
        run.claims = Claims(run.storage, run="a child", lease_s=1e9)
        with ThreadPoolExecutor(2) as pool:
            shard_ids = sorted(run.missing_by_shard())
            first = pool.map(lambda one: render_claimed_shard(run, one, device="cpu", wait=False), shard_ids)
            busy = [one for one, report in zip(shard_ids, first, strict=True) if report is None]
            list(pool.map(lambda one: render_claimed_shard(run, one, device="cpu", wait=True), busy))
        publish(run.storage, run.plan, max_failure_rate=1.0)


def _wait_for_the_others_plan(own: Path, other: Path) -> None:
    """Begin together, however late the machine started one of the two."""
    own.with_suffix(".planned").touch()
    while not other.with_suffix(".planned").exists():
        time.sleep(0.005)


def _child(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _work(request)
        except BaseException:  # noqa: BLE001 (printed, and the exit status says it)
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def _ended(pid: int, kill_after_s: float | None) -> int:
    if kill_after_s is not None:
        timer = threading.Timer(kill_after_s, os.kill, (pid, signal.SIGKILL))
        timer.start()
        timer.join()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    for line in sys.stdin:
        requests = json.loads(line)
        pids = [_child(request) for request in requests]
        ends = [_ended(pid, request.get("kill_after_s")) for pid, request in zip(pids, requests, strict=True)]
        print(json.dumps(ends), flush=True)  # noqa: T201 (the answer)


def random_moments(count: int, *, longest_s: float, seed: int) -> list[float]:
    """Return moments at which to kill, the same for a seed."""
    source = random.Random(seed)
    return [source.uniform(0, longest_s) for _ in range(count)]


def painted(log: Path) -> list[str]:
    """Return the designs that were painted, in order, by all runs that wrote this log."""
    return log.read_text().split() if log.exists() else []


if __name__ == "__main__":
    main()
