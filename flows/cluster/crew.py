"""The machines of a Ray cluster as the crew of one run: a process for each device, with one engine."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from typing import Any

import ray
from prefect.futures import PrefectFuture, PrefectWrappedFuture
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect_ray.context import remote_options  # type: ignore[import-untyped]
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from flows.batch_run import BatchRun
from flows.best_first import allotted
from flows.cluster.joining import joined, machines, reaches_beyond_this_machine
from flows.cluster.line import Operator
from flows.cluster.painter import render_afar
from flows.cluster.runner import Runner
from flows.cluster.share import Share, share_of
from flows.cluster.switchboard import Switchboard
from flows.errors import ClusterUnavailable
from flows.places import Place
from flows.shard_tasks import retrying, shard_tasks

log = logging.getLogger(__name__)

# A task whose process or machine dies begins again elsewhere so often. A design that kills its process
# is known after two deaths, and several may lie in one task.
RETRIES = 20
# A task takes as many shards as leave each device so many tasks, and not more than MOST_SHARDS.
TASKS_PER_DEVICE = 4
MOST_SHARDS = 8
# Painters that are called back have so long to end by themselves; Prefect gives a cancelled run 30 s in all.
END_WITHIN_S = 20.0
# A cluster without a single machine for us is waited for so long.
NOBODY_FOR_S = 300.0
LOOK_FOR_MACHINES_EVERY_S = 5.0


@contextmanager
def ray_crew(run: BatchRun, place: Place) -> Iterator[RayCrew]:
    """Be part of a Ray cluster and have a run's shards painted there; leave nothing of the run behind.

    Raises:
        ClusterUnavailable: it does not answer, has no machine with the device, or cannot reach Prefect's API.
    """
    with joined(place.ray_address), _reachable_api(), Runner() as runner:
        crew = RayCrew(run, place, share_of(machines(), place.device), runner)
        try:
            yield crew
        except BaseException:
            crew.call_back()
            raise
        finally:
            crew.end()


class RayCrew:
    """Processes on the machines of a cluster, one for each device."""

    def __init__(self, run: BatchRun, place: Place, share: Share, runner: Runner) -> None:
        self._run = run
        self._device = place.device
        self._share = share
        self._runner = runner
        self._futures: list[PrefectWrappedFuture[Any, ray.ObjectRef[Any]]] = []
        self._at_most: dict[int, int | None] = {}
        self._shards = [min(run.plan.shard_ids), max(run.plan.shard_ids)]
        self._name = f"switchboard {uuid.uuid4().hex}"
        beside_us = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self._board: Any = (
            ray.remote(Switchboard)
            .options(name=self._name, num_cpus=0, max_restarts=-1, scheduling_strategy=beside_us)
            .remote()
        )
        self._looked = self._seen = time.monotonic()
        self._operator = Operator(self._board, run.progress, run.stop, self._look_for_machines)

    def grouped(self, tasks: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Return tasks of several shards each: while one is painted, the process prepares the next."""
        everything = self._run.missing_by_shard()
        missing = {one: everything[one] for task in tasks for one in task["shard_ids"]}
        self._at_most = allotted(self._run, missing)
        per_task = min(MOST_SHARDS, max(1, len(missing) // (TASKS_PER_DEVICE * self._share.at_once)))
        at_most = min(len(tasks), -(-len(missing) // per_task))
        return [asdict(one) for one in shard_tasks(self._run, missing, at_most=at_most)]

    def submit(self, title: str, shard_ids: Sequence[int], *, wait: bool) -> PrefectFuture[Any]:
        """Have shards rendered wherever there is room."""
        parameters = {
            "title": title,
            "at_most": {one: self._at_most[one] for one in shard_ids},
            "batch_id": self._run.batch_id,
            "root": self._run.root,
            "device": self._device,
            "wait": wait,
            "shards": self._shards,
            "began_utc": self._run.facts.run_started_utc.isoformat(),
            "switchboard": self._name,
        }
        # max_calls=0: else a process with a GPU ends with its task, and the next one loads all weights again
        with remote_options(
            num_cpus=self._share.cpus, num_gpus=self._share.gpus, max_calls=0, max_retries=RETRIES
        ):
            future: PrefectWrappedFuture[Any, ray.ObjectRef[Any]] = self._runner.submit(
                render_afar.with_options(**retrying()), parameters
            )
        self._futures.append(future)
        return future

    def call_back(self) -> None:
        """Have the painters stop at their next step and nothing else begin; wait for them a while."""
        self._run.stop.cancel()
        self._operator.ask()
        open_still = [one.wrapped_future for one in self._futures]
        for one in open_still:
            ray.cancel(one)
        if open_still:
            ray.wait(open_still, num_returns=len(open_still), timeout=END_WITHIN_S)

    def end(self) -> None:
        """Count the last news, and let the switchboard go."""
        self._operator.end()
        ray.kill(self._board)

    def _look_for_machines(self) -> None:
        """Give up where no machine has room for us for minutes: Ray would wait for ever."""
        now = time.monotonic()
        if now - self._looked < LOOK_FOR_MACHINES_EVERY_S:
            return
        self._looked = now
        if any(self._share.fits(one) for one in machines()):
            self._seen = now
        elif now - self._seen > NOBODY_FOR_S:
            self._seen = now
            log.error(
                "no machine of the Ray cluster has room for a task; the next run of %s goes on",
                self._run.batch_id,
            )
            for one in self._futures:
                ray.cancel(one.wrapped_future)


def _reachable_api() -> AbstractContextManager[Any]:
    """Have the painters report to the Prefect server of this process, also where that is a temporary one.

    Raises:
        ClusterUnavailable: a temporary server, which other machines cannot reach.
    """
    if PREFECT_API_URL.value():
        return nullcontext()
    if reaches_beyond_this_machine():
        raise ClusterUnavailable(
            "PREFECT_API_URL names no server, and other machines cannot report to the temporary one of this "
            "process; set it to a server that all machines of the Ray cluster reach"
        )
    from prefect.server.api.server import SubprocessASGIServer

    server = SubprocessASGIServer()
    return temporary_settings({PREFECT_API_URL: server.api_url}) if server.running else nullcontext()
