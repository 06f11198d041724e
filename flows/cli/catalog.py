"""``toile catalog``: write a first catalog from a folder of images, and check one."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Root, address, open_root
from flows.cli.reporting import Command, console, family, print_json, say, tell, waiting

if TYPE_CHECKING:
    from catalogs.catalog import Catalog
    from catalogs.storage import Storage

app = family("Catalogs of garments (content) and textiles (style).")
MOST_PROBLEMS_SHOWN = 200


class Kind(StrEnum):
    """The two catalogs."""

    CONTENT = "content"
    STYLE = "style"


@app.command(
    "scan",
    cls=Command,
    epilog="Example: toile catalog scan content --licence own --source 'studio, spring' --root demo-bucket",
)
def scan(
    kind: Annotated[Kind, typer.Argument(help="content (garments) or style (textiles).")],
    prefix: Annotated[
        str | None,
        typer.Option("--prefix", help="Folder under the root with the images; else content or style."),
    ] = None,
    licence: Annotated[
        str, typer.Option("--licence", help="Of every image: CC0-1.0, CC-BY-4.0, own, proprietary:NAME …")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="Where the images come from.")] = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a catalog.csv that is there.")
    ] = False,
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Write catalog.csv with a row for every image of a folder.

    Masks are found by their names: tee_mask.png beside tee.jpg, or masks/tee.png. What is protected in a
    picture likewise: tee_protect.png, or protect/tee.png.
    """
    from catalogs.scan import scan as scan_folder

    storage = open_root(root)
    with waiting(f"looking for images in {storage.root}"):
        scanned = scan_folder(
            storage, kind.value, prefix, licence=licence, source=source, overwrite=overwrite
        )
    if as_json:
        print_json(asdict(scanned))
        return
    masks = f", {scanned.with_mask} with a mask" if kind is Kind.CONTENT else ""
    tell(f"{scanned.rows} images{masks}: {address(storage, scanned.key)}")
    if scanned.unused:
        say(f"{len(scanned.unused)} other files were left out, such as {', '.join(scanned.unused[:3])}")
    if not licence:
        say("fill in the column licence (or scan again with --licence), then: toile catalog check")


@app.command("check", cls=Command, epilog="Example: toile catalog check --root demo-bucket")
def check(
    kind: Annotated[Kind | None, typer.Argument(help="content or style; both where left out.")] = None,
    name: Annotated[
        str | None, typer.Option("--catalog", help="Key of the file; else content/catalog and style/catalog.")
    ] = None,
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Check every row and every image; exit code 1 when a row cannot be used or has no licence."""
    storage = open_root(root)
    kinds = [kind] if kind is not None else list(Kind)
    catalogs = [_load(storage, one, name if kind is not None else None) for one in kinds]
    if as_json:
        print_json([_as_values(catalog) for catalog in catalogs])
    else:
        for catalog in catalogs:
            _show(catalog)
    if any(catalog.broken or catalog.unlicensed for catalog in catalogs):
        raise typer.Exit(Exit.FAILED)


def _load(storage: Storage, kind: Kind, name: str | None) -> Catalog:
    from catalogs.catalog import load_catalog

    message = f"reading the {kind.value} catalog and its images"
    with waiting(message) as update:
        return load_catalog(
            storage,
            kind.value,
            name,
            on_read=lambda done, all_of_them: update(f"{message}: {done:,} of {all_of_them:,}"),
        )


def _as_values(catalog: Catalog) -> dict[str, Any]:
    return {
        "catalog": catalog.key,
        "usable": len(catalog.rows),
        "broken": len(catalog.broken),
        "unlicensed": catalog.unlicensed,
        "extra_columns": list(catalog.extras),
        "problems": [asdict(problem) for problem in catalog.problems],
    }


def _show(catalog: Catalog) -> None:
    from rich.table import Table

    notes = sum(not problem.breaks for problem in catalog.problems)
    counts = f"{len(catalog.rows)} rows can be used, {len(catalog.broken)} cannot, {notes} notes"
    if catalog.unlicensed:
        counts += f", {catalog.unlicensed} without a licence"
    tell(f"{catalog.key}: {counts}")
    if not catalog.problems:
        return
    table = Table("line", "id", "column", "", "what is wrong and what to do", box=None, pad_edge=False)
    for problem in catalog.problems[:MOST_PROBLEMS_SHOWN]:
        kind = "broken" if problem.breaks else "note"
        table.add_row(str(problem.line), problem.id, problem.column, kind, problem.message)
    console().print(table, markup=False, highlight=False)
    if len(catalog.problems) > MOST_PROBLEMS_SHOWN:
        say(f"… and {len(catalog.problems) - MOST_PROBLEMS_SHOWN} more; --json prints all")
