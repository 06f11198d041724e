"""``toile why``: the causes for which designs of a batch are not there, each with its remedy."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, BatchOrId, Root, open_root
from flows.cli.reporting import Command, family, print_json, tell, waiting
from flows.run_links import run_link

if TYPE_CHECKING:
    from catalogs.keeping.causes import Cause

app = family()


@app.command("why", cls=Command, epilog="Example: toile why nightly --root s3://designs/house")
def why(batch: BatchOrId, root: Root = "", as_json: AsJson = False) -> None:
    """Show why designs of a batch are not there: what failed, is missing or was left out, by cause.

    Read from the bucket as it is now, published or not. Exit code 0 when every design is ok or skipped, 1
    when some failed or are missing.
    """
    from catalogs.done import done_index
    from catalogs.keeping.causes import diagnose
    from catalogs.plan import read_plan
    from flows.batch_ids import find_batch_id

    storage = open_root(root)
    with waiting(f"looking at {batch}"):
        plan = read_plan(storage, find_batch_id(storage, batch))
        found = diagnose(plan, done_index(storage, plan))
    missing = () if found.missing is None else (found.missing,)
    if as_json:
        causes = {"failed": found.failed, "missing": missing, "skipped": found.skipped}
        print_json(asdict(found) | {name: [_linked(one) for one in group] for name, group in causes.items()})
    else:
        tell(f"{found.batch_id}: {found.ok:,} of {found.planned:,} designs are there")
        for cause in (*found.failed, *missing, *found.skipped):
            _show(cause)
        if found.unlisted:
            tell(f"{found.unlisted:,} rarer causes are in the manifest")
        if found.failed or missing:
            tell(f"\nto go on      toile retry {found.batch_id}")
    if found.failed or missing:
        raise typer.Exit(Exit.FAILED)


def _linked(cause: Cause) -> dict[str, Any]:
    return asdict(cause) | {"logs": [link for run in cause.runs if (link := run_link(run))]}


def _show(cause: Cause) -> None:
    from catalogs.report.words import MAX_REASON_CHARS, plain

    of_shards = f"{', '.join(map(str, cause.shards))}{', …' if cause.in_shards > len(cause.shards) else ''}"
    more = ", …" if cause.designs > len(cause.design_ids) else ""
    tell(f"\n{cause.designs:,} {cause.status} ({cause.share:.1%}) × {cause.code}")
    tell(f"  {plain(cause.example, at_most=MAX_REASON_CHARS)}")
    tell(f"  remedy   {cause.remedy}")
    tell(f"  designs  {', '.join(cause.design_ids)}{more}")
    if cause.in_shards:
        tell(f"  shards   {of_shards}")
    for run in cause.runs:
        tell(f"  run      {run_link(run) or run}")
