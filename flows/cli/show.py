"""``toile show``: what a design was made from, how, and what its scores are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import AsJson, Root, address, open_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalogs.storage import Storage

app = family()

# Of one cell; --json has all of it.
SHOWN_CHARS = 2000
_HEX = re.compile(r"[0-9a-f]{4,32}")
_BLOCKS = (
    ("what it is", ("design_id", "status", "error_code", "error", "batch_id", "shard_id", "flags")),
    ("garment", ("content_id", "content_title", "category", "season", "content_licence",
                 "content_licence_expires", "content_territories", "content_source",
                 "content_attribution_line", "content_key", "content_sha256", "mask_key", "mask_sha256",
                 "mask_source", "mask_area", "mask_confidence", "protect_key", "protect_sha256",
                 "regions_key", "regions_sha256")),
    ("textile", ("style_id", "style_title", "style_kind", "style_licence", "style_licence_expires",
                 "style_territories", "credit", "style_source", "style_attribution_line",
                 "style_key", "style_sha256", "motif_share", "further_styles")),
    ("cloth", ("maker", "repeat", "repeat_width_mm", "repeat_share")),
    ("controls", ("strength", "keep_colours", "motif_scale", "rotation_deg", "palette_id",
                  "palette_key", "palette_sha256")),
    ("scores", ("ssim", "ssim_garment", "gmd", "gmd_image", "gmd_heldout", "motif", "relief", "speckle",
                "tv", "seam", "banding", "legibility", "off_palette", "chroma_speckle", "max_copy",
                "novelty")),
    ("how", ("recipe", "recipe_hash", "size_px", "width_px", "height_px", "colorway", "seed", "steps",
             "seconds", "device", "precision", "engine_version", "weights_sha256", "git_revision",
             "prefect_run_id", "rendered_at_utc")),
    ("files", ("image_key", "image_sha256", "thumb_key", "thumb_sha256")),
)  # fmt: skip


@app.command("show", cls=Command, epilog="Example: toile show 4f1c09 --root demo-bucket")
def show(
    design: Annotated[
        str, typer.Argument(metavar="DESIGN", help="A design's id, or its first digits (4 or more).")
    ],
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Show a design's provenance and scores: its row of the manifest, as the image itself carries it."""
    storage = open_root(root)
    with waiting(f"looking for {design}"):
        row = find_design(storage, design.strip().lower())
    if as_json:
        print_json(row)
        return
    _show(storage, row)


def find_design(storage: Storage, digits: str) -> dict[str, Any]:
    """Return the row of the design whose id begins so: from its image, else from the manifests.

    Raises:
        NotFound: no such design.
        ConfigError: no digits of an id, or several designs begin with them.
    """
    from catalogs.errors import NotFound
    from catalogs.layout import DESIGNS_PREFIX, design_key
    from configs.errors import ConfigError

    if not _HEX.fullmatch(digits):
        raise ConfigError(
            f"a design's id is 32 hex digits, of which the first 4 or more will do; got {digits!r}"
        )
    listed = storage.list(f"{DESIGNS_PREFIX}{digits[:2]}/{digits}")
    painted = [stat.key.rpartition("/")[2].removesuffix(".png") for stat in listed]
    rows = {} if painted else {row["design_id"]: row for row in _unpainted(storage, digits)}
    found = painted or sorted(rows)
    if not found:
        raise NotFound(
            f"no design {digits} under {storage.root}: it was not painted, and is in no manifest",
            key=DESIGNS_PREFIX,
        )
    if len(found) > 1:
        raise ConfigError(
            f"{len(found)} designs begin with {digits}: {', '.join(found[:5])}; give more digits"
        )
    return _row_inside(storage.read(design_key(found[0])), found[0]) if painted else rows[found[0]]


def _row_inside(image: bytes, design_id: str) -> dict[str, Any]:
    import hashlib

    from catalogs.errors import NotFound
    from catalogs.manifest import row_from_json
    from flows.marking.provenance import ROW_KEYWORD
    from nst_core.codec import read_png_text

    text = read_png_text(image).get(ROW_KEYWORD)
    if text is None:
        raise NotFound(f"the image of {design_id} carries no row; it was not painted by Toile", key=design_id)
    # An image cannot hold the digest of itself.
    return row_from_json(text) | {"image_sha256": hashlib.sha256(image).hexdigest()}


def _unpainted(storage: Storage, digits: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of failed and skipped designs, newest batch first, until one is found."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from catalogs.layout import BATCHES_PREFIX
    from catalogs.manifest import MANIFEST_SCHEMA
    from catalogs.parts import read_rows

    manifests = [stat for stat in storage.list(BATCHES_PREFIX) if stat.key.endswith("/manifest.parquet")]
    for stat in sorted(manifests, key=lambda stat: stat.modified_at_utc, reverse=True):
        rows: pa.Table = read_rows(storage.read(stat.key), key=stat.key, schema=MANIFEST_SCHEMA)
        found = rows.filter(pc.starts_with(rows.column("design_id"), digits)).to_pylist()
        if found:
            yield from found
            return


def _show(storage: Storage, row: dict[str, Any]) -> None:
    from rich.table import Table

    from catalogs.report.yardage import is_yardage

    shown = {name for _, names in _BLOCKS for name in names}
    for title, names in _BLOCKS:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for name in names:
            if (value := row.get(name)) not in (None, "", []) and not (
                title == "garment" and is_yardage(row)
            ):
                table.add_row(f"  {name}", _as_text(storage, name, value))
        if table.row_count:
            tell(title)
            console().print(table, markup=False, highlight=False)
    extras = {name: value for name, value in row.items() if name not in shown and value not in (None, "")}
    if extras:
        tell("from the catalogs")
        for name, value in extras.items():
            tell(f"  {name}  {_as_text(storage, '', value)}")


def _as_text(storage: Storage, name: str, value: Any) -> str:
    if name.endswith("_key"):
        return address(storage, value)
    if isinstance(value, float):
        return f"{value:.3f}"
    from catalogs.report.words import plain

    if name == "further_styles":
        return ", ".join(f"{one['style_id']} {one['region'] or format(one['share'], '.0%')}" for one in value)
    told = ", ".join(map(str, value)) if isinstance(value, list) else value
    return plain(told, at_most=SHOWN_CHARS)
