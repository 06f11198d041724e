"""What the catalogs say today of the licences of a design's images: contracts end, and are renewed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalogs.errors import CatalogMissing
from catalogs.further import join_cells
from catalogs.kinds import KindName, kind_named
from catalogs.licences import attribution
from catalogs.storage import Storage
from catalogs.tables import find_catalog, read_table
from catalogs.validation import CheckedRow, check_rows

TERMS_COLUMNS = ("licence", "licence_expires", "territories", "attribution_line")

Images = Sequence[tuple[str, str]]


def terms_today(
    storage: Storage, row: Mapping[str, Any], *, content_catalog: str, style_catalog: str
) -> dict[str, str]:
    """Return the manifest's columns about a design's licences, as its catalogs have them now.

    Those of the garment, or of all its textiles, are left out where one of the images is in the catalog no
    more, under its id and with its path, or stands in a row that cannot be used.

    Args:
        storage: where the catalogs are; no image is read.
        row: of the design.
        content_catalog, style_catalog: their keys, as a batch names them.

    Raises:
        CatalogUnreadable: a catalog is there, and is none.
        StorageError: the storage is away.
    """
    kinds: tuple[tuple[KindName, str, Images], ...] = (
        ("content", content_catalog, list(_garment(row))),
        ("style", style_catalog, list(_textiles(row))),
    )
    found: dict[str, str] = {}
    for kind, catalog, images in kinds:
        rows = _rows(storage, kind, catalog, images)
        if rows:
            cells = {name: [_cell(one, name) for one in rows] for name in TERMS_COLUMNS}
            found |= {f"{kind}_{name}": join_cells(name, told) for name, told in cells.items()}
    return found


def _garment(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if row.get("content_key"):
        yield row["content_id"], row["content_key"]


def _textiles(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield row["style_id"], row["style_key"]
    for style in row.get("further_styles") or ():
        yield style["style_id"], style["key"]
    if row.get("palette_key"):
        yield row["palette_id"], row["palette_key"]


def _rows(storage: Storage, kind: KindName, catalog: str, images: Images) -> list[CheckedRow]:
    """Return the catalog's row of each image; none at all where one of them has none."""
    columns = kind_named(kind)
    try:
        table = read_table(storage, columns, find_catalog(storage, columns, catalog)) if images else None
    except CatalogMissing:
        return []
    if table is None:
        return []
    rows = {row.id: row for row in check_rows(table, columns) if not row.broken}
    found = [rows[name] for name, key in images if name in rows and _same(rows[name].keys["image"], key)]
    return found if len(found) == len(images) else []


def _same(key: str, other: str) -> bool:
    """Say whether two keys are one, whatever form the storage or a spreadsheet gave their accents."""
    return unicodedata.normalize("NFC", key) == unicodedata.normalize("NFC", other)


def _cell(row: CheckedRow, column: str) -> str:
    if column == "attribution_line":
        return attribution(row.title, row.licence, credit=row.cell("credit"), source=row.cell("source"))
    return str(getattr(row, column))
