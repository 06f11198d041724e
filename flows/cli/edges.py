"""``toile edges``: what style transfer did to a photo's edges, as a picture and as figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import AsJson, Root, open_root
from flows.cli.outputs import write_file
from flows.cli.reporting import Command, console, family, print_json, tell, waiting

app = family()
_NAMES = {"tv_across": "total variation across", "tv_down": "total variation down", "energy": "edge energy"}


@app.command("edges", cls=Command, epilog="Example: toile edges 4f1c09 --root demo-bucket --out edges.png")
def edges(
    design: Annotated[
        str, typer.Argument(metavar="DESIGN", help="A design's id, or its first digits (4 or more).")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the picture goes; else edges-DESIGN.png here.")
    ] = None,
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Draw a design's edge maps, across and down, beside its photo's, and say how much they differ.

    Total variation is the mean difference between neighbours, edge energy the mean square: far more than the
    photo's is speckle, far less is a form that got lost.
    """
    storage = open_root(root)
    with waiting(f"looking for {design}"):
        from flows.cli.show import find_design
        from flows.studies.edges import edges_of

        row = find_design(storage, design.strip().lower())
        found = edges_of(storage, row)
        path = out or Path(f"edges-{row['design_id'][:8]}.png")
        write_file(path, found.picture())
    figures = found.figures()
    if as_json:
        print_json({"design_id": row["design_id"], "picture": str(path), "edges": figures})
        return
    from rich.table import Table

    table = Table("", "photo", "design", "design / photo", box=None, pad_edge=False)
    for key, name in _NAMES.items():
        one = figures[key]
        ratio = f"{one['ratio']:.2f}" if "ratio" in one else "–"
        table.add_row(name, f"{one['before']:.5f}", f"{one['after']:.5f}", ratio)
    console().print(table)
    tell(f"picture {path}")
