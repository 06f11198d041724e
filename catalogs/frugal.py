"""Tables of a million rows, which are gigabytes: they lie in a file, and a block of them in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogs.storage.directory_errors import translated

BLOCK_ROWS = 65_536


def spooled(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Return tables of one schema as one, which from a block of rows on lies in a file, one chunk a block.

    The file is in the folder for temporary files (``TMPDIR``), has no name and is gone with the table. The
    system keeps as much of it in memory as there is room for.

    Args:
        tables: asked for one after the other, so that a generator's are never in memory all.
        schema: of each, without dictionaries.

    Raises:
        StorageError: the folder is full, or may not be written to.
    """
    blocks = _blocks(tables)
    first = next(blocks, None)
    if first is None:
        return schema.empty_table()
    if len(first) < BLOCK_ROWS:
        return pa.Table.from_batches([first], schema)
    folder = Path(tempfile.gettempdir())
    with translated("keep", "temporary rows", folder), NamedTemporaryFile(prefix="toile-rows-") as file:
        with pa.OSFile(file.name, "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for block in chain([first], blocks):
                writer.write_batch(block)
        return pa.ipc.open_file(pa.memory_map(file.name)).read_all()


def chosen(rows: pa.Table, wanted: Any) -> pa.Table:
    """Return the rows for which ``wanted``, a column of truth values, is true; all of them are no copy.

    Raises:
        StorageError: as ``spooled``.
    """
    if pc.all(wanted, min_count=0).as_py():
        return rows
    return spooled(_filtered(rows, wanted), rows.schema)


def taken(rows: pa.Table, at: pa.Array) -> pa.Table:
    """Return the rows at these positions, null ones where a position is null.

    Arrow's own ``take`` joins the chunks of each column first, all of them for every block.
    """
    batches = rows.to_batches()
    if len(batches) <= 1:
        return rows.take(at)
    positions = at.fill_null(-1).to_numpy()
    order = np.argsort(positions, kind="stable")
    ordered = positions[order]
    starts = np.cumsum([0, *map(len, batches)])
    cuts = np.searchsorted(ordered, starts)
    found = [pa.table([pa.nulls(int(cuts[0]), field.type) for field in rows.schema], names=rows.column_names)]
    for batch, start, first, last in zip(batches, starts[:-1], cuts[:-1], cuts[1:], strict=True):
        found.append(pa.Table.from_batches([batch.take(pa.array(ordered[first:last] - start))]))
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    plain = [table.cast(found[0].schema) for table in found]
    return pa.concat_tables(plain).combine_chunks().take(pa.array(back))


def _blocks(tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    """Yield the rows anew in blocks; all but the last have ``BLOCK_ROWS`` of them or more."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for table in tables:
        for batch in table.to_batches(max_chunksize=BLOCK_ROWS):
            held.append(batch)
            rows += len(batch)
            if rows >= BLOCK_ROWS:
                yield pa.concat_batches(held)
                held, rows = [], 0
    if held:
        yield pa.concat_batches(held)


def _filtered(rows: pa.Table, wanted: Any) -> Iterator[pa.Table]:
    start = 0
    for batch in rows.to_batches(max_chunksize=BLOCK_ROWS):
        yield pa.Table.from_batches([batch]).filter(wanted.slice(start, len(batch)))
        start += len(batch)
