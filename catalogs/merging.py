"""A plan and what painting gave, merged into the manifest: every planned design a row with a status."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.done import Done
from catalogs.manifest import BUDGET, FAILED, OK, PLAN_COLUMNS, RESULT_FIELDS, SKIPPED, manifest_schema
from catalogs.parts import RESULTS_SCHEMA
from catalogs.plan import Plan
from catalogs.refusals import ManifestRefused

ROW_GROUP_ROWS = 65_536
# The gallery's order: a garment's designs lie together.
SORTED_BY = ("content_id", "style_id", "recipe", "size_px", "seed", "design_id")

MISSING = ("missing", "the design was not reached; the next run paints it")
NO_TIME = (BUDGET, "the batch's time was up before this design; the next run paints it")


def merge(plan: Plan, done: Done, *, budget_spent: bool = False) -> pa.Table:
    """Return the manifest's rows, sorted for the gallery; text that repeats stays in dictionary columns.

    Args:
        plan: what was planned; its columns win over what an older row says about titles and keys.
        done: finished designs and the failed ones.
        budget_spent: see ``publish``.

    Raises:
        ManifestRefused: planned = ok + failed + skipped does not hold.
    """
    tried = pa.concat_tables([done.table, done.failed])
    reached = _painted_columns(plan, tried, budget_spent=budget_spent)
    decided = _decided_columns(plan)
    columns = {name: plan.table.column(name) for name in (*PLAN_COLUMNS, *plan.extras)}
    columns |= {
        field.name: pa.chunked_array([*reached[field.name].chunks, *decided[field.name].chunks], field.type)
        for field in RESULT_FIELDS
    }
    table = pa.table({name: columns[name] for name in manifest_schema(plan.extras).names})
    _check_sum(plan, table)
    keys = pa.table({name: pc.cast(table.column(name), _plain(table, name)) for name in SORTED_BY})
    return table.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in SORTED_BY]))


def encode_manifest(table: pa.Table, extras: tuple[str, ...]) -> bytes:
    """Return the manifest as Parquet, in the explicit schema, block by block so that memory stays small.

    The same rows always give the same bytes.
    """
    schema = manifest_schema(extras)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for start in range(0, len(table), ROW_GROUP_ROWS):
            block = table.slice(start, ROW_GROUP_ROWS)
            writer.write_table(block.cast(schema), row_group_size=ROW_GROUP_ROWS)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _painted_columns(plan: Plan, tried: pa.Table, *, budget_spent: bool) -> dict[str, pa.ChunkedArray]:
    """Return the result columns of the rows that were to be painted, in the plan's order."""
    positions = pc.index_in(plan.render_ids, value_set=tried.column("design_id").combine_chunks())
    rows = tried.combine_chunks().take(positions)
    status, (code, sentence) = (SKIPPED, NO_TIME) if budget_spent else (FAILED, MISSING)
    unreached = pc.is_null(positions)
    columns = {name: rows.column(name) for name in RESULTS_SCHEMA.names}
    for name, value in (("status", status), ("error_code", code), ("error", sentence)):
        columns[name] = pc.if_else(unreached, pa.scalar(value, pa.string()), columns[name])
    return {name: _chunked(column) for name, column in _without_refused(plan, columns).items()}


def _without_refused(plan: Plan, columns: dict[str, Any]) -> dict[str, Any]:
    """Return the columns with finished designs skipped of which the plan says why they do not count."""
    told = {name: plan.table.column(name).slice(0, plan.to_render) for name in ("error_code", "error")}
    if told["error_code"].null_count == plan.to_render:
        return columns
    said = {name: column.cast(pa.string()).combine_chunks() for name, column in told.items()}
    refused = pc.and_(pc.is_valid(said["error_code"]), pc.equal(columns["status"], OK))
    said["status"] = pa.scalar(SKIPPED, pa.string())
    return columns | {name: pc.if_else(refused, value, columns[name]) for name, value in said.items()}


def _decided_columns(plan: Plan) -> dict[str, pa.ChunkedArray]:
    """Return the result columns of the rows that the plan itself skipped or failed."""
    rows = plan.table.slice(plan.to_render)
    said = {"status": "state", "error_code": "error_code", "error": "error"}
    return {
        field.name: _chunked(
            rows.column(said[field.name]).cast(field.type)
            if field.name in said
            else pa.nulls(len(rows), field.type)
        )
        for field in RESULT_FIELDS
    }


def _check_sum(plan: Plan, table: pa.Table) -> None:
    counts = {
        entry["values"]: entry["counts"] for entry in pc.value_counts(table.column("status")).to_pylist()
    }
    known = sum(counts.get(status, 0) for status in ("ok", FAILED, SKIPPED))
    if known != len(plan) or len(table) != len(plan):
        raise ManifestRefused(
            f"{plan.batch_id}: {len(plan):,} designs were planned and the manifest has {len(table):,} rows "
            f"({counts}); nothing was published",
            code="manifest_incomplete",
        )


def _plain(table: pa.Table, name: str) -> pa.DataType:
    kind = table.schema.field(name).type
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _chunked(column: Any) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
