"""``toile verify``: manifests held against the bucket, and mended where somebody asks for it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Root, open_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting
from flows.cli.words import count

if TYPE_CHECKING:
    from catalogs.keeping.flaws import Verified
    from catalogs.keeping.repair import Repaired

app = family()


@app.command("verify", cls=Command, epilog="Example: toile verify --root s3://designs/house --deep")
def verify(
    batch: Annotated[
        str, typer.Argument(metavar="BATCH", help="A batch's name, its file, or its id; none: all of them.")
    ] = "",
    root: Root = "",
    deep: Annotated[bool, typer.Option("--deep", help="Read every picture and compare its sha256.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended from what is there; deletes nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that every picture of every manifest is there, and every planned design one row.

    Exit code 0 when there is nothing to mend, or nothing is left after --repair; else 1.
    """
    from catalogs.keeping.repair import mend
    from catalogs.keeping.verification import verify as look
    from flows.batch_ids import find_batch_id

    storage = open_root(root)
    batches = [find_batch_id(storage, batch)] if batch else []
    with waiting(f"looking through {storage.root}"):
        found = look(storage, batches, deep=deep)
    repaired, after = None, found
    if repair and not found.sound:
        from flows.atelier import EngineAtelier

        with waiting("mending"):
            repaired, after = mend(storage, found, EngineAtelier(), datetime.now(UTC), batches=batches)
    if as_json:
        print_json(_facts(found, repaired, after))
    else:
        _show(found, repaired, after)
    if not after.sound:
        raise typer.Exit(Exit.FAILED)


def _facts(found: Verified, repaired: Repaired | None, after: Verified) -> dict[str, Any]:
    return {
        "deep": found.deep,
        "manifests": len(found.checks),
        "designs": found.designs,
        "sound": after.sound,
        "flaws": [asdict(flaw) | {"to_mend": flaw.to_mend} for flaw in found.flaws],
        "repaired": None if repaired is None else {"done": repaired.done, "left": repaired.left},
        "flaws_left": [asdict(flaw) | {"to_mend": flaw.to_mend} for flaw in after.flaws],
    }


def _show(found: Verified, repaired: Repaired | None, after: Verified) -> None:
    from rich.table import Table

    looked = "read" if found.deep else "looked for"
    tell(f"{count(len(found.checks), 'manifest')}, {found.designs:,} designs: every picture {looked}")
    flaws = found.flaws
    if flaws:
        table = Table(box=None, pad_edge=False)
        for head in ("flaw", "batch", "designs or files", "what", "such as"):
            table.add_column(head, justify="right" if head.startswith("designs") else "left")
        for flaw in flaws:
            examples = ", ".join(flaw.examples[:2])
            table.add_row(flaw.kind, flaw.batch_id or "–", f"{flaw.objects:,}", flaw.says, examples)
        console().print(table, markup=False, highlight=False)
    if repaired is not None:
        for words, times in repaired.done.items():
            tell(f"mended    {times:,} × {words}")
        for words, times in repaired.left.items():
            tell(f"left      {times:,} × {words}")
    if after.sound:
        tell("nothing to mend" if repaired is None else "nothing is left to mend")
    elif repaired is None:
        tell("to mend it      toile verify --repair")
