"""A house on a real stack, store, server and two workers, whose parts can be killed and come back."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from catalogs.plan import read_plan
from catalogs.quarantine import quarantined, release
from catalogs.storage import Storage, open_storage
from configs.loading import load_storage
from flows.deployments.applying import Pool, apply
from flows.deployments.deployment import Deployment
from flows.equipment import equipped
from flows.errors import ServerAway
from flows.planning import plan_designs
from flows.shards.process_identity import PROC, ProcessIdentity
from flows.stack.asking import ask
from flows.stack.lost_runs import crash_lost_runs
from flows.stack.processes import MARK, MARK_OF_SERVICE, marked, reap
from flows.stack.service import Service
from flows.stack.services import prefect_server, store, worker
from flows.stack.settings import POOL, StackSettings
from flows.stack.starting import start
from flows.stack.stopping import stop
from tests.chaos.gallery import Gallery
from tests.chaos.proxy import FaultyProxy, Weather
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.small_house import SmallHouse
from tests.flows.stack.small_services import eager

NAME = "nightly-designs"
WORKERS = ("worker", "worker-2")
RUN = "run"
# A run that no process works at and that nobody reported: its worker died with it, or before it had begun it.
FORGOTTEN_AFTER_S = 20.0


@dataclass
class World:
    """One stack in one folder; its runs see the store through a proxy.

    Attributes:
        folder: of everything.
        designs: of its batch: garments by textiles.
        seconds: how long a design takes.
        weather: what the proxy does.
        nan: so many of the designs leave the real numbers, each time.
        poison: so many others kill their process, each time.
        counts: what was done to it, and how its runs ended.
        faults: what may be killed, and how often each beside the others.
    """

    faults: ClassVar[Mapping[str, int]] = {RUN: 5, "worker": 2, "worker-2": 1, "store": 2, "server": 1}

    folder: Path
    designs: tuple[int, int] = (12, 10)
    seconds: float = 0.05
    weather: Weather = field(default_factory=Weather)
    nan: int = 0
    poison: int = 0
    seed: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.house = SmallHouse(self.folder)
        state = self.folder / "stack"
        proxied = self.folder / "storage.yaml"
        self.settings = StackSettings(
            state, port=0, s3=True, s3_port=0, storage_file=str(state / "store" / "storage.yaml")
        )
        os.environ |= stub_flows.environment(self.folder) | {stub_flows.SECONDS: str(self.seconds)}
        self.settings, _ = start(self.settings, make=lambda settings: [*_first(settings)])
        self.proxy = FaultyProxy(self.settings.s3_port, self.weather, seed=self.seed)
        text = Path(self.settings.storage_file).read_text()
        proxied.write_text(text.replace(store.endpoint(self.settings), self.proxy.endpoint_url))
        self._proxied = str(proxied)
        self.house.storage = self.storage()
        self.house.fill(
            [f"garment-{at}" for at in range(self.designs[0])],
            [f"textile-{at}" for at in range(self.designs[1])],
        )
        self._make_ill()
        self.gallery = Gallery(self.storage())
        self.mend()
        night = Deployment(NAME, "tests.flows.stub_flows.nightly_designs", "the night")
        self.deployment = apply([night], Pool(POOL), self.settings.api)[0].id

    def storage(self) -> Storage:
        """Open the bucket as it is, without the proxy."""
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(self.settings.store / "credentials")
        return open_storage(load_storage(self.settings.storage_file))

    def services(self, settings: StackSettings) -> list[Service]:
        """Return the stack's services, with two workers whose runs meet the weather."""
        through = replace(settings, storage_file=self._proxied)
        one = eager(worker.service(through))
        command = tuple(f"{word}-2" if word.startswith(f"{POOL}@") else word for word in one.command)
        two = replace(one, name=WORKERS[1], title="second worker", command=command, is_ready=lambda: True)
        return [*_first(settings), one, two]

    def mend(self) -> None:
        """Start what does not run."""
        start(self.settings, make=self.services)

    def stop(self) -> list[ProcessIdentity]:
        """Stop everything; return what is left of it all the same."""
        self.gallery.close()
        stop(self.settings.state, make=self.services)
        self.proxy.stop()
        return list(marked({MARK: str(self.settings.state)}))

    def strike(self, what: str) -> None:
        """Kill a part of the world, by its name in ``faults``."""
        if what == RUN:
            self.kill_a_run()
        else:
            self.kill(what)

    def kill(self, service: str) -> None:
        """Kill a service's own process: what it started lives on, as it does in life."""
        for process in marked({MARK: str(self.settings.state), MARK_OF_SERVICE: service}):
            if not is_run(process) and process.pid == _leader(process):
                self._kill(process, service)

    def kill_a_run(self) -> None:
        """Kill a process that carries out a flow run, where there is one."""
        runs = [one for one in marked({MARK: str(self.settings.state)}) if is_run(one)]
        if runs:
            self._kill(self.random.choice(runs), RUN)

    def begin(self) -> str:
        """Start a night and return its run's id."""
        self.counts["nights begun"] += 1
        body = {"parameters": self.parameters(), "state": {"type": "SCHEDULED"}}
        return str(self._ask(f"/deployments/{self.deployment}/create_flow_run", body)["id"])

    def parameters(self) -> dict[str, Any]:
        """Return what a night is asked for."""
        return {"batch": self.house.batch}

    def retry(self, run: str) -> None:
        """Do what the button Retry of Prefect's pages does."""
        self.counts["Retry"] += 1
        state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
        self._ask(f"/flow_runs/{run}/set_state", {"state": state})

    def throw_away(self) -> None:
        """Empty the bucket but for its catalogs: the next night has everything to do again."""
        with self.gallery.closed():
            for stat in list(self.house.storage.list("")):
                if not stat.key.startswith(("content/", "style/")):
                    self.house.storage.delete(stat.key)

    def slots(self) -> int:
        """Return how many places among the runs of a deployment are taken."""
        limits = self._ask("/v2/concurrency_limits/filter", {})
        return sum(int(limit["active_slots"]) for limit in limits)

    def ask_for_quarantined(self) -> bool:
        """Release designs that two kills found in hand: where everything is killed, innocent ones are."""
        storage = self.house.storage
        found = len(quarantined(storage))
        self.counts["quarantined"] += found
        release(storage, read_plan(storage, "demo"))
        return found > 0

    def state_of(self, run: str) -> str:
        """Return the name of a run's state."""
        return str(self._ask(f"/flow_runs/{run}")["state"]["name"])

    def worked_at(self, run: str) -> bool:
        """Return whether a process carries out this run."""
        return any(run.encode() in _told(one) for one in marked({MARK: str(self.settings.state)}))

    def works(self, run: str, *, within_s: float) -> bool:
        """Wait until a design is painted, or the night is over; False where neither comes in time."""
        log = self.folder / "painted.log"
        before = painted(log)
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if len(painted(log)) > len(before) or self.state_of(run) == "Completed":
                return True
            self.see_to(run)
            time.sleep(0.2)
        return False

    def see_to(self, run: str) -> None:
        """Do for a run what an engineer would: Retry what failed, tell of what nobody works at any more."""
        state = self.state_of(run)
        if state in ("Crashed", "Failed"):
            self.counts[state] += 1
            self.retry(run)
        elif state in ("Running", "Pending") and not self._comes_back(run):
            self.counts["forgotten"] += 1
            crash_lost_runs(self.settings)  # as `toile up` does

    def finish(self, run: str, *, within_s: float) -> None:
        """Wait until a night is complete, seeing to it meanwhile."""
        until = time.monotonic() + within_s
        while (state := self.state_of(run)) != "Completed":
            if time.monotonic() > until:
                raise TimeoutError(f"the night is {state} after {within_s:.0f} s; {dict(self.counts)}")
            self.see_to(run)
            time.sleep(1.0)

    def _make_ill(self) -> None:
        with equipped(self.house.equipment()):
            _, plan = plan_designs(self.house.batch)
        ids = self.random.sample(sorted(plan.render_ids.to_pylist()), self.nan + self.poison)
        ill = {"nan": ids[: self.nan], "poison": ids[self.nan :]}
        (self.folder / stub_flows.ILL).write_text(json.dumps(ill))

    def _comes_back(self, run: str) -> bool:
        until = time.monotonic() + FORGOTTEN_AFTER_S
        while time.monotonic() < until:
            if self.worked_at(run) or self.state_of(run) not in ("Running", "Pending"):
                return True
            time.sleep(1.0)
        return False

    def _kill(self, process: ProcessIdentity, what: str) -> None:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.counts[f"{what} killed"] += 1
        until = time.monotonic() + 5.0
        while process.is_alive and time.monotonic() < until:  # its port is free when it is gone
            reap(process)
            time.sleep(0.05)

    def _ask(self, path: str, body: object = None) -> Any:
        """Ask the server, which may be starting again."""
        return patiently(lambda: ask(self.settings.api, path, body), within_s=120.0)


def patiently(do: Callable[[], Any], *, within_s: float) -> Any:
    """Return what ``do`` returns once the server answers."""
    until = time.monotonic() + within_s
    while True:
        try:
            return do()
        except ServerAway:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _first(settings: StackSettings) -> list[Service]:
    found = [store.service(settings), prefect_server.service(settings)]
    return [one for one in found if one is not None]


def _told(process: ProcessIdentity) -> bytes:
    try:
        return (PROC / str(process.pid) / "environ").read_bytes()
    except OSError:
        return b""


def is_run(process: ProcessIdentity) -> bool:
    """Return whether a process carries out a flow run."""
    return b"PREFECT__FLOW_RUN_ID=" in _told(process)


def _leader(process: ProcessIdentity) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return -1
