"""The Prefect flows: a night's designs from catalogs to a published manifest, and failed ones again.

Prefect shows and schedules the work; what is done is known from the bucket alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from catalogs.done import done_index
from catalogs.errors import NotFound
from catalogs.keeping.causes import diagnose
from catalogs.layout import report_key, summary_key
from catalogs.manifest import SCORES_FAILED
from catalogs.publication import publish
from catalogs.refusals import TooManyFailures
from catalogs.report.writing import write_report, written_keys
from configs.errors import ConfigError
from configs.finding import is_path
from flows import wiring
from flows.artifacts import show_results
from flows.batch_ids import find_batch_id
from flows.batch_run import BatchRun
from flows.best_first import within_budget
from flows.equipment import equipment
from flows.notices.hooks import tell_of_failure, tell_of_recovery
from flows.observability import events
from flows.observability.beginning import begin_observing
from flows.observability.signals import at_work_on, happened
from flows.overrides import Overrides
from flows.places import Place
from flows.progress import Phase
from flows.shard_tasks import first_began, render_all, retrying, run_id, shard_tasks
from flows.temporary_server import end_server_with_this_process
from flows.waves import Wave, render_waves, wanted


def night_name() -> str:
    """Return what a run is called on Prefect's pages: its batch, without the folders of a path."""
    return _called(flow_run.parameters["batch"])


def rerun_name() -> str:
    """Return what a rerun is called on Prefect's pages."""
    return f"{flow_run.parameters['batch_id'] or _called(flow_run.parameters['batch'])} again"


def _called(batch: str) -> str:
    return Path(batch).stem if is_path(batch) else batch


@flow(
    name="nightly-designs",
    flow_run_name=night_name,
    validate_parameters=True,
    on_failure=[tell_of_failure],
    on_completion=[tell_of_recovery],
)
def nightly_designs(
    batch: str = "nightly",
    root: str = "",
    only_failed: bool = False,
    size_px: int = 0,
    recipe: str = "",
    repeats: str = "",
    max_designs: int = 0,
    controls: str = "",
    palette: str = "",
    contents: str = "",
    styles: str = "",
    region_styles: str = "",
    seeds: str = "",
    deterministic: bool = False,
    budget_minutes: float = 0.0,
    budget_designs: int = 0,
    device: str = "auto",
    task_runner: str = "",
    ray_address: str = "",
    waves_at_once: int = 1,
) -> dict[str, Any]:
    """Paint every design of a batch that is not there yet, and publish the manifest.

    Running it again does only what is missing; running it twice at once shares the work.

    Args:
        batch: Name of a batch, or path of its YAML file.
        root: s3://bucket/prefix or a directory; empty: as configured (TOILE_ROOT or storage.yaml).
        only_failed: Keep the newest stored plan and paint only designs that failed or are missing.
        size_px: Long side of the designs, px; 0: as the batch says.
        recipe: Name of a recipe; empty: as the batch says.
        repeats: How tiles of new cloth meet; empty: as the batch says.
        max_designs: Plan at most so many designs; 0: as the batch says.
        controls: Any of strength=0.7, keep_colours=luma, motif_scale=0.5, rotation_deg=45; empty: as the
            batch says.
        palette: A textile (style_id) whose colours all designs take; empty: as the batch says.
        contents: The garments (content_id) to paint: polo-7, dress-2; empty: as the batch says.
        styles: The textiles (style_id) that they wear: zebra, ikat:0.7 + floral:0.3; empty: as the batch
            says.
        region_styles: What mapped regions wear: red=floral blue=zebra; empty: as the batch says.
        seeds: A design for each of these numbers: 1, 2; empty: as the batch says.
        deterministic: The same bytes for a design alone or in any batch; off: as the batch says.
        budget_minutes: Begin no new painting after so many minutes; 0: as the batch says.
        budget_designs: Paint at most so many new designs, the best first; 0: as the batch says.
        device: What paints; auto: every GPU of the worker, else its CPU.
        task_runner: threads paint on this machine, ray on all machines of a Ray cluster; empty: as the batch
            says.
        ray_address: Of the cluster, as 10.0.0.1:6379; empty: as RAY_ADDRESS says, else the run's own.
        waves_at_once: Above 400 shards, where `toile deploy` was run, so many runs of 400 shards at once.

    Returns:
        The totals of the batch, plain values: those of ``summary.json``, ``painted`` and ``there``, and the
        keys ``report`` and ``contact_sheet``, with colorways also ``colorways``.

    Raises:
        TooManyFailures: above the batch's max_failure_rate; the last published catalog stays.
        ShardsUnfinished: the storage refuses or is full.
    """
    end_server_with_this_process()
    begin_observing()
    overrides = Overrides(
        size_px=size_px,
        recipe=recipe,
        repeats=repeats,
        max_designs=max_designs,
        budget_designs=budget_designs,
        controls=controls,
        palette=palette,
        contents=contents,
        styles=styles,
        region_styles=region_styles,
        seeds=seeds,
        deterministic=deterministic,
    )
    planned = plan.with_options(**retrying())(
        batch,
        root,
        only_failed=only_failed,
        overrides=asdict(overrides),
        budget_minutes=budget_minutes,
        began_utc=first_began().isoformat(),
    )
    return paint_and_publish(root, planned, Place(device, task_runner, ray_address), waves_at_once)


