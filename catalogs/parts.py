"""Parts: what each shard of a batch writes when it is done, and all of them read back as one table."""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.errors import NotFound
from catalogs.frugal import chosen, spooled
from catalogs.layout import part_key, parts_prefix
from catalogs.manifest import (
    MANIFEST_SCHEMA,
    OK,
    RESULT_COLUMNS,
    VERSION_KEY,
    manifest_schema,
    rows_to_table,
)
from catalogs.plan import LACKING, WORD, Plan, with_columns
from catalogs.refusals import ManifestRefused
from catalogs.storage import Storage

THREADS = 16
# Parts that are read before the first of them is looked at.
PARTS_AT_ONCE = 256
BLOCK_ROWS = 65_536
_BUFFER_BYTES = 1 << 20
RESULTS_SCHEMA = pa.schema(
    [MANIFEST_SCHEMA.field("design_id"), *(MANIFEST_SCHEMA.field(name) for name in RESULT_COLUMNS)]
)
_log = logging.getLogger(__name__)


def write_part(
    storage: Storage,
    batch_id: str,
    shard_id: int,
    rows: Sequence[Mapping[str, Any]],
    *,
    extras: Iterable[str] = (),
) -> str:
    """Write the rows of a shard, whole or not at all, and return the part's key.

    Written last, after the shard's images, the part is the only mark of "done". Its name holds a hash of its
    design ids: the same designs overwrite their own part, others get another.

    Raises:
        ManifestRefused: rows that do not fit the schema, of another batch, or twice the same design.
    """
    table = rows_to_table(rows, extras)
    ids = table.column("design_id").to_pylist()
    if not ids:
        raise ManifestRefused(f"shard {shard_id} of {batch_id} has no rows; an empty shard writes no part")
    if len(set(ids)) != len(ids):
        raise ManifestRefused(f"shard {shard_id} of {batch_id} has two rows of one design")
    if others := set(table.column("batch_id").to_pylist()) - {batch_id}:
        raise ManifestRefused(f"a part of {batch_id} holds rows of {', '.join(sorted(others))}")
    key = part_key(batch_id, shard_id, ids)
    storage.write_atomic(key, to_parquet(table))
    return key


def read_parts(
    storage: Storage,
    batch_id: str,
    *,
    columns: Sequence[str] | None = None,
    plan: Plan | None = None,
    shards: range = range(0),
) -> pa.Table:
    """Return the rows of all parts of a batch; a design may be there more than once, see ``best_rows``.

    A part that cannot be read is left out and logged: its designs count as not reached, are found again from
    their images, and their part is written anew.

    Args:
        storage: where the batch is.
        batch_id: the batch.
        columns: of the schema; None is the design id and everything that painting adds.
        plan: read only the parts of its ``shards``, as they are planned there; None: all parts.
        shards: of that plan.
    """
    schema = (
        RESULTS_SCHEMA if columns is None else pa.schema([MANIFEST_SCHEMA.field(name) for name in columns])
    )
    if plan is None:
        keys = [stat.key for stat in storage.list(parts_prefix(batch_id)) if stat.key.endswith(".parquet")]
    else:
        ids = {shard_id: plan.shard(shard_id).column("design_id").to_pylist() for shard_id in shards}
        keys = [part_key(batch_id, shard_id, designs) for shard_id, designs in ids.items() if designs]
    return spooled(_each_part(storage, keys, schema), schema)


def best_rows(rows: pa.Table) -> pa.Table:
    """Return one row a design: an ok one before a failed one, and of those the latest."""
    if pc.count_distinct(rows.column("design_id")).as_py() == len(rows):
        return rows
    marked = rows.append_column("_failed", pc.not_equal(rows.column("status"), OK))
    marked = marked.append_column("_row", pa.array(range(len(rows)), pa.int64()))
    order = pc.sort_indices(
        marked.select(["design_id", "_failed", "rendered_at_utc", "_row"]),
        sort_keys=[
            ("design_id", "ascending"),
            ("_failed", "ascending"),
            ("rendered_at_utc", "descending"),
            ("_row", "descending"),
        ],
    )
    ids = rows.column("design_id").take(order).combine_chunks()
    starts = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
    first = pa.concat_arrays([pa.array([True]), starts])
    best = np.zeros(len(rows), np.bool_)
    best[order.filter(first)] = True
    return chosen(rows, pa.array(best))


