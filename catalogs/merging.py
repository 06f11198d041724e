"""A plan and what painting gave, merged into the manifest: every planned design a row with a status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.done import Done
from catalogs.frugal import taken
from catalogs.manifest import BUDGET, FAILED, OK, PLAN_COLUMNS, RESULT_COLUMNS, SKIPPED, manifest_schema
from catalogs.plan import Plan
from catalogs.refusals import ManifestRefused

ROW_GROUP_ROWS = 65_536
# The gallery's order: a garment's designs lie together.
SORTED_BY = ("content_id", "style_id", "recipe", "size_px", "seed", "design_id")

MISSING = ("missing", "the design was not reached; the next run paints it")
NO_TIME = (BUDGET, "the batch's time was up before this design; the next run paints it")

_VERDICTS = ("status", "error_code", "error")
_OF_PAINTING = tuple(name for name in RESULT_COLUMNS if name not in _VERDICTS)


@dataclass(frozen=True)
class Merged:
    """A manifest's rows, sorted for the gallery, of which only a block is in memory beside what was painted.

    Attributes:
        planned: the plan's rows; their columns win over what an older row says about titles and keys.
        extras: the catalogs' further columns among them.
        tried: finished designs and the failed ones.
        positions: the row in ``tried`` of each planned row; null where there is none.
        verdicts: status, error_code and error of each planned row.
        order: the planned rows as the manifest has them.
    """

    planned: pa.Table
    extras: tuple[str, ...]
    tried: pa.Table
    positions: pa.Array
    verdicts: pa.Table
    order: pa.Array

    def __len__(self) -> int:
        return len(self.order)

    def blocks(self) -> Iterator[pa.Table]:
        """Yield all rows, whole, ``ROW_GROUP_ROWS`` at a time."""
        names = manifest_schema(self.extras).names
        for start in range(0, len(self), ROW_GROUP_ROWS):
            yield self._rows(self.order.slice(start, ROW_GROUP_ROWS), names)

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Return some columns of all rows."""
        return self._rows(self.order, names)

    def _rows(self, rows: pa.Array, names: Sequence[str]) -> pa.Table:
        schema = pa.schema([manifest_schema(self.extras).field(name) for name in names])
        of_painting = [name for name in names if name in _OF_PAINTING]
        of_verdict = [name for name in names if name in _VERDICTS]
        of_plan = [name for name in names if name not in _OF_PAINTING and name not in _VERDICTS]
        columns: dict[str, pa.ChunkedArray] = {}
        for table, its, where in (
            (self.tried, of_painting, self.positions.take(rows)),
            (self.verdicts, of_verdict, rows),
            (self.planned, of_plan, rows),
        ):
            found = taken(table.select(its), where)
            columns |= {name: found.column(name) for name in its}
        return pa.table({name: columns[name] for name in names}).cast(schema)


def merge(plan: Plan, done: Done, *, budget_spent: bool = False) -> Merged:
    """Return the manifest's rows.

    Args:
        plan: what was planned.
        done: finished designs and the failed ones.
        budget_spent: see ``publish``.

    Raises:
        ManifestRefused: planned = ok + failed + skipped does not hold.
    """
    tried = pa.concat_tables([done.table, done.failed])
    found = pc.index_in(
        plan.render_ids, value_set=tried.column("design_id").combine_chunks()
    ).combine_chunks()
    positions = pa.concat_arrays([found, pa.nulls(len(plan) - len(found), found.type)])
    verdicts = pa.concat_tables(
        [_of_tried(plan, tried, found, budget_spent=budget_spent), _of_plan(plan)]
    ).combine_chunks()
    _check_sum(plan, verdicts)
    planned = plan.table.select([*PLAN_COLUMNS, *plan.extras]).combine_chunks()
    keys = pa.table({name: _plain(planned.column(name)) for name in SORTED_BY})
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in SORTED_BY])
    return Merged(planned, plan.extras, tried, positions, verdicts, order)


def encode_manifest(blocks: Iterable[pa.Table], extras: tuple[str, ...]) -> bytes:
    """Return the manifest as Parquet, in the explicit schema, block by block so that memory stays small.

    The same blocks always give the same bytes.
    """
    schema = manifest_schema(extras)
    sink = BytesIO()  # which gives its bytes away without a copy
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for block in blocks:
            writer.write_table(block.cast(schema), row_group_size=max(len(block), 1))
    return sink.getvalue()


def _of_tried(plan: Plan, tried: pa.Table, found: pa.Array, *, budget_spent: bool) -> pa.Table:
    """Return the verdicts on the rows that were to be painted, in the plan's order."""
    status, (code, sentence) = (SKIPPED, NO_TIME) if budget_spent else (FAILED, MISSING)
    unreached = pc.is_null(found)
    verdicts = tried.select(_VERDICTS).take(found)
    for name, value in (("status", status), ("error_code", code), ("error", sentence)):
        verdicts = _set(verdicts, name, pc.if_else(unreached, pa.scalar(value, pa.string()), verdicts[name]))
    return _without_refused(plan, verdicts)


def _without_refused(plan: Plan, verdicts: pa.Table) -> pa.Table:
    """Return the verdicts with finished designs skipped of which the plan says why they do not count."""
    told = {name: plan.table.column(name).slice(0, plan.to_render) for name in ("error_code", "error")}
    if told["error_code"].null_count == plan.to_render:
        return verdicts
    said = {name: column.cast(pa.string()).combine_chunks() for name, column in told.items()}
    refused = pc.and_(pc.is_valid(said["error_code"]), pc.equal(verdicts["status"], OK))
    said["status"] = pa.scalar(SKIPPED, pa.string())
    for name, value in said.items():
        verdicts = _set(verdicts, name, pc.if_else(refused, value, verdicts[name]))
    return verdicts


def _of_plan(plan: Plan) -> pa.Table:
    """Return the verdicts on the rows that the plan itself skipped or failed."""
    rows = plan.table.slice(plan.to_render)
    said = {"status": "state", "error_code": "error_code", "error": "error"}
    return pa.table({name: rows.column(said[name]).cast(pa.string()) for name in _VERDICTS})


def _check_sum(plan: Plan, verdicts: pa.Table) -> None:
    counts = {
        entry["values"]: entry["counts"] for entry in pc.value_counts(verdicts.column("status")).to_pylist()
    }
    known = sum(counts.get(status, 0) for status in ("ok", FAILED, SKIPPED))
    if known != len(plan) or len(verdicts) != len(plan):
        raise ManifestRefused(
            f"{plan.batch_id}: {len(plan):,} designs were planned and the manifest has {len(verdicts):,} "
            f"rows ({counts}); nothing was published",
            code="manifest_incomplete",
        )


def _set(table: pa.Table, name: str, column: Any) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    return column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column
