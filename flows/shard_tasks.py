"""Shards as Prefect tasks: what each is called, when it is tried again, and how they are fanned out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, Self

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture, as_completed
from prefect.runtime import flow_run, task_run
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import Task

from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import SHARDS_PER_DEVICE, equipment
from flows.errors import ShardsUnfinished, hopeless, retryable
from flows.observability.signals import at_work_on
from flows.places import Place
from flows.progress import Phase
from flows.shards.claimed_shard import render_claimed_shard

log = logging.getLogger(__name__)

# More task runs than this only burden the server: beyond it, a task takes several shards.
MAX_TASKS = 400

Runner = ThreadPoolTaskRunner[list[dict[str, Any]]]


@dataclass(frozen=True)
class ShardTask:
    """One task run: usually one shard, several where the batch is very large."""

    title: str
    shard_ids: tuple[int, ...]


def shard_tasks(run: BatchRun, missing: Mapping[int, int], *, at_most: int = MAX_TASKS) -> list[ShardTask]:
    """Return the tasks for the shards with missing designs, in order: one a shard, or ``at_most`` in all."""
    shard_ids = list(missing)
    per_task = max(1, -(-len(shard_ids) // at_most))
    groups = [shard_ids[start : start + per_task] for start in range(0, len(shard_ids), per_task)]
    return [_shard_task(run, group, sum(missing[shard_id] for shard_id in group)) for group in groups]


def _shard_task(run: BatchRun, shard_ids: Sequence[int], designs: int) -> ShardTask:
    first = run.plan.shard(shard_ids[0]).slice(0, 1).to_pylist()[0]
    # plain signs: the graph of Prefect's pages has no others
    what = f"{designs} of {first['recipe']} at {first['size_px']} px"
    of = len(run.plan.shard_ids)
    if len(shard_ids) == 1:
        return ShardTask(f"shard {shard_ids[0] + 1} of {of}: {what}", tuple(shard_ids))
    first_id, last_id = min(shard_ids) + 1, max(shard_ids) + 1
    return ShardTask(f"shards {first_id} to {last_id} of {of}: {what}", tuple(shard_ids))


def worth_retrying(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001
    """Tell Prefect whether a task that failed may succeed when it is run again."""
    error = state.data
    return isinstance(error, BaseException) and retryable(error)


@task(name="render", task_run_name="{title}", cache_policy=NO_CACHE, retry_condition_fn=worth_retrying)
def render(
    title: str,  # noqa: ARG001 (the name of the task run)
    shard_ids: list[int],
    batch_id: str,
    root: str,
    device: str,
    wait: bool,
) -> list[dict[str, Any]]:
    """Render shards; a report a shard, ``busy`` where another run is at it.

    One that cannot be finished does not keep the others from it, unless they would meet the same.
    """
    run = wiring.active_run(root, batch_id, run_id())
    reports: list[dict[str, Any]] = []
    first: Exception | None = None
    with at_work_on(flow_run=run_id(), task_run=str(task_run.id or "")):
        for shard_id in shard_ids:
            try:
                reports.append(render_one(run, shard_id, device=device, wait=wait))
            except Exception as error:
                if retryable(error) or hopeless(error) or run.stop.cancelled:
                    raise
                first = first or error
    if first is not None:
        raise first
    return reports


def render_one(
    run: BatchRun, shard_id: int, *, device: str, wait: bool, at_most: int | None = None
) -> dict[str, Any]:
    """Render a shard and return its report as plain values; ``busy`` where another run is at it."""
    report = render_claimed_shard(run, shard_id, device=device, wait=wait, at_most=at_most)
    return {"shard_id": shard_id, "busy": True} if report is None else asdict(report)


class Crew(Protocol):
    """Whoever paints the shards of one run; what is submitted is waited for, or called back, at the end."""

    def grouped(self, tasks: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Return the tasks as this crew wants them: as they are, or several in one."""

    def submit(self, title: str, shard_ids: Sequence[int], *, wait: bool) -> PrefectFuture[Any]:
        """Have shards rendered as :func:`render` does."""


