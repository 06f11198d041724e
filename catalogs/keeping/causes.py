"""Why designs of a batch are not there: grouped by code and by what the sentences have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogs.done import Done
from catalogs.manifest import FAILED, SKIPPED
from catalogs.merging import MISSING
from catalogs.plan import Plan
from catalogs.remedies import remedy

# Of each cause; the manifest holds every row.
EXAMPLES, SHARDS, RUNS = 3, 8, 3
# Causes that are listed one by one; the rest of them are counted together.
MOST_CAUSES = 50
# What differs from design to design in one and the same sentence, the longest first.
_OWN_TO_A_DESIGN = (
    (r"'[^']*'", "'…'"),
    (r"\S+/\S*[^\s:;,.)]", "<file>"),
    (r"[^\s/'(]+\.(?:png|jpe?g|webp|tiff?|avif|gif|bmp)\b", "<file>"),
    (r"\b[0-9a-f]{12,64}\b", "<id>"),
    (r"\d[\d,.]*", "#"),
)


@dataclass(frozen=True)
class Cause:
    """Designs that are not there for one reason.

    Attributes:
        status: failed, skipped or missing.
        code: as in the manifest; ``missing`` where no run reached the design.
        says: the sentence, with ``#`` and ``<file>`` where the designs differ.
        designs: how many.
        share: of all planned designs, 0 to 1.
        example: the whole sentence of the first design.
        design_ids: the first few.
        shards: the first few that they are in; none for what failed before painting.
        in_shards: how many shards.
        runs: Prefect flow runs that tried them, the first few; their logs say more.
        remedy: what to do, a sentence.
    """

    status: str
    code: str
    says: str
    designs: int
    share: float
    example: str
    design_ids: tuple[str, ...]
    shards: tuple[int, ...]
    in_shards: int
    runs: tuple[str, ...]
    remedy: str


@dataclass(frozen=True)
class Diagnosis:
    """Where a batch stands and why: ``ok`` and the designs of all causes are ``planned``, unless some
    ``unlisted`` causes are left out.
    """

    batch_id: str
    planned: int
    ok: int
    failed: tuple[Cause, ...]
    skipped: tuple[Cause, ...]
    missing: Cause | None
    unlisted: int = 0


def diagnose(plan: Plan, done: Done) -> Diagnosis:
    """Return why each design of a plan that is not there is not, most designs first.

    Args:
        plan: of the batch.
        done: what the bucket says now, of ``done_index``; no manifest needs to be there.
    """
    causes, unlisted = _grouped(_not_ok(plan, done), len(plan))
    by_status = {status: tuple(one for one in causes if one.status == status) for status in _STATUSES}
    return Diagnosis(
        batch_id=plan.batch_id,
        planned=len(plan),
        ok=len(done) - len(_withdrawn(plan, done)),
        failed=by_status[FAILED],
        skipped=by_status[SKIPPED],
        missing=_cause_of_missing(plan, done),
        unlisted=unlisted,
    )


_STATUSES = (FAILED, SKIPPED)
_ROW = pa.schema(
    [
        *((name, pa.string()) for name in ("design_id", "status", "error_code", "error")),
        ("shard_id", pa.int32()),
        ("prefect_run_id", pa.string()),
    ]
)


def _not_ok(plan: Plan, done: Done) -> pa.Table:
    """Return a row for each design that was tried in vain, left out, refused by the plan, or is not shown."""
    decided = plan.table.slice(plan.to_render)
    known = {name: decided.column(name).cast(pa.string()) for name in ("design_id", "error_code", "error")}
    known["status"] = decided.column("state").cast(pa.string())
    empty = {"shard_id": pa.nulls(len(decided), pa.int32())}
    empty["prefect_run_id"] = pa.nulls(len(decided), pa.string())
    tried = done.failed
    positions = pc.index_in(tried.column("design_id"), value_set=plan.render_ids.combine_chunks())
    shards = plan.table.column("shard_id").take(positions)
    told = {name: tried.column(name) for name in _ROW.names if name != "shard_id"} | {"shard_id": shards}
    hidden = _withdrawn(plan, done)
    away = {name: hidden.column(name).cast(pa.string()) for name in ("design_id", "error_code", "error")}
    away |= {"status": pa.array([SKIPPED] * len(hidden), pa.string()), "shard_id": hidden.column("shard_id")}
    away["prefect_run_id"] = pa.nulls(len(hidden), pa.string())
    parts = (known | empty, told, away)
    return pa.concat_tables(pa.table({name: part[name] for name in _ROW.names}).cast(_ROW) for part in parts)


def _withdrawn(plan: Plan, done: Done) -> pa.Table:
    """Return the rows of designs that are there and do not count."""
    rows = plan.withdrawn
    there = done.table.column("design_id").combine_chunks()
    return rows.filter(pc.is_in(rows.column("design_id"), value_set=there))


def in_common(sentences: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return what sentences say of every design alike: numbers are ``#``, files ``<file>``; nulls are ""."""
    said = pc.fill_null(sentences, "")
    for pattern, sign in _OWN_TO_A_DESIGN:
        said = pc.replace_substring_regex(said, pattern=pattern, replacement=sign)
    return said


