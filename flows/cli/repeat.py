"""``toile repeat``: tiles of yardage as they come from the roll; one on a garment, or all of a batch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import AsJson, Root, address, open_root
from flows.cli.outputs import write_file
from flows.cli.reporting import Command, family, print_json, tell, waiting

if TYPE_CHECKING:
    from catalogs.storage import Storage

app = family()

_TILES = re.compile(r"([1-9]\d?)\s*[x×]\s*([1-9]\d?)")


@app.command(
    "repeat",
    cls=Command,
    epilog="Example: toile repeat 4f1c09 --tiles 3x3 --on polo-7, or toile repeat --batch yardage",
)
def repeat(
    design: Annotated[
        str, typer.Argument(metavar="[DESIGN]", help="The id of yardage, or its first digits (4 or more).")
    ] = "",
    batch: Annotated[
        str, typer.Option("--batch", metavar="BATCH", help="All yardage of this batch, four to a page.")
    ] = "",
    tiles: Annotated[str, typer.Option("--tiles", help="Across x down.")] = "3x3",
    on: Annotated[
        str, typer.Option("--on", metavar="CONTENT_ID", help="A garment of the catalog that wears it.")
    ] = "",
    catalog: Annotated[
        str, typer.Option("--catalog", help="Key of the content catalog, without suffix.")
    ] = "content/catalog",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Where the sheet goes, else repeat-DESIGN.png; a batch's folder, else beside its report.",
        ),
    ] = None,
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Draw a proof sheet: the repeat of a tile, and beside it a garment in the same cloth.

    With --batch: pages with the repeats of all its tiles. Pages that are there are left alone.
    """
    columns, rows = _counts(tiles)
    _check_what(design, batch, on)
    storage = open_root(root)
    if batch:
        _repeat_batch(storage, batch, (columns, rows), out, as_json=as_json)
        return
    with waiting(f"looking for {design}") as update:
        from flows.cli.show import find_design
        from flows.marking.terms import terms_of_design
        from flows.prints.proof import mock_up, yardage_of

        row = find_design(storage, design.strip().lower())
        yardage = yardage_of(storage, row)
        worn = None
        if on:
            from catalogs.catalog import load_catalog
            from nst_core.engine import Engine

            update(f"dressing {on}")
            garment = load_catalog(storage, "content", catalog).row(on)
            worn = garment["title"] or on, mock_up(yardage, garment, storage, Engine(device="auto"))
        sheet = yardage.sheet(rows, columns, worn, xmp=terms_of_design(storage, row).xmp)
        path = out or Path(f"repeat-{row['design_id'][:8]}.png")
        write_file(path, sheet)
    told = {"design_id": row["design_id"], "picture": str(path), "repeat": yardage.repeat}
    if as_json:
        print_json(told | {"seam": row.get("seam"), "repeat_width_mm": row.get("repeat_width_mm")})
        return
    tell(f"{yardage.caption(rows, columns)}")
    tell(f"picture {path}")


def _repeat_batch(
    storage: Storage, batch: str, tiles: tuple[int, int], out: Path | None, *, as_json: bool
) -> None:
    from catalogs.layout import proof_key
    from flows.batch_ids import find_batch_id

    batch_id = find_batch_id(storage, batch)
    with waiting(f"reading {batch_id}") as update:
        from flows.prints.proof_pages import draw_pages, proof_pages

        pages = proof_pages(storage, batch_id, tiles=tiles)

        def is_there(name: str) -> bool:
            return storage.exists(proof_key(batch_id, name)) if out is None else (out / name).is_file()

        def write(name: str, data: bytes) -> None:
            if out is None:
                storage.write_atomic(proof_key(batch_id, name), data, content_type="image/png")
            else:
                write_file(out / name, data)

        drawn = 0
        for _ in draw_pages(pages, storage, is_there=is_there, write=write):
            drawn += 1
            update(f"drawing the repeats of {batch_id}: {drawn} pages")
    places = [
        address(storage, proof_key(batch_id, one.name)) if out is None else str(out / one.name)
        for one in pages
    ]
    count = sum(len(page.rows) for page in pages)
    if as_json:
        told = [
            {"picture": place, "designs": [row["design_id"] for row in page.rows]}
            for place, page in zip(places, pages, strict=True)
        ]
        print_json({"batch_id": batch_id, "tiles": count, "drawn": drawn, "pages": told})
        return
    tell(f"{batch_id}: {count:,} tiles on {len(pages):,} pages, {drawn:,} drawn now, the others were there")
    for place in places:
        tell(f"page {place}")


def _check_what(design: str, batch: str, on: str) -> None:
    from configs.errors import ConfigError

    if bool(design) == bool(batch):
        raise ConfigError(
            "name a DESIGN, as toile repeat 4f1c09, or a batch, as toile repeat --batch yardage"
        )
    if batch and on:
        raise ConfigError(
            "--on dresses a garment in one DESIGN; for garments in all cloth of a batch run one such as "
            "collection"
        )


def _counts(tiles: str) -> tuple[int, int]:
    from configs.errors import ConfigError

    found = _TILES.fullmatch(tiles.strip().lower())
    if found is None:
        raise ConfigError(f"--tiles is ACROSSxDOWN, as 3x3, at most 99 each; got {tiles!r}")
    return int(found[1]), int(found[2])
