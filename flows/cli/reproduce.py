"""``toile reproduce``: a design painted again from its row, and what of its making has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Device, Root, open_root
from flows.cli.outputs import write_file
from flows.cli.reporting import Command, console, family, print_json, tell, waiting

if TYPE_CHECKING:
    from flows.studies.reproduce import Reproduction

app = family()

_VERDICTS = {
    "bytes": "the same file, to the last byte",
    "pixels": "the same picture; the file is packed another way",
    "scores": "the same picture but for rounding (scores within {tolerance})",
    "differs": "another picture",
    "impossible": "it would be another design and was not painted: a file or the recipe is not what it was",
}


@app.command("reproduce", cls=Command, epilog="Example: toile reproduce 4f1c09 --root demo-bucket")
def reproduce(
    design: Annotated[
        str, typer.Argument(metavar="DESIGN", help="A design's id, or its first digits (4 or more).")
    ],
    root: Root = "",
    device: Device = "auto",
    out: Annotated[Path | None, typer.Option("--out", help="Where the new picture goes, a PNG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Paint a design again from its row and say whether it is the same, and what has changed since.

    Files, recipe, engine, weights, device, code, packages and licences are compared with those it was made
    from.
    Nothing in the storage is touched. Exit code 1: it did not come out again.
    """
    storage = open_root(root)
    with waiting(f"painting {design} again"):
        from flows.cli.show import find_design
        from flows.equipment import equipment
        from flows.patience import Patience
        from flows.stopping import StopFlag
        from flows.studies.reproduce import SCORE_TOLERANCE, frozen_of
        from flows.studies.reproduce import reproduce as paint_again

        row = find_design(storage, design.strip().lower())
        frozen = frozen_of(storage, row)
        tools = equipment()
        patience = Patience(tools.pace.patience_s, stop=StopFlag())
        with tools.borrowed(device, deterministic=frozen.batch.deterministic) as borrowed:
            found = paint_again(storage, row, frozen, engine=borrowed.engine, patience=patience)
    if out is not None and found.image is not None:
        from nst_core.codec import encode_png

        write_file(out, encode_png(found.image))
    if as_json:
        print_json(_as_values(found, out))
    else:
        _show(found, deterministic=frozen.batch.deterministic, tolerance=SCORE_TOLERANCE)
    if not found.same:
        raise typer.Exit(Exit.FAILED)


def _as_values(found: Reproduction, out: Path | None) -> dict[str, Any]:
    return {
        "design_id": found.design_id,
        "same": found.same,
        "verdict": found.verdict,
        "changes": [{"what": one.what, "was": one.was, "now": one.now} for one in found.changes],
        "largest_step": found.largest_step,
        "mean_step": found.mean_step,
        "scores": {name: list(pair) for name, pair in (found.scores or {}).items()},
        "picture": str(out) if out is not None and found.image is not None else None,
    }


def _show(found: Reproduction, *, deterministic: bool, tolerance: float) -> None:
    tell(f"{found.design_id}: {_VERDICTS[found.verdict].format(tolerance=tolerance)}")
    if found.largest_step:
        tell(f"  pixels differ by up to {found.largest_step} of 255, {found.mean_step:.2f} on average")
    for change in found.changes:
        tell(f"  {change}")
    if not found.changes and found.verdict in ("scores", "differs"):
        alone = (
            ""
            if deterministic
            else "; it was painted in a batch with others, which deterministic: true rules out"
        )
        tell(f"  nothing that is recorded of its making has changed{alone}")
    if found.scores and found.verdict in ("scores", "differs"):
        from rich.table import Table

        table = Table("", "then", "now", box=None, pad_edge=False)
        for name, (then, now) in found.scores.items():
            table.add_row(f"  {name}", f"{then:.3f}", f"{now:.3f}")
        console().print(table)
