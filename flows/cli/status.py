"""``toile status``: what became of a batch so far, read from the bucket alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, BatchOrId, Root, address, open_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting
from flows.cli.words import count

if TYPE_CHECKING:
    from catalogs.done import Done
    from catalogs.plan import Plan
    from catalogs.storage import Storage

app = family()


@app.command(
    "status",
    cls=Command,
    epilog="Example: toile status nightly --root s3://designs/house || toile retry nightly",
)
def status(batch: BatchOrId, root: Root = "", as_json: AsJson = False) -> None:
    """Show how many designs of a batch are ok, failed, skipped and missing, and whether it is published.

    Exit code 0 when every design is ok or skipped, 1 when some failed or are missing.
    """
    from catalogs.done import done_index
    from catalogs.plan import read_plan
    from flows.batch_ids import find_batch_id

    storage = open_root(root)
    with waiting(f"looking at {batch}"):
        batch_id = find_batch_id(storage, batch)
        plan = read_plan(storage, batch_id)
        facts = _facts(storage, plan, done_index(storage, plan))
    if as_json:
        print_json(facts)
    else:
        _show(facts)
    if facts["failed"] or facts["missing"]:
        raise typer.Exit(Exit.FAILED)


def _facts(storage: Storage, plan: Plan, done: Done) -> dict[str, Any]:
    from catalogs.layout import report_key
    from catalogs.manifest import SCORES_FAILED

    counts = plan.counts()
    reasons = _reasons(plan, done)
    tried_failed = (
        sum(number for (state, _), number in reasons.items() if state == "failed") - counts["failed"]
    )
    out_of_time = (
        sum(number for (state, _), number in reasons.items() if state == "skipped") - counts["skipped"]
    )
    not_shown = sum(id_ in done for id_ in plan.withdrawn.column("design_id").to_pylist())
    if not_shown:
        reasons["skipped", SCORES_FAILED] = not_shown
    report = report_key(plan.batch_id)
    return {
        "batch_id": plan.batch_id,
        "planned": len(plan),
        "ok": len(done) - not_shown,
        "failed": counts["failed"] + tried_failed,
        "skipped": counts["skipped"] + out_of_time + not_shown,
        "missing": counts["render"] - len(done) - tried_failed - out_of_time,
        "failures": {code: number for (state, code), number in reasons.items() if state == "failed"},
        "skips": {code: number for (state, code), number in reasons.items() if state == "skipped"},
        "shards": len(plan.shard_ids),
        "shards_at_work": _claims(storage, plan.batch_id),
        **_publication(storage, plan.batch_id),
        "report": address(storage, report) if storage.exists(report) else None,
    }


def _reasons(plan: Plan, done: Done) -> dict[tuple[str, str], int]:
    """Return how many designs failed or were skipped, by state and error code, most first."""
    import pyarrow as pa

    known = plan.table.slice(plan.to_render).select(["state", "error_code"])
    tried = done.failed.select(["status", "error_code"]).rename_columns(["state", "error_code"])
    text = pa.schema([("state", pa.string()), ("error_code", pa.string())])
    rows = pa.concat_tables([known.cast(text), tried.cast(text)])
    counts = rows.group_by(["state", "error_code"]).aggregate([([], "count_all")])
    ordered = counts.sort_by([("count_all", "descending"), ("error_code", "ascending")]).to_pylist()
    return {(row["state"], row["error_code"] or "unknown"): row["count_all"] for row in ordered}


def _claims(storage: Storage, batch_id: str) -> int:
    """Return how many shards somebody says to be at work on."""
    from catalogs.layout import claims_prefix

    return sum(1 for _ in storage.list(claims_prefix(batch_id)))


def _publication(storage: Storage, batch_id: str) -> dict[str, Any]:
    from catalogs.errors import NotFound
    from catalogs.layout import manifest_key
    from catalogs.publication import read_latest

    published = storage.exists(manifest_key(batch_id))
    try:
        latest = read_latest(storage)
    except NotFound:
        latest = None
    return {
        "published": published,
        "manifest": address(storage, manifest_key(batch_id)) if published else None,
        "is_latest": latest is not None and latest.batch_id == batch_id,
        "latest": latest.batch_id if latest is not None else None,
    }


def _show(facts: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("batch", facts["batch_id"])
    table.add_row("planned", count(facts["planned"], "design"))
    for name in ("ok", "failed", "skipped", "missing"):
        codes = facts.get({"failed": "failures", "skipped": "skips"}.get(name, ""), {})
        why = ", ".join(f"{number:,} {code}" for code, number in codes.items())
        table.add_row(name, f"{facts[name]:,}" + (f"  ({why})" if why else ""))
    table.add_row("shards", f"{facts['shards']:,}, {facts['shards_at_work']:,} at work")
    console().print(table, markup=False, highlight=False)
    if not facts["published"]:
        tell(f"published     no; the last published batch is {facts['latest'] or 'none'}")
    else:
        later = "" if facts["is_latest"] else f", followed by {facts['latest']}"
        tell(f"published     yes{later}")
        tell(f"manifest      {facts['manifest']}")
    if facts["report"]:
        tell(f"report        {facts['report']}")
    if facts["failed"] or facts["missing"]:
        tell(f"to go on      toile retry {facts['batch_id']}")
