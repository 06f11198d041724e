"""Which file is the catalog, and is it a table with the columns of one."""

from __future__ import annotations

from pathlib import PurePosixPath

from catalogs.csv_rows import parse_csv
from catalogs.errors import CatalogMissing
from catalogs.kinds import CatalogKind
from catalogs.nearest import did_you_mean
from catalogs.parquet_rows import parse_parquet
from catalogs.raw import MAX_CATALOG_BYTES, MAX_COLUMNS, RawTable
from catalogs.refusals import CatalogUnreadable
from catalogs.storage import Storage

SUFFIXES = (".csv", ".parquet")


def find_catalog(storage: Storage, kind: CatalogKind, name: str | None = None) -> str:
    """Return the key of the one catalog file that ``name`` stands for.

    Args:
        storage: where to look.
        kind: content or style.
        name: a key with its suffix, or without (then ``.csv`` or ``.parquet``, whichever is there);
            None is ``<kind>/catalog``.

    Raises:
        CatalogMissing: there is none; the message says how to make one.
        CatalogUnreadable: both forms are there, so that an edit of one would be silently ignored; or the
            name has no folder.
    """
    wanted = name or f"{kind.name}/catalog"
    if not catalog_folder(wanted):
        raise CatalogUnreadable(
            f"a catalog lies in a folder beside its images, such as {kind.name}/{wanted}; got {wanted!r}"
        )
    suffix = PurePosixPath(wanted).suffix.casefold()
    keys = [wanted] if suffix in SUFFIXES else [wanted + ending for ending in SUFFIXES]
    found = [key for key in keys if storage.exists(key)]
    if not found:
        raise CatalogMissing(
            f"no {kind.name} catalog: {' or '.join(keys)} is not under {storage.root}; put images into "
            f"{catalog_folder(wanted)}/ and run `toile catalog scan {kind.name} --licence ...`, or write the "
            f"file with the columns {', '.join(kind.required)}",
            keys=keys,
            root=storage.root,
        )
    if len(found) > 1:
        raise CatalogUnreadable(
            f"{found[0]} and {found[1]} are both there; remove one, or name one with its suffix in the batch "
            f"({kind.name}_catalog: {found[0]})",
            code="catalog_ambiguous",
            keys=found,
        )
    return found[0]


def read_table(storage: Storage, kind: CatalogKind, key: str) -> RawTable:
    """Read the catalog file at ``key`` and check its header.

    Raises:
        CatalogUnreadable: too large, not a table, columns missing or named twice, or no rows.
    """
    size = storage.stat(key).size
    if size > MAX_CATALOG_BYTES:
        limit = f"{MAX_CATALOG_BYTES / 1e6:,.0f} MB"
        raise CatalogUnreadable(f"{key} has {size / 1e6:,.0f} MB; a catalog has at most {limit}", key=key)
    if size == 0:
        raise CatalogUnreadable(f"{key} is empty; {_remedy(kind)}", code="catalog_empty", key=key)
    parse = parse_parquet if key.casefold().endswith(".parquet") else parse_csv
    table = parse(storage.read(key), key=key, expected=kind.id_column)
    check_header(table, kind)
    if not table.rows:
        message = f"{key} has a header and no rows; {_remedy(kind)}"
        raise CatalogUnreadable(message, code="catalog_empty", key=key)
    return table


def check_header(table: RawTable, kind: CatalogKind) -> None:
    """Refuse a table whose columns are not a catalog's.

    Raises:
        CatalogUnreadable: every missing or repeated column in one message, with the nearest names.
    """
    columns = table.columns
    spare = [name for name in columns if name not in kind.columns]
    twice = [name for name in dict.fromkeys(columns) if columns.count(name) > 1]
    wrong = [f"the column {name!r} is there {columns.count(name)} times" for name in twice]
    wrong += [
        f"no column {name!r}{did_you_mean(name, spare)}" for name in kind.required if name not in columns
    ]
    wrong += [
        f"the column {name!r} has a name that Toile uses itself; rename it"
        for name in spare
        if name in kind.taken
    ]
    wrong += ["a column has no name"] if "" in columns else []
    wrong += (
        [f"{len(columns)} columns, at most {MAX_COLUMNS} are taken"] if len(columns) > MAX_COLUMNS else []
    )
    if wrong:
        raise CatalogUnreadable(
            f"{table.key}: {'; '.join(wrong)} (a {kind.name} catalog has the columns "
            f"{', '.join(kind.required)}; optional: {', '.join(kind.optional)}; others are carried along)",
            code="catalog_header",
            key=table.key,
            got=list(columns),
        )


def catalog_folder(key: str) -> str:
    """Return the folder of a catalog's key, "" for the root; image paths are relative to it."""
    return key.rpartition("/")[0]


def _remedy(kind: CatalogKind) -> str:
    return f"list images in it, or let `toile catalog scan {kind.name}` write it anew"
