"""``toile gc``: what nothing in the bucket needs any more, shown or put aside."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Root, open_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting
from flows.cli.words import gigabytes

if TYPE_CHECKING:
    from catalogs.keeping.garbage import Tidied

app = family()


@app.command("gc", cls=Command, epilog="Example: toile gc --root s3://designs/house --delete")
def gc(
    root: Root = "",
    delete: Annotated[
        bool, typer.Option("--delete", help="Put it aside, and delete what has lain aside for the grace.")
    ] = False,
    grace_hours: Annotated[
        float,
        typer.Option("--grace-hours", min=1, help="How old a thing must be, and how long it lies aside."),
    ] = 168,
    as_json: AsJson = False,
) -> None:
    """Show what no plan, manifest, shortlist or request needs any more; without --delete nothing is touched.

    What is unneeded and older than the grace goes to trash/, and back when something names it again. A later
    gc deletes what has lain there for longer than the grace. Runs may paint meanwhile.
    """
    from catalogs.keeping.garbage import tidy

    storage = open_root(root)
    with waiting(f"looking through {storage.root}"):
        told = tidy(storage, datetime.now(UTC), grace=timedelta(hours=grace_hours), delete=delete)
    if as_json:
        print_json(asdict(told))
    else:
        _show(told, grace_hours)
    if told.blocked:
        raise typer.Exit(Exit.FAILED)


def _show(told: Tidied, grace_hours: float) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("unneeded", "objects", "size", "younger than the grace", "size"):
        table.add_column(head, justify="left" if head == "unneeded" else "right")
    for kind, one in told.kinds.items():
        counts = (f"{one.objects:,}", gigabytes(one.bytes), f"{one.young:,}", gigabytes(one.young_bytes))
        table.add_row(kind, *counts)
    console().print(table, markup=False, highlight=False)
    tell(f"{told.named:,} designs are named by a plan, a manifest or a list")
    if told.nights:
        tell(f"past their retention: {', '.join(told.nights)}")
    for key, why in told.blocked.items():
        tell(f"{key} cannot be read ({why}): until it can, or is gone, no picture is touched")
    if not told.deleting:
        tell("nothing was touched; --delete puts it aside")
        return
    days = f"{grace_hours / 24:g} days" if grace_hours >= 48 else f"{grace_hours:g} h"
    tell(f"put aside under trash/; what has lain there for {days} was deleted")
    tell(f"brought back {told.brought_back:,}, half-written files or uploads removed {told.unfinished:,}")
