"""A planned batch painted to its end: shards or waves, a funnel's next stages, then manifest and report."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from catalogs.done import done_index
from catalogs.errors import NotFound
from catalogs.keeping.causes import diagnose
from catalogs.layout import report_key, summary_key
from catalogs.manifest import SCORES_FAILED
from catalogs.refusals import TooManyFailures
from catalogs.report.writing import written_keys
from flows import wiring
from flows.artifacts import show_results
from flows.batch_run import BatchRun
from flows.night_tasks import choose, publish_batch, report_on
from flows.observability import events
from flows.observability.signals import at_work_on, happened
from flows.places import Place
from flows.progress import Phase
from flows.shard_tasks import render_all, retrying, run_id
from flows.waves import Wave, render_waves


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
