"""The Prefect flows: a night's designs from catalogs to a published manifest, and failed ones again.

Prefect shows and schedules the work; what is done is known from the bucket alone.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from configs.finding import is_path
from flows.night_tasks import plan, take_up
from flows.night_work import paint_and_publish
from flows.notices.hooks import tell_of_failure, tell_of_recovery
from flows.observability.beginning import begin_observing
from flows.overrides import Overrides
from flows.places import Place
from flows.shard_tasks import first_began, retrying
from flows.temporary_server import end_server_with_this_process


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
