"""The tasks of a night that Prefect shows beside its shards: planning, choosing, publishing, reporting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.publication import publish
from catalogs.report.writing import write_report, written_keys
from configs.errors import ConfigError
from flows import wiring
from flows.batch_ids import find_batch_id
from flows.batch_run import BatchRun
from flows.best_first import within_budget
from flows.equipment import equipment
from flows.overrides import Overrides
from flows.shard_tasks import run_id, shard_tasks
from flows.waves import wanted


@task(name="plan", task_run_name="plan {batch}", cache_policy=NO_CACHE)
def plan(
    batch: str,
    root: str,
    *,
    only_failed: bool,
    overrides: dict[str, Any],
    budget_minutes: float,
    began_utc: str,
) -> dict[str, Any]:
    """Plan a batch and find what is there already."""
    wanted, night = Overrides(**overrides), datetime.fromisoformat(began_utc)
    if only_failed:
        _refuse_wishes(wanted)
        batch_id = find_batch_id(equipment().storage(root), batch, on=night)
        run = wiring.stored_run(batch_id, root, budget_minutes=budget_minutes, prefect_run_id=run_id())
    else:
        run = wiring.plan_run(
            batch, root, overrides=wanted, budget_minutes=budget_minutes, prefect_run_id=run_id(), on=night
        )
    return what_is_left(run)


def _refuse_wishes(overrides: Overrides) -> None:
    """See that nobody wishes in vain: a stored plan is painted as it was planned."""
    asked = [name for name, value in asdict(overrides).items() if value != getattr(Overrides(), name)]
    if asked:
        raise ConfigError(
            f"only_failed keeps the stored plan, so {', '.join(asked)} cannot be another; leave only_failed "
            f"off to plan anew, or {', '.join(asked)} as the batch says"
        )


@task(name="take-up", task_run_name="take up {batch}", cache_policy=NO_CACHE)
def take_up(
    batch: str, root: str, *, quarantined: bool, budget_minutes: float, began_utc: str
) -> dict[str, Any]:
    """Read a batch's stored plan and find what is there already; ``batch`` is a name, a file or an id."""
    night = datetime.fromisoformat(began_utc)
    batch_id = find_batch_id(equipment().storage(root), batch, on=night)
    run = wiring.stored_run(
        batch_id, root, quarantined=quarantined, budget_minutes=budget_minutes, prefect_run_id=run_id()
    )
    return what_is_left(run)


@task(name="choose", task_run_name="choose what follows in {batch_id}", cache_policy=NO_CACHE)
def choose(batch_id: str, root: str) -> dict[str, Any]:
    """Let a funnel's plan grow; return, as plain values, what that gives to paint, if anything."""
    run = wiring.active_run(root, batch_id, run_id())
    return _work(run, wiring.grow(run))


@task(name="publish", task_run_name="publish {batch_id}", cache_policy=NO_CACHE)
def publish_batch(batch_id: str, root: str) -> dict[str, Any]:
    """Merge the parts into the manifest and point latest.json at it."""
    run = wiring.active_run(root, batch_id, run_id())
    rate = run.frozen.batch.max_failure_rate
    return asdict(publish(run.storage, run.plan, max_failure_rate=rate, budget_spent=run.stop.is_spent))


@task(name="report", task_run_name="report on {batch_id}", cache_policy=NO_CACHE)
def report_on(batch_id: str, root: str) -> dict[str, str]:
    """Write the page and the contact sheets that people look at."""
    run = wiring.active_run(root, batch_id, run_id())
    write_report(run.storage, batch_id)
    return written_keys(run.storage, batch_id)


def what_is_left(run: BatchRun) -> dict[str, Any]:
    """Return, as plain values, what a run has to paint: its tasks, or the waves that they go out in."""
    told = {"batch_id": run.batch_id, "planned": len(run.plan), "there": len(run.done)}
    return told | _work(run, run.missing_by_shard())


def _work(run: BatchRun, missing: Mapping[int, int]) -> dict[str, Any]:
    wanted_now = within_budget(run, missing)
    waves = wanted(wanted_now, run.stop.designs_left)
    tasks = [] if waves else shard_tasks(run, wanted_now)
    return {"waves": [asdict(one) for one in waves], "tasks": [asdict(one) for one in tasks]}