def _grouped(rows: pa.Table, planned: int) -> tuple[list[Cause], int]:
    """Return the causes, most designs first, and how many causes are not listed."""
    rows = rows.append_column("says", in_common(rows.column("error")))
    by = ["status", "error_code", "says"]
    groups = rows.group_by(by).aggregate([([], "count_all")])
    order = [("count_all", "descending"), *((name, "ascending") for name in by)]
    listed = groups.sort_by(order).slice(0, MOST_CAUSES).to_pylist()
    return [_cause(rows, group, planned) for group in listed], len(groups) - len(listed)


def _cause(rows: pa.Table, group: Mapping[str, Any], planned: int) -> Cause:
    here = pc.equal(rows.column("says"), group["says"])
    for name in ("status", "error_code"):
        here = pc.and_(here, pc.equal(pc.fill_null(rows.column(name), ""), group[name] or ""))
    mine = rows.filter(here)
    shards = np.unique(mine.column("shard_id").drop_null().to_numpy())
    runs = [run for run in pc.unique(mine.column("prefect_run_id")).to_pylist() if run]
    code = group["error_code"] or "unknown"
    return Cause(
        status=group["status"],
        code=code,
        says=group["says"],
        designs=group["count_all"],
        share=group["count_all"] / planned,
        example=mine.column("error")[0].as_py() or "",
        design_ids=tuple(mine.column("design_id").slice(0, EXAMPLES).to_pylist()),
        shards=tuple(int(shard) for shard in shards[:SHARDS]),
        in_shards=len(shards),
        runs=tuple(runs[-RUNS:]),
        remedy=remedy(code),
    )


def _cause_of_missing(plan: Plan, done: Done) -> Cause | None:
    """Return the designs that no run has reached: no image, and no row that says why."""
    ids = plan.render_ids
    reached = pa.chunked_array(
        [*done.table.column("design_id").chunks, *done.failed.column("design_id").chunks], pa.string()
    )
    unreached = pc.invert(pc.is_in(ids, value_set=reached.combine_chunks()))
    count = pc.sum(unreached).as_py() or 0
    if not count:
        return None
    shards = np.unique(plan.table.column("shard_id").slice(0, len(ids)).filter(unreached).to_numpy())
    code, sentence = MISSING
    return Cause(
        status=code,
        code=code,
        says=sentence,
        designs=count,
        share=count / len(plan),
        example=sentence,
        design_ids=tuple(ids.filter(unreached).slice(0, EXAMPLES).to_pylist()),
        shards=tuple(int(shard) for shard in shards[:SHARDS]),
        in_shards=len(shards),
        runs=(),
        remedy=remedy(code),
    )
