"""A batch's plan: one row a design, kept as columns, written once and read by every shard."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from catalogs.compact import read_compact
from catalogs.errors import NotFound
from catalogs.further import FURTHER_STYLES
from catalogs.layout import candidates_key, plan_key
from catalogs.refusals import PlanRefused
from catalogs.storage import Storage

PLAN_SCHEMA_VERSION = "6"
_SINCE_2 = (
    *("strength", "keep_colours", "motif_scale", "rotation_deg"),
    *("protect_key", "protect_sha256", "palette_id", "palette_key", "palette_sha256"),
    *("further_styles", "regions_key", "regions_sha256"),
)
_SINCE_3 = (
    *("maker", "repeat", "repeat_width_mm", "repeat_share", "colorway_colours", "structure"),
    *("legibility", "off_palette", "chroma_speckle", "max_copy", "novelty", "banding", "seam"),
    *("content_licence_expires", "content_territories", "content_attribution_line"),
    *("style_licence_expires", "style_territories", "style_attribution_line"),
)
_SINCE_4 = ("inks", "delta_e_mean", "delta_e_p95")
_SINCE_5 = ("colours", "colour_shares", "colour_descriptor", "texture_descriptor")
_SINCE_6 = ("stage", "follows", "followed_by")
# Version → the columns of this version that its files do not have yet; they are read as empty.
LACKING = {
    "1": (*_SINCE_2, *_SINCE_3, *_SINCE_4, *_SINCE_5, *_SINCE_6),
    "2": (*_SINCE_3, *_SINCE_4, *_SINCE_5, *_SINCE_6),
    "3": (*_SINCE_4, *_SINCE_5, *_SINCE_6),
    "4": (*_SINCE_5, *_SINCE_6),
    "5": _SINCE_6,
    PLAN_SCHEMA_VERSION: (),
}
ROW_GROUP_ROWS = 131_072
RENDER, FAILED, SKIPPED = "render", "failed", "skipped"

# Text that repeats from row to row is kept once and pointed at: a million rows then need a few hundred MB.
WORD = pa.dictionary(pa.int32(), pa.string())

PLAN_SCHEMA = pa.schema(
    [
        pa.field("design_id", pa.string(), nullable=False),
        pa.field("batch_id", WORD, nullable=False),
        ("shard_id", pa.int32()),
        pa.field("state", WORD, nullable=False),
        ("error_code", WORD),
        ("error", pa.string()),
        ("content_id", WORD),
        ("style_id", WORD),
        ("recipe", WORD),
        ("recipe_hash", WORD),
        ("size_px", pa.int32()),
        ("colorway", WORD),
        ("colorway_colours", WORD),
        ("seed", pa.int64()),
        ("stage", WORD),
        ("follows", pa.string()),
        ("followed_by", pa.string()),
        ("motif_share", pa.float64()),
        ("maker", WORD),
        ("repeat", WORD),
        ("repeat_width_mm", pa.float64()),
        ("repeat_share", pa.float64()),
        ("strength", pa.float64()),
        ("keep_colours", WORD),
        ("motif_scale", pa.float64()),
        ("rotation_deg", pa.float64()),
        ("content_key", WORD),
        ("content_sha256", WORD),
        ("mask_key", WORD),
        ("mask_sha256", WORD),
        ("protect_key", WORD),
        ("protect_sha256", WORD),
        ("style_key", WORD),
        ("style_sha256", WORD),
        ("further_styles", FURTHER_STYLES),
        ("regions_key", WORD),
        ("regions_sha256", WORD),
        ("palette_id", WORD),
        ("palette_key", WORD),
        ("palette_sha256", WORD),
        ("content_title", WORD),
        ("category", WORD),
        ("season", WORD),
        ("content_licence", WORD),
        ("content_licence_expires", WORD),
        ("content_territories", WORD),
        ("content_source", WORD),
        ("content_attribution_line", WORD),
        ("style_title", WORD),
        ("style_kind", WORD),
        ("style_licence", WORD),
        ("style_licence_expires", WORD),
        ("style_territories", WORD),
        ("credit", WORD),
        ("style_source", WORD),
        ("style_attribution_line", WORD),
        ("engine_version", WORD),
        ("weights_sha256", WORD),
    ]
)


def plan_schema(extras: Iterable[str] = ()) -> pa.Schema:
    """Return the plan's schema with the catalogs' extra columns (``content_<x>``, ``style_<x>``)."""
    return pa.schema([*PLAN_SCHEMA, *((name, WORD) for name in extras)])


_REASON = ("error_code", "error_count", "error_min")


@dataclass(frozen=True)
class Reason:
    """A code for which designs are not painted, how many, and what is said of one of them."""

    code: str
    designs: int
    example: str


@dataclass(frozen=True)
class Plan:
    """Every design of a batch.

    Attributes:
        batch_id: the batch.
        table: one row a planned design, of ``plan_schema(extras)``: first the rows to ``render``, sorted by
            shard, then those ``skipped`` and ``failed`` for a reason known before painting.
        extras: names of the extra columns.
        notes: what a person should know about how the plan came to be.
        candidates: what a funnel may yet add (``funnel/stages.py``), of the same columns; None where there is
            none, and where nobody has read it.
    """

    batch_id: str
    table: pa.Table
    extras: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    candidates: pa.Table | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def to_render(self) -> int:
        """How many rows are to be painted; they come first in the table."""
        return len(self) - int(self.table.column("shard_id").null_count)

    @property
    def shard_ids(self) -> range:
        """The shards, 0 to n - 1."""
        return range(len(self._offsets) - 1)

    def shard(self, shard_id: int) -> pa.Table:
        """Return the rows of one shard without copying them.

        Raises:
            PlanRefused: the plan has no such shard.
        """
        if shard_id not in self.shard_ids:
            raise PlanRefused(f"{self.batch_id} has shards 0 to {len(self.shard_ids) - 1}, got {shard_id}")
        start, end = int(self._offsets[shard_id]), int(self._offsets[shard_id + 1])
        return self.table.slice(start, end - start)

    @cached_property
    def render_ids(self) -> pa.ChunkedArray:
        """The design ids to be painted, each once, in the order of the shards."""
        return self.table.column("design_id").slice(0, self.to_render)

    @cached_property
    def withdrawn(self) -> pa.Table:
        """The rows to render whose designs do not count and are not shown, with the reason: previews."""
        rows = self.table.slice(0, self.to_render)
        return rows.filter(pc.is_valid(rows.column("error_code")))

    def counts(self) -> dict[str, int]:
        """Return how many rows are in each state: render, failed, skipped."""
        found = {
            entry["values"]: entry["counts"]
            for entry in pc.value_counts(self.table.column("state")).to_pylist()
        }
        return {state: found.get(state, 0) for state in (RENDER, FAILED, SKIPPED)}

    def by_recipe(self) -> dict[str, int]:
        """Return how many rows each recipe is to render, by its name, which tells its repeat."""
        named = self.table.column("recipe").slice(0, self.to_render)
        return {entry["values"]: entry["counts"] for entry in pc.value_counts(named).to_pylist()}

    def reasons(self) -> list[Reason]:
        """Return why designs are not to be painted: each code once, that of the most designs first."""
        rows = self.table.slice(self.to_render)
        plain = {name: rows.column(name).cast(pa.string()) for name in ("error_code", "error")}
        found = pa.table(plain).group_by("error_code").aggregate([("error", "count"), ("error", "min")])
        told = [Reason(*(row[name] for name in _REASON)) for row in found.to_pylist()]
        return sorted(told, key=lambda one: (-one.designs, one.code))

    @cached_property
    def _offsets(self) -> NDArray[np.int64]:
        shards = self.table.column("shard_id").slice(0, self.to_render).to_numpy()
        ends = np.searchsorted(shards, np.arange(shards[-1] + 1 if shards.size else 0), side="right")
        return np.concatenate([np.zeros(1, dtype=np.int64), ends.astype(np.int64)])


def plan_shard(plan: Plan, shard_id: int) -> list[dict[str, Any]]:
    """Return the designs of one shard as plain values; as quick for a million designs as for ten."""
    rows: list[dict[str, Any]] = plan.shard(shard_id).to_pylist()
    return rows


def write_plan(storage: Storage, plan: Plan) -> str:
    """Write ``batches/<batch_id>/plan.parquet`` and return its key; of a funnel first its candidates."""
    if plan.candidates is not None:
        storage.write_atomic(candidates_key(plan.batch_id), _encoded(plan, plan.candidates))
    key = plan_key(plan.batch_id)
    storage.write_atomic(key, _encoded(plan, plan.table))
    return key


def _encoded(plan: Plan, table: pa.Table) -> bytes:
    metadata = {
        "toile_plan_schema_version": PLAN_SCHEMA_VERSION,
        "toile_batch_id": plan.batch_id,
        "toile_extras": json.dumps(plan.extras),
        "toile_notes": json.dumps(plan.notes),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(metadata), sink, compression="zstd", row_group_size=ROW_GROUP_ROWS
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_plan(storage: Storage, batch_id: str, *, shards: range | None = None) -> Plan:
    """Read a batch's plan, or only the rows of some of its shards, which keep their numbers.

    Raises:
        NotFound: the batch was never planned; the message says how to.
        PlanRefused: the file is none that this version reads.
    """
    return _read(storage, batch_id, plan_key(batch_id), None if shards is None else _within(shards))


def read_candidates(storage: Storage, batch_id: str) -> pa.Table:
    """Read what a funnel may yet add to a batch's plan.

    Raises:
        NotFound, PlanRefused: as ``read_plan``.
    """
    return _read(storage, batch_id, candidates_key(batch_id), None).table


def _read(storage: Storage, batch_id: str, key: str, filters: pc.Expression | None) -> Plan:
    try:
        data = storage.read(key)
    except NotFound as error:
        raise NotFound(
            f"{batch_id} has no plan ({key} is not there); run `toile run` first", key=key
        ) from error
    try:
        written = pq.read_schema(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise PlanRefused(f"{key} cannot be read: {error}; plan the batch again", key=key) from error
    metadata = {name.decode(): value.decode() for name, value in (written.metadata or {}).items()}
    version = metadata.get("toile_plan_schema_version", "none")
    if version not in LACKING:
        raise PlanRefused(
            f"{key} has schema version {version}, this Toile reads "
            f"{' and '.join(LACKING)}; plan the batch again",
            key=key,
        )
    # What is a column of its own by now may have been an extra one.
    extras = tuple(name for name in json.loads(metadata["toile_extras"]) if name not in PLAN_SCHEMA.names)
    schema = plan_schema(extras)
    if lost := [name for name in schema.names if name not in (*written.names, *LACKING[version])]:
        raise PlanRefused(f"{key} has no column {', '.join(lost)}; plan the batch again", key=key)
    try:
        whole = read_compact(data, schema, filters=filters)
    except (pa.ArrowException, OSError) as error:
        raise PlanRefused(f"{key} cannot be read: {error}; plan the batch again", key=key) from error
    return Plan(batch_id, whole, extras, tuple(json.loads(metadata["toile_notes"])))


def _within(shards: range) -> pc.Expression:
    return (pc.field("shard_id") >= shards.start) & (pc.field("shard_id") < shards.stop)


def with_columns(table: pa.Table, lacking: Iterable[str], schema: pa.Schema) -> pa.Table:
    """Return a table with the columns of a schema that it lacks, all empty."""
    for name in lacking:
        if name in table.column_names or name not in schema.names:
            continue
        table = table.append_column(schema.field(name), pa.nulls(len(table), schema.field(name).type))
    return table
