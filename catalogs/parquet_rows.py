"""Parquet catalogs as the same rows of text that a CSV gives."""

from __future__ import annotations

import unicodedata
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.raw import MAX_ROWS, RawTable, bounded_row
from catalogs.refusals import CatalogUnreadable

MAX_UNCOMPRESSED_BYTES = 4 * 1024**3


def parse_parquet(data: bytes, *, key: str, expected: str) -> RawTable:
    """Take a Parquet file apart; numbers, dates and truth values become text, nulls and NaN become "".

    ``expected`` is there to match ``parse_csv``: a Parquet file needs no guess about its header.

    Raises:
        CatalogUnreadable: not a Parquet file, too large when unpacked, or a column of lists or structs.
    """
    del expected
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        _check_size(file.metadata, key)
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise CatalogUnreadable(f"{key} is no Parquet file that can be read: {error}", key=key) from error
    names = tuple(unicodedata.normalize("NFC", name.strip()) for name in table.column_names)
    columns = [_as_text(table.column(at), name, key) for at, name in enumerate(names)]
    rows = (
        bounded_row(line, dict(zip(names, cells, strict=True)))
        for line, cells in enumerate(zip(*columns, strict=True), start=1)
    )
    return RawTable(key, names, tuple(row for row in rows if row.broken or any(row.cells.values())))


def _check_size(metadata: Any, key: str) -> None:
    unpacked = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    if metadata.num_rows > MAX_ROWS or unpacked > MAX_UNCOMPRESSED_BYTES:
        raise CatalogUnreadable(
            f"{key} has {metadata.num_rows:,} rows and {unpacked / 1e9:.1f} GB unpacked; at most "
            f"{MAX_ROWS:,} rows and {MAX_UNCOMPRESSED_BYTES / 1e9:.1f} GB are taken",
            key=key,
        )


def _as_text(column: Any, name: str, key: str) -> list[str]:
    kind = column.type
    if pa.types.is_nested(kind):
        raise CatalogUnreadable(f"{key}: column {name!r} is {kind}; store text or numbers in it", key=key)
    if pa.types.is_floating(kind):
        # NaN is how pandas writes "nothing" into a column of numbers; 12.0 was an int before a null came by.
        return ["" if cell is None or cell != cell else f"{cell:.15g}" for cell in column.to_pylist()]
    try:
        text = column.cast(pa.string())
    except pa.ArrowException as error:
        raise CatalogUnreadable(
            f"{key}: column {name!r} is {kind} and cannot be read as text: {error}", key=key
        ) from error
    return ["" if cell is None else cell.strip() for cell in text.to_pylist()]