@flow(
    name="rerun-failed",
    flow_run_name=rerun_name,
    validate_parameters=True,
    on_failure=[tell_of_failure],
    on_completion=[tell_of_recovery],
)
def rerun_failed(
    batch: str = "nightly",
    batch_id: str = "",
    root: str = "",
    quarantined: bool = False,
    budget_minutes: float = 0.0,
    device: str = "auto",
    task_runner: str = "",
    ray_address: str = "",
    waves_at_once: int = 1,
) -> dict[str, Any]:
    """Paint the designs of a batch that failed or are missing, by its stored plan, and publish again.

    Args:
        batch: Name of a batch, or path of its YAML file; its newest plan of the last 31 days.
        batch_id: An older night, as nightly-20261121, or any folder under batches/; empty: the newest.
        root: s3://bucket/prefix or a directory; empty: as configured (TOILE_ROOT or storage.yaml).
        quarantined: Try designs again, too, with which in hand the process died twice.
        budget_minutes: Begin no new painting after so many minutes; 0: as the batch says.
        device: What paints; auto: every GPU of the worker, else its CPU.
        task_runner: threads paint on this machine, ray on all machines of a Ray cluster; empty: as the batch
            says.
        ray_address: Of the cluster, as 10.0.0.1:6379; empty: as RAY_ADDRESS says, else the run's own.
        waves_at_once: Above 400 shards, where `toile deploy` was run, so many runs of 400 shards at once.

    Returns:
        As nightly_designs.

    Raises:
        NotFound: nothing of that name was planned; the message names the nearest.
        PlanOutdated: planned with another engine version or other weights.
        TooManyFailures, ShardsUnfinished: as nightly_designs.
    """
    end_server_with_this_process()
    begin_observing()
    planned = take_up.with_options(**retrying())(
        batch_id or batch,
        root,
        quarantined=quarantined,
        budget_minutes=budget_minutes,
        began_utc=first_began().isoformat(),
    )
    return paint_and_publish(root, planned, Place(device, task_runner, ray_address), waves_at_once)


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


def paint_and_publish(root: str, planned: dict[str, Any], place: Place, waves_at_once: int) -> dict[str, Any]:
    """Paint what is left of a planned batch, publish and report; return its totals."""
    run = wiring.active_run(root, planned["batch_id"], run_id())
    with at_work_on(batch=run.batch_id, flow_run=run_id()), _told(run, planned) as told:
        totals = _painted_and_published(run, planned, place, waves_at_once)
        told |= totals
        return totals


@contextmanager
def _told(run: BatchRun, planned: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tell of a run's beginning and end; it is given its totals."""
    began = time.monotonic()
    happened(
        events.RUN_BEGAN,
        planned=planned["planned"],
        there=planned["there"],
        missing=planned["planned"] - planned["there"],
        max_failure_rate=run.frozen.batch.max_failure_rate,
    )
    totals: dict[str, Any] = {}
    try:
        yield totals
    except BaseException as error:
        code = getattr(error, "code", type(error).__name__)
        happened(events.RUN_FAILED, error=str(error), code=code, seconds=time.monotonic() - began)
        raise
    counts = {name: totals[name] for name in ("ok", "failed", "skipped", "painted")}
    happened(events.RUN_DONE, **counts, seconds=time.monotonic() - began)


def _painted_and_published(
    run: BatchRun, planned: Mapping[str, Any], place: Place, waves_at_once: int
) -> dict[str, Any]:
    try:
        painted, by_waves = 0, False
        work = planned
        while work["tasks"] or work["waves"] or work is planned:
            run.progress.enter(Phase.PAINTING)
            painted += render_all(run, work["tasks"], place)
            render_waves(run, [Wave(**one) for one in work["waves"]], place, at_once=waves_at_once)
            by_waves |= bool(work["waves"])
            work = _what_follows(run)
        run.progress.enter(Phase.PUBLISHING)
        totals = _publish(run)
        run.progress.enter(Phase.FINISHED)
        # those that are there and not shown were painted, too
        made = totals["ok"] + totals["skips"].get(SCORES_FAILED, 0)
        if by_waves:
            painted = made - planned["there"]
        return totals | {"painted": painted, "there": made - painted}
    except BaseException:
        run.stop.cancel()
        run.progress.enter(Phase.STOPPED)
        raise
    finally:
        wiring.end_run(run)


def _what_follows(run: BatchRun) -> dict[str, Any]:
    """Return what is to be painted after what there was: the next stages of a funnel."""
    if run.frozen.batch.funnel is None:
        return {"tasks": [], "waves": []}
    return choose.with_options(**retrying())(run.batch_id, run.root)


def _publish(run: BatchRun) -> dict[str, Any]:
    """Publish, report and show; a batch with too many failures is reported on all the same, then raised."""
    before = _digest_of_last_manifest(run)
    refused: TooManyFailures | None = None
    try:
        summary = publish_batch.with_options(**retrying())(run.batch_id, run.root)
    except TooManyFailures as error:
        refused, summary = error, error.extras["summary"]
    if summary["manifest_sha256"] != before or not run.storage.exists(report_key(run.batch_id)):
        report_on.with_options(**retrying())(run.batch_id, run.root)
    keys = written_keys(run.storage, run.batch_id)
    show_results(run.storage, summary, keys, lambda: diagnose(run.plan, done_index(run.storage, run.plan)))
    if refused is not None:
        raise refused
    return summary | keys


def _digest_of_last_manifest(run: BatchRun) -> str:
    """Return the sha256 of the batch's manifest as the last run left it; "" where there is none."""
    try:
        return str(json.loads(run.storage.read(summary_key(run.batch_id)))["manifest_sha256"])
    except (NotFound, ValueError, KeyError, TypeError):
        return ""
