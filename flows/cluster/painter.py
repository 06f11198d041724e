"""The task that renders shards in a process of a Ray cluster, which keeps its run and its engine."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run

from flows import wiring
from flows.batch_run import BatchRun
from flows.cluster.line import Line
from flows.equipment import SHARDS_PER_DEVICE
from flows.observability.beginning import begin_observing
from flows.observability.signals import at_work_on
from flows.shard_tasks import render_one, run_id, worth_retrying
from flows.stopping import StopFlag

# A thread that waits is deaf to Ray's request to end; it looks up so often, seconds.
LOOK_UP_EVERY_S = 0.2

# The runs that this process has taken up, by their switchboard.
_taken_up: dict[str, tuple[BatchRun, Line]] = {}
_taking_up = threading.Lock()


@task(name="render", task_run_name="{title}", cache_policy=NO_CACHE, retry_condition_fn=worth_retrying)
def render_afar(
    title: str,  # noqa: ARG001 (the name of the task run)
    at_most: dict[int, int | None],
    batch_id: str,
    root: str,
    device: str,
    wait: bool,
    shards: list[int],
    began_utc: str,
    switchboard: str,
) -> list[dict[str, Any]]:
    """Render shards as ``flows.shard_tasks.render`` does, two at a time: one prepares while one is painted.

    The first task in a process takes the run up from the stored plan, only ``shards`` (first, last) of it,
    and makes the engine; the later ones find both. Of each shard in ``at_most`` so many designs are begun.
    """
    run, line = _run_of(switchboard, batch_id, root, shards, began_utc)
    try:
        with at_work_on(batch=batch_id, flow_run=run_id(), task_run=str(task_run.id or "")):
            return _render(run, at_most, device, wait_for_others=wait)
    finally:
        line.ask()


def _run_of(
    switchboard: str, batch_id: str, root: str, shards: Sequence[int], began_utc: str
) -> tuple[BatchRun, Line]:
    with _taking_up:
        if switchboard not in _taken_up:
            begin_observing()
            first, last = shards
            run = wiring.stored_run(batch_id, root, shards=range(first, last + 1), prefect_run_id=run_id())
            run.facts = replace(run.facts, run_started_utc=datetime.fromisoformat(began_utc))
            # its minutes are counted by the run that gave the work out
            run.stop = StopFlag()
            line = Line(batch_id, switchboard, run.stop)
            line.ask()
            run.progress = line
            _taken_up[switchboard] = run, line
        return _taken_up[switchboard]


def _render(
    run: BatchRun, at_most: Mapping[int, int | None], device: str, *, wait_for_others: bool
) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(SHARDS_PER_DEVICE, "shard") as pool:
        futures = [
            pool.submit(
                copy_context().run,
                partial(render_one, run, one, device=device, wait=wait_for_others, at_most=designs),
            )
            for one, designs in at_most.items()
        ]
        try:
            while wait(futures, timeout=LOOK_UP_EVERY_S).not_done:
                pass
        except BaseException:
            # Ray calls a task back by an interrupt: the shards at hand end at their next step
            run.stop.cancel()
            pool.shutdown(cancel_futures=True)
            raise
    return [one.result() for one in futures]
