"""Prefect's runner for Ray, whose processes have told Prefect everything before they call a task done."""

from __future__ import annotations

from typing import Any

from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect_ray.task_runners import RayTaskRunner  # type: ignore[import-untyped]

# States and logs of a task that Prefect's server does not take meanwhile are not waited for, seconds.
TOLD_WITHIN_S = 10.0


class Runner(RayTaskRunner):  # type: ignore[misc]
    """A run's Ray processes are killed when it leaves the cluster: what is only queued by then is lost."""

    @staticmethod
    def _run_prefect_task(*given: Any, **named: Any) -> Any:
        try:
            return RayTaskRunner._run_prefect_task(*given, **named)
        finally:
            for worker in (EventsWorker, APILogWorker):
                worker.drain_all(timeout=TOLD_WITHIN_S, at_exit=False)