def to_parquet(table: pa.Table) -> bytes:
    """Return a table as a Parquet file, zstd."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_rows(data: bytes, *, key: str, schema: pa.Schema) -> pa.Table:
    """Read the columns of ``schema`` from the bytes of a part or a manifest; ``key`` names them in errors.

    Raises:
        ManifestRefused: not a Parquet file, not one of ours, of another schema version, or without a column.
    """
    with _refusing(key):
        file, version = _open(data, key)
        there = file.schema_arrow.names
        later = [name for name in LACKING[version] if name in schema.names and name not in there]
        table = file.read(columns=[name for name in schema.names if name not in later])
        table = with_columns(table, later, schema)
        return table.select(schema.names).cast(schema)


def read_columns(data: bytes, *, key: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read columns by name, extras included, from the bytes of a part or a manifest; None reads all of them.

    Raises:
        ManifestRefused: as ``read_rows``.
    """
    with _refusing(key):
        names = _names(*_open(data, key)) if columns is None else list(columns)
    return spooled(read_blocks(data, key=key, columns=names), _schema(names))


def read_blocks(
    data: bytes | Path,
    *,
    key: str,
    columns: Sequence[str] | None = None,
    rows: int = BLOCK_ROWS,
    words: Collection[str] = (),
) -> Generator[pa.Table]:
    """Yield a part or a manifest block by block, so that memory stays small; otherwise as ``read_columns``.

    Args:
        data: its bytes, or a file that holds them.
        key: names it in errors.
        columns: of the schema or extras; None is all that the file has.
        rows: of a block at most.
        words: text columns to yield as dictionaries, which costs a fraction where text repeats.

    Raises:
        ManifestRefused: as ``read_rows``, also in the middle of a file.
    """
    with _refusing(key):
        file, version = _open(data, key, words)
        there = file.schema_arrow.names
        names = _names(file, version) if columns is None else list(columns)
        schema = _schema(names, words)
        later = [name for name in LACKING[version] if name in names and name not in there]
        wanted = [name for name in names if name not in later]
        for batch in file.iter_batches(batch_size=rows, columns=wanted):
            block = with_columns(pa.Table.from_batches([batch]), later, schema)
            yield block.select(names).cast(schema)


def _open(data: bytes | Path, key: str, words: Collection[str] = ()) -> tuple[pq.ParquetFile, str]:
    """Return the file and the version of its schema."""
    source = data if isinstance(data, Path) else pa.BufferReader(data)
    # through a buffer: a manifest is one group of rows, of which a column would otherwise be read at once
    file = pq.ParquetFile(source, read_dictionary=list(words), pre_buffer=False, buffer_size=_BUFFER_BYTES)
    version = (file.schema_arrow.metadata or {}).get(VERSION_KEY.encode(), b"none").decode()
    if version not in LACKING:
        raise ManifestRefused(
            f"{key} has schema version {version}, this Toile reads {' and '.join(LACKING)}",
            code="manifest_version",
            key=key,
        )
    return file, version


def _names(file: pq.ParquetFile, version: str) -> list[str]:
    """Return the columns that the file has, and those that a file of its version is read with."""
    return list(dict.fromkeys([*file.schema_arrow.names, *LACKING[version]]))


def _schema(names: Sequence[str], words: Collection[str] = ()) -> pa.Schema:
    """Return the schema of these columns, ``words`` as dictionaries; a name that nobody knows is an extra."""
    whole = manifest_schema(name for name in names if name not in MANIFEST_SCHEMA.names)
    fields = [whole.field(name) for name in names]
    as_words = [field.with_type(WORD) if field.name in words else field for field in fields]
    return pa.schema(as_words, metadata=whole.metadata)


@contextmanager
def _refusing(key: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise ManifestRefused(
            f"{key} cannot be read: {error}", code="manifest_unreadable", key=key
        ) from error


def _each_part(storage: Storage, keys: Sequence[str], schema: pa.Schema) -> Iterator[pa.Table]:
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        for start in range(0, len(keys), PARTS_AT_ONCE):
            some = keys[start : start + PARTS_AT_ONCE]
            tables = pool.map(lambda key: _read_part(storage, key, schema), some)
            yield from (table for table in tables if table is not None)


def _read_part(storage: Storage, key: str, schema: pa.Schema) -> pa.Table | None:
    try:
        return read_rows(storage.read(key), key=key, schema=schema)
    except NotFound:
        return None  # removed between the listing and the reading
    except ManifestRefused as error:
        _log.warning("%s; its designs count as not reached", error)
        return None
