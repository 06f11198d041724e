"""``toile plan``, ``run`` and ``retry``: what a batch would be, do it, do again what failed."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import (
    AsJson,
    BatchName,
    BatchOrId,
    BudgetMinutes,
    ContentIds,
    Deterministic,
    Device,
    KeepColours,
    MaxDesigns,
    MotifScale,
    PaletteId,
    RecipeName,
    RegionStyles,
    Repeats,
    Root,
    RotationDeg,
    Seeds,
    SizePx,
    Strength,
    Styles,
    address,
    full_root,
    open_root,
)
from flows.cli.reporting import Command, console, family, print_json, say, tell, waiting
from flows.cli.words import count, duration, gigabytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalogs.storage import Storage
    from flows.batch_run import Overrides

app = family()


@app.command(
    "plan", cls=Command, epilog="Example: toile plan nightly --root s3://designs/house --size-px 512"
)
def plan(
    batch: BatchName,
    root: Root = "",
    size_px: SizePx = None,
    recipe: RecipeName = "",
    repeats: Repeats = None,
    max_designs: MaxDesigns = None,
    strength: Strength = None,
    keep_colours: KeepColours = None,
    motif_scale: MotifScale = None,
    rotation_deg: RotationDeg = None,
    palette: PaletteId = "",
    contents: ContentIds = None,
    styles: Styles = None,
    region_styles: RegionStyles = "",
    seeds: Seeds = None,
    as_json: AsJson = False,
) -> None:
    """Show what a batch would paint, what is there already, how long it takes and how much it needs.

    Nothing is painted, and no plan is written.
    """
    from configs.loading import load_recipes
    from flows.cli.estimate import estimate

    _load_configs(batch, recipe)
    storage = open_root(root)
    with waiting(f"planning {batch}"):
        from catalogs.done import done_index
        from flows.batch_run import Overrides
        from flows.wiring import plan_designs

        overrides = Overrides(
            size_px=size_px or 0,
            recipe=recipe,
            repeats=", ".join(repeats or ()),
            max_designs=max_designs or 0,
            controls=_controls(strength, keep_colours, motif_scale, rotation_deg),
            palette=palette,
            contents=", ".join(contents or ()),
            styles=", ".join(styles or ()),
            region_styles=region_styles,
            seeds=", ".join(map(str, seeds or ())),
        )
        configured, planned = plan_designs(batch, full_root(root), overrides=overrides)
        done = done_index(storage, planned)
        cost = estimate(storage, planned, done, load_recipes(configured).values())
    counts = planned.counts()
    facts = {
        "batch_id": planned.batch_id,
        "planned": len(planned),
        "there": len(done),
        "to_paint": counts["render"] - len(done),
        "failed": counts["failed"],
        "skipped": counts["skipped"],
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
def run(
    batch: BatchName,
    root: Root = "",
    size_px: SizePx = None,
    recipe: RecipeName = "",
    repeats: Repeats = None,
    max_designs: MaxDesigns = None,
    strength: Strength = None,
    keep_colours: KeepColours = None,
    motif_scale: MotifScale = None,
    rotation_deg: RotationDeg = None,
    palette: PaletteId = "",
    contents: ContentIds = None,
    styles: Styles = None,
    region_styles: RegionStyles = "",
    seeds: Seeds = None,
    deterministic: Deterministic = False,
    budget_minutes: BudgetMinutes = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Paint every design of a batch that is not there yet, and publish the manifest.

    Running it again does only what is missing; two runs at once share the work.
    """
    began = time.monotonic()
    _load_configs(batch, recipe)
    storage = open_root(root)
    _refuse_missing(device)
    from flows.batch_run import Overrides

    overrides = Overrides(
        size_px=size_px or 0,
        recipe=recipe,
        repeats=", ".join(repeats or ()),
        max_designs=max_designs or 0,
        controls=_controls(strength, keep_colours, motif_scale, rotation_deg),
        palette=palette,
        contents=", ".join(contents or ()),
        styles=", ".join(styles or ()),
        region_styles=region_styles,
        seeds=", ".join(map(str, seeds or ())),
        deterministic=deterministic,
    )
    if (totals := _settled(storage, batch, full_root(root), overrides)) is not None:
        _show(storage, totals, began, as_json=as_json)
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
            device=device,
        ),
        again=f"toile run {batch}",
        as_json=as_json,
    )


