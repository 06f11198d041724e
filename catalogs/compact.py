"""A Parquet file as a table that takes little room: read column by column, alike columns kept once."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def read_compact(data: bytes, schema: pa.Schema, *, filters: pc.Expression | None = None) -> pa.Table:
    """Return a file's columns as ``schema`` has them, in one piece each; those that it lacks are null.

    Columns of one catalog (id, key, sha256, title) differ in their texts, and where these are found is the
    same for all of them: it is kept once.

    Args:
        data: of the file.
        schema: of the table.
        filters: which rows; None: all.
    """
    file = pq.ParquetFile(pa.BufferReader(data))
    some = None if filters is None else pq.read_table(pa.BufferReader(data), filters=filters)
    rows = file.metadata.num_rows if some is None else len(some)
    found: list[pa.Array] = []
    columns = []
    for field in schema:
        if field.name not in file.schema_arrow.names:
            columns.append(pa.nulls(rows, field.type))
            continue
        table = file.read(columns=[field.name]) if some is None else some.select([field.name])
        column = _in_one_piece(table.column(0).unify_dictionaries()).cast(field.type)
        columns.append(_sharing(column, found) if pa.types.is_dictionary(field.type) else column)
    return pa.table(columns, schema=schema)


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def _sharing(column: pa.DictionaryArray, found: list[pa.Array]) -> pa.DictionaryArray:
    """Return a column with indices among those found before, where they are the same."""
    same = next((indices for indices in found if indices.equals(column.indices)), None)
    if same is None:
        found.append(column.indices)
        return column
    return pa.DictionaryArray.from_arrays(same, column.dictionary)
