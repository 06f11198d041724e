"""Tables of a million rows, which are gigabytes, without a copy more than is needed."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def chosen(rows: pa.Table, wanted: Any) -> pa.Table:
    """Return the rows for which ``wanted``, a column of truth values, is true; all of them are no copy."""
    return rows if pc.all(wanted, min_count=0).as_py() else rows.filter(wanted)


def in_one_piece(tables: list[pa.Table]) -> pa.Table:
    """Return tables of one schema as one whose columns lie in one piece each, and leave the list empty.

    Where nobody else holds the tables, no more is in memory twice than a column.
    """
    whole = pa.concat_tables(tables)
    tables.clear()
    schema = whole.schema
    columns = []
    for name in schema.names:
        columns.append(whole.column(name).combine_chunks())
        whole = whole.drop_columns([name])
    return pa.table(columns, schema=schema)