class Threads:
    """Threads of this process, as many for each device as make it paint without a pause."""

    def __init__(self, run: BatchRun, device: str) -> None:
        self._run = run
        self._device = device
        self._runner = Runner(max_workers=SHARDS_PER_DEVICE * len(equipment().device_names(device)))

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._runner.__exit__(*error)

    def grouped(self, tasks: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Return the tasks as they are."""
        return tasks

    def submit(self, title: str, shard_ids: Sequence[int], *, wait: bool) -> PrefectFuture[Any]:
        """Have shards rendered by one of the threads."""
        parameters = {
            "title": title,
            "shard_ids": list(shard_ids),
            "batch_id": self._run.batch_id,
            "root": self._run.root,
            "device": self._device,
            "wait": wait,
        }
        return self._runner.submit(render.with_options(**retrying()), parameters)


def crew_for(run: BatchRun, place: Place) -> AbstractContextManager[Crew]:
    """Return who paints a run's shards.

    Raises:
        ConfigError, ClusterUnavailable: as :meth:`Place.runner_for`.
    """
    if place.runner_for(run.frozen.batch) == "ray":
        # Ray takes seconds to load
        from flows.cluster.crew import ray_crew

        return ray_crew(run, place)
    return Threads(run, place.device)


def render_all(run: BatchRun, tasks: Sequence[Mapping[str, Any]], place: Place) -> int:
    """Render the shards on all devices, first those that nobody else is at, then what others left.

    A shard that fails for good is logged and left to the next run; its neighbours go on.

    Returns:
        How many designs this run painted.

    Raises:
        ShardsUnfinished: the storage refuses or is full, which every shard would meet.
        ConfigError, ClusterUnavailable: there is nobody to paint.
    """
    if not tasks:
        return 0
    with crew_for(run, place) as crew:
        try:
            reports = _round(crew, run, crew.grouped(tasks), wait=False)
            busy = [report["shard_id"] for report in reports if "busy" in report]
            if busy:
                run.progress.enter(Phase.WAITING)
                of = len(run.plan.shard_ids)
                waiting = [
                    {"title": f"shard {one + 1} of {of}: with another run", "shard_ids": [one]}
                    for one in busy
                ]
                reports += _round(crew, run, waiting, wait=True)
        except BaseException:
            # the crew is waited for: it ends at its next step
            run.stop.cancel()
            raise
    return sum(report.get("painted", 0) for report in reports)


def _round(
    crew: Crew, run: BatchRun, tasks: Sequence[Mapping[str, Any]], *, wait: bool
) -> list[dict[str, Any]]:
    futures = [crew.submit(one["title"], one["shard_ids"], wait=wait) for one in tasks]
    reports: list[dict[str, Any]] = []
    for future in as_completed(futures):
        try:
            reports += future.result()
        except Exception as error:
            if hopeless(error):
                raise ShardsUnfinished(
                    f"{error}. The run of {run.batch_id} ended, finished designs are kept, and the last "
                    "published catalog stays; run it again when that is mended",
                    batch_id=run.batch_id,
                ) from error
            log.exception("a shard of %s could not be finished; the next run does it", run.batch_id)
    return reports


def retrying() -> dict[str, Any]:
    """Return the options of a task that is tried again with growing pauses where that may help."""
    delays = equipment().pace.retry_delays_s
    return {"retries": len(delays), "retry_delay_seconds": list(delays), "retry_condition_fn": worth_retrying}


def first_began() -> datetime:
    """Return when the flow run of this code first began: its Retry, on whatever day, is of the same night."""
    context = FlowRunContext.get()
    first = None if context is None or context.flow_run is None else context.flow_run.start_time
    return first or datetime.now(UTC)


def run_id() -> str:
    """Return the id of the Prefect flow run that this code is part of, "" outside of one."""
    return str(flow_run.id or "")
