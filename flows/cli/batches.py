"""``toile plan``, ``run`` and ``retry``: what a batch would be, do it, do again what failed."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import (
    AsJson,
    BatchName,
    BatchOrId,
    BudgetMinutes,
    Deterministic,
    Device,
    RayAddress,
    Root,
    TaskRunnerName,
    Trace,
    full_root,
    open_root,
)
from flows.cli.overriding import overriding
from flows.cli.painting import paint, show_totals
from flows.cli.reporting import Command, console, family, print_json, say, tell, waiting
from flows.cli.words import count, duration, gigabytes

if TYPE_CHECKING:
    from catalogs.storage import Storage
    from configs.batch import Batch
    from flows.overrides import Overrides
    from flows.places import Place

app = family()


@app.command(
    "plan", cls=Command, epilog="Example: toile plan nightly --root s3://designs/house --size-px 512"
)
@overriding
def plan(
    batch: BatchName,
    root: Root = "",
    *,
    overrides: Overrides,
    as_json: AsJson = False,
) -> None:
    """Show what a batch would paint, what is there already, how long it takes and how much it needs.

    Nothing is painted, and no plan is written.
    """
    from configs.loading import load_recipes
    from flows.cli.estimate import estimate

    _load_configs(batch, overrides.recipe)
    storage = open_root(root)
    with waiting(f"planning {batch}"):
        from catalogs.done import done_index
        from flows.planning import plan_designs

        configured, planned = plan_designs(batch, full_root(root), overrides=overrides)
        done = done_index(storage, planned)
        cost = estimate(storage, planned, done, load_recipes(configured).values())
    counts = planned.counts()
    facts = {
        "batch_id": planned.batch_id,
        "planned": len(planned),
        "there": len(done),
        "to_paint": counts["render"] - len(done) - len(done.left_out) - len(done.quarantined),
        "failed": counts["failed"] + len(done.quarantined),
        "skipped": counts["skipped"] + len(done.left_out),
        "recipes": planned.by_recipe(),
        "reasons": [asdict(reason) for reason in planned.reasons()],
        "shards": len(planned.shard_ids),
        "seconds": cost.seconds,
        "bytes": cost.bytes,
        "basis": cost.basis,
        "notes": list(planned.notes),
    }
    if as_json:
        print_json(facts)
        return
    _show_plan(facts)


@app.command("run", cls=Command, epilog="Example: toile run demo --root demo-bucket; toile run ./friday.yaml")
@overriding
def run(
    batch: BatchName,
    root: Root = "",
    *,
    overrides: Overrides,
    deterministic: Deterministic = False,
    budget_minutes: BudgetMinutes = None,
    device: Device = "auto",
    task_runner: TaskRunnerName = "",
    ray_address: RayAddress = "",
    trace: Trace = None,
    as_json: AsJson = False,
) -> None:
    """Paint every design of a batch that is not there yet, and publish the manifest.

    Running it again does only what is missing; two runs at once share the work.
    """
    began = time.monotonic()
    place = _place(device, task_runner, ray_address)
    configured = _load_configs(batch, overrides.recipe)
    place.runner_for(configured)
    storage = open_root(root)
    _refuse_missing(device)
    overrides = replace(overrides, deterministic=deterministic)
    _find_catalogs(storage, batch, overrides)
    if (totals := _settled(storage, batch, full_root(root), overrides)) is not None:
        show_totals(storage, totals, began, as_json=as_json)
        return
    from flows.cli.prefect_quietly import quiet_prefect

    with quiet_prefect():
        from flows.nightly import nightly_designs

    paint(
        storage,
        lambda: nightly_designs(
            batch=batch,
            root=full_root(root),
            **asdict(overrides),
            budget_minutes=budget_minutes or 0.0,
            **asdict(place),
        ),
        again=f"toile run {batch}",
        as_json=as_json,
        trace=trace,
    )


@app.command("retry", cls=Command, epilog="Example: toile retry nightly-20261121 --root s3://designs/house")
def retry(
    batch: BatchOrId,
    root: Root = "",
    quarantined: Annotated[
        bool, typer.Option("--quarantined", help="Also those with which in hand the process died twice.")
    ] = False,
    budget_minutes: BudgetMinutes = None,
    device: Device = "auto",
    task_runner: TaskRunnerName = "",
    ray_address: RayAddress = "",
    trace: Trace = None,
    as_json: AsJson = False,
) -> None:
    """Paint the designs of a batch that failed or are missing, by its stored plan, and publish again."""
    from flows.batch_ids import find_batch_id

    storage = open_root(root)
    batch_id = find_batch_id(storage, batch)
    from flows.cli.prefect_quietly import quiet_prefect

    with quiet_prefect():
        from flows.nightly import rerun_failed
    place = _place(device, task_runner, ray_address)
    _refuse_missing(device)

    paint(
        storage,
        lambda: rerun_failed(
            batch_id=batch_id,
            root=full_root(root),
            quarantined=quarantined,
            budget_minutes=budget_minutes or 0.0,
            **asdict(place),
        ),
        again=f"toile retry {batch}",
        as_json=as_json,
        trace=trace,
    )


def _load_configs(batch: str, recipe: str) -> Batch:
    """Find what is wrong with the configs while that takes milliseconds: torch and Prefect take seconds."""
    from configs.loading import load_batch, load_recipe, load_recipes

    configured = load_batch(batch)
    load_recipes(configured)
    if recipe:
        load_recipe(recipe)
    return configured


def _place(device: str, task_runner: str, ray_address: str) -> Place:
    from flows.places import Place

    return Place(device, task_runner, ray_address)


def _find_catalogs(storage: Storage, batch: str, overrides: Overrides) -> None:
    """Say at once that a catalog is not there: in a run the flow begins by waiting for Prefect."""
    from catalogs.kinds import KINDS
    from catalogs.planning import dresses
    from catalogs.tables import find_catalog
    from configs.loading import load_batch, load_recipes

    wanted = overrides.apply(load_batch(batch))
    with waiting(f"asking {storage.root}"):
        if dresses(load_recipes(wanted).values()):
            find_catalog(storage, KINDS["content"], wanted.content_catalog)
        find_catalog(storage, KINDS["style"], wanted.style_catalog)


def _settled(storage: Storage, batch: str, root: str, overrides: Overrides) -> dict[str, Any] | None:
    """Return the totals of a batch that has nothing left to do, without waiting for Prefect; else None.

    Asks the storage before anything slow begins: a run waits minutes for one that is away, which at its
    beginning helps nobody.
    """
    from catalogs.report.writing import written_keys
    from catalogs.settled import settled, was_published_last
    from flows.planning import batch_id_of, plan_designs

    batch_id = batch_id_of(batch, overrides=overrides)
    with waiting(f"asking {storage.root}"):
        if not was_published_last(storage, batch_id):
            return None
    with waiting(f"looking for what {batch_id} is missing"):
        _, plan = plan_designs(batch, root, overrides=overrides)
        summary = settled(storage, plan)
    if summary is None:
        return None
    return summary | written_keys(storage, batch_id) | {"painted": 0, "there": summary["ok"]}


def _refuse_missing(device: str) -> None:
    """Refuse a device that is not there before every design fails on it."""
    from configs.errors import ConfigError
    from flows.cli.checks.machine import device as look

    if device == "auto":
        return
    for finding in look(device):
        if finding.state == "problem":
            raise ConfigError(f"--device {device}: {finding.found}; {finding.remedy}")


def _show_plan(facts: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("batch", facts["batch_id"])
    table.add_row("planned", count(facts["planned"], "design"))
    table.add_row("already there", f"{facts['there']:,}")
    table.add_row("to paint", f"{facts['to_paint']:,} in at most {count(facts['shards'], 'shard')}")
    if len(facts["recipes"]) > 1:
        told = (f"{name} {number:,}" for name, number in facts["recipes"].items())
        table.add_row("by recipe", ", ".join(told))
    table.add_row("failed before painting", f"{facts['failed']:,}")
    table.add_row("skipped", f"{facts['skipped']:,}")
    table.add_row("time", f"about {duration(facts['seconds'])} ({facts['basis']})")
    table.add_row("storage", f"about {gigabytes(facts['bytes'])}")
    console().print(table, markup=False, highlight=False)
    for reason in facts["reasons"]:
        tell(f"{reason['designs']:,} × {reason['code']}, such as: {reason['example']}")
    for note in facts["notes"]:
        say(note)