@app.command("retry", cls=Command, epilog="Example: toile retry nightly-20261121 --root s3://designs/house")
def retry(
    batch: BatchOrId,
    root: Root = "",
    budget_minutes: BudgetMinutes = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Paint the designs of a batch that failed or are missing, by its stored plan, and publish again."""
    from flows.cli.batch_ids import find_batch_id

    storage = open_root(root)
    batch_id = find_batch_id(storage, batch)
    from flows.cli.prefect_quietly import quiet_prefect

    with quiet_prefect():
        from flows.nightly import rerun_failed
    _refuse_missing(device)

    paint(
        storage,
        lambda: rerun_failed(
            batch_id=batch_id, root=full_root(root), budget_minutes=budget_minutes or 0.0, device=device
        ),
        again=f"toile retry {batch}",
        as_json=as_json,
    )


def paint(storage: Storage, flow: Callable[[], dict[str, Any]], *, again: str, as_json: bool) -> None:
    """Run a flow under a progress bar, then show its totals and where everything is.

    Raises:
        typer.Exit: interrupted.
        TooManyFailures: after saying where the report is.
    """
    from catalogs.layout import report_key
    from catalogs.refusals import TooManyFailures
    from flows.cli.progress_bar import shown_progress

    began = time.monotonic()
    try:
        with shown_progress():
            totals = flow()
    except KeyboardInterrupt:
        say(f"stopped; finished designs are kept, and `{again}` goes on from there")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except TooManyFailures as error:
        say(f"report        {address(storage, report_key(error.extras['batch_id']))}")
        raise
    _show(storage, totals, began, as_json=as_json)


def _controls(
    strength: float | None, keep_colours: str | None, motif_scale: float | None, rotation_deg: float | None
) -> str:
    """Return the controls that the command line names, as the flow takes them."""
    named = {
        "strength": strength,
        "keep_colours": keep_colours,
        "motif_scale": motif_scale,
        "rotation_deg": rotation_deg,
    }
    return ", ".join(f"{name}={value}" for name, value in named.items() if value is not None)


def _load_configs(batch: str, recipe: str) -> None:
    """Find what is wrong with the configs while that takes milliseconds: torch and Prefect take seconds."""
    from configs.loading import load_batch, load_recipe, load_recipes

    load_recipes(load_batch(batch))
    if recipe:
        load_recipe(recipe)


def _settled(storage: Storage, batch: str, root: str, overrides: Overrides) -> dict[str, Any] | None:
    """Return the totals of a batch that has nothing left to do, without waiting for Prefect; else None.

    Asks the storage before anything slow begins: a run waits minutes for one that is away, which at its
    beginning helps nobody.
    """
    from catalogs.layout import contact_sheet_key, report_key
    from catalogs.settled import settled, was_published_last
    from flows.wiring import batch_id_of, plan_designs

    batch_id = batch_id_of(batch, overrides=overrides)
    with waiting(f"asking {storage.root}"):
        if not was_published_last(storage, batch_id):
            return None
    with waiting(f"looking for what {batch_id} is missing"):
        _, plan = plan_designs(batch, root, overrides=overrides)
        summary = settled(storage, plan)
    if summary is None:
        return None
    keys = {"report": report_key(batch_id), "contact_sheet": contact_sheet_key(batch_id)}
    return summary | keys | {"painted": 0, "there": summary["ok"]}


def _refuse_missing(device: str) -> None:
    """Refuse a device that is not there before every design fails on it."""
    from configs.errors import ConfigError
    from flows.cli.checks.machine import device as look

    if device == "auto":
        return
    for finding in look(device):
        if finding.state == "problem":
            raise ConfigError(f"--device {device}: {finding.found}; {finding.remedy}")


def _places(storage: Storage, totals: dict[str, Any]) -> dict[str, str]:
    from catalogs.layout import DESIGNS_PREFIX, manifest_key

    return {
        "pictures": address(storage, DESIGNS_PREFIX),
        "manifest": address(storage, manifest_key(totals["batch_id"])),
        **{name: address(storage, totals[name]) for name in ("report", "contact_sheet") if totals.get(name)},
    }


def _show(storage: Storage, totals: dict[str, Any], began: float, *, as_json: bool) -> None:
    totals = {**totals, **_places(storage, totals)}
    if as_json:
        print_json(totals)
        return
    _show_totals(totals, time.monotonic() - began)


def _show_totals(totals: dict[str, Any], seconds: float) -> None:
    told = [f"{totals['painted']:,} painted", f"{totals['there']:,} already there"]
    told += [f"{totals[name]:,} {name}" for name in ("failed", "skipped") if totals[name]]
    tell(f"{totals['batch_id']}: {totals['ok']:,} of {count(totals['planned'], 'design')} ok")
    tell(f"  {', '.join(told)}, in {duration(seconds)}")
    for code, number in totals["failures"].items():
        tell(f"  failed   {number:,} × {code}")
    for code, number in totals["skips"].items():
        tell(f"  skipped  {number:,} × {code}")
    for name in ("pictures", "manifest", "report", "contact_sheet"):
        if name in totals:
            tell(f"{name.replace('_', ' '):<14}{totals[name]}")


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
