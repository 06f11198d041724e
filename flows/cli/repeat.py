"""``toile repeat``: a tile of yardage as it comes from the roll, and on a garment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import AsJson, Root, open_root
from flows.cli.outputs import write_file
from flows.cli.reporting import Command, family, print_json, tell, waiting

app = family()

_TILES = re.compile(r"([1-9]\d?)\s*[x×]\s*([1-9]\d?)")


@app.command("repeat", cls=Command, epilog="Example: toile repeat 4f1c09 --tiles 3x3 --on polo-7")
def repeat(
    design: Annotated[
        str, typer.Argument(metavar="DESIGN", help="The id of yardage, or its first digits (4 or more).")
    ],
    tiles: Annotated[str, typer.Option("--tiles", help="Across x down.")] = "3x3",
    on: Annotated[
        str, typer.Option("--on", metavar="CONTENT_ID", help="A garment of the catalog that wears it.")
    ] = "",
    catalog: Annotated[
        str, typer.Option("--catalog", help="Key of the content catalog, without suffix.")
    ] = "content/catalog",
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the sheet goes; else repeat-DESIGN.png here.")
    ] = None,
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Draw a proof sheet: the repeat of a tile, and beside it a garment in the same cloth."""
    columns, rows = _counts(tiles)
    storage = open_root(root)
    with waiting(f"looking for {design}") as update:
        from flows.cli.show import find_design
        from flows.proof import mock_up, yardage_of

        row = find_design(storage, design.strip().lower())
        yardage = yardage_of(storage, row)
        worn = None
        if on:
            from catalogs.catalog import load_catalog
            from nst_core.engine import Engine

            update(f"dressing {on}")
            garment = load_catalog(storage, "content", catalog).row(on)
            worn = garment["title"] or on, mock_up(yardage, garment, storage, Engine(device="auto"))
        sheet = yardage.sheet(rows, columns, worn)
        path = out or Path(f"repeat-{row['design_id'][:8]}.png")
        write_file(path, sheet)
    told = {"design_id": row["design_id"], "picture": str(path), "repeat": yardage.repeat}
    if as_json:
        print_json(told | {"seam": row.get("seam"), "repeat_width_mm": row.get("repeat_width_mm")})
        return
    tell(f"{yardage.caption(rows, columns)}")
    tell(f"picture {path}")


def _counts(tiles: str) -> tuple[int, int]:
    from configs.errors import ConfigError

    found = _TILES.fullmatch(tiles.strip().lower())
    if found is None:
        raise ConfigError(f"--tiles is ACROSSxDOWN, as 3x3, at most 99 each; got {tiles!r}")
    return int(found[1]), int(found[2])
