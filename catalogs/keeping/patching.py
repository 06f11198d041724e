"""Rows of manifests and parts put right where the pictures say otherwise, and manifests made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.done import done_index
from catalogs.errors import NotFound, PreconditionFailed
from catalogs.keeping.references import as_ids, found_in
from catalogs.layout import parts_prefix, summary_key
from catalogs.manifest import BUDGET, FAILED, RESULT_COLUMNS
from catalogs.merging import MISSING, ROW_GROUP_ROWS, encode_manifest, merge
from catalogs.parts import read_blocks, read_columns, to_parquet
from catalogs.plan import read_plan
from catalogs.refusals import ManifestRefused
from catalogs.storage import Storage


@dataclass(frozen=True)
class Patch:
    """What a design's row has to say instead; None: as it does.

    Attributes:
        is_missing: there is no image: the row becomes ``failed`` with the code ``missing``.
        image_sha256: of the image that is there.
        thumb_sha256: of the thumbnail that is there.
    """

    is_missing: bool = False
    image_sha256: str | None = None
    thumb_sha256: str | None = None


Patches = Mapping[str, Patch]


def patched_manifest(data: bytes, key: str, patches: Patches) -> bytes:
    """Return the bytes of a manifest with other words in some rows, block by block.

    Raises:
        ManifestRefused: it cannot be read.
    """
    sink, writer = pa.BufferOutputStream(), None
    for block in read_blocks(data, key=key, rows=ROW_GROUP_ROWS):
        if writer is None:
            writer = pq.ParquetWriter(sink, block.schema, compression="zstd")
        writer.write_table(patched(block, patches), row_group_size=ROW_GROUP_ROWS)
    if writer is None:
        return data
    writer.close()
    whole: bytes = sink.getvalue().to_pybytes()
    return whole


def patched(rows: pa.Table, patches: Patches) -> pa.Table:
    """Return rows with what the patches say of their designs."""
    ids = rows.column("design_id").to_pylist()
    if not found_in(np.sort(as_ids(patches)), as_ids(ids)).any():
        return rows
    missing = pa.array([one in patches and patches[one].is_missing for one in ids])
    code, sentence = MISSING
    said = {"status": FAILED, "error_code": code, "error": sentence}
    columns = {name: rows.column(name) for name in rows.column_names}
    for name in RESULT_COLUMNS:
        value = pa.scalar(said.get(name), columns[name].type)
        columns[name] = pc.if_else(missing, value, columns[name])
    for name in ("image_sha256", "thumb_sha256"):
        told = [getattr(patches[one], name) if one in patches else None for one in ids]
        columns[name] = pc.coalesce(pa.array(told, pa.string()), columns[name])
    return pa.table(columns, schema=rows.schema)


def rebuilt_manifest(storage: Storage, batch_id: str) -> bytes:
    """Return the bytes of a batch's manifest as its plan, its parts and the images make it.

    Raises:
        NotFound: the batch has no plan.
        PlanRefused, ManifestRefused: the plan cannot be read, or does not add up.
    """
    plan = read_plan(storage, batch_id)
    out_of_time = _was_out_of_time(storage, batch_id)
    merged = merge(plan, done_index(storage, plan), budget_spent=out_of_time)
    return encode_manifest(merged.blocks(), plan.extras)


def patch_parts(storage: Storage, batch_id: str, manifest: bytes, patches: Patches) -> int:
    """Write other digests into the parts that name them, lest the next publication takes the old ones.

    Designs that are missing need none of this: a publication looks for their images itself.

    Returns:
        How many parts were written.
    """
    wanted = {name: patch for name, patch in patches.items() if not patch.is_missing}
    if not wanted:
        return 0
    written = 0
    for shard_id in sorted(_shards(manifest, batch_id, wanted)):
        for stat in storage.list(f"{parts_prefix(batch_id)}shard-{shard_id:05d}-"):
            try:
                rows = read_columns(storage.read(stat.key), key=stat.key)
                after = patched(rows, wanted)
                if not after.equals(rows):
                    storage.write_atomic(stat.key, to_parquet(after), if_match=stat.etag)
                    written += 1
            except (NotFound, ManifestRefused, PreconditionFailed):
                continue  # a run writes it anew, or nobody can read it anyway
    return written


def sha256_of(data: bytes) -> str:
    """Return the digest of bytes as a row tells it."""
    return hashlib.sha256(data).hexdigest()


def _shards(manifest: bytes, batch_id: str, patches: Patches) -> set[int]:
    wanted, shards = np.sort(as_ids(patches)), set[int]()
    for block in read_blocks(manifest, key=batch_id, columns=["design_id", "shard_id"]):
        here = found_in(wanted, as_ids(block.column("design_id").to_pylist()))
        shards.update(pc.unique(block.column("shard_id").filter(pa.array(here))).drop_null().to_pylist())
    return shards


def _was_out_of_time(storage: Storage, batch_id: str) -> bool:
    """Say whether designs were left for lack of minutes when the batch was last summed up."""
    try:
        return BUDGET in json.loads(storage.read(summary_key(batch_id)))["skips"]
    except (NotFound, ValueError, KeyError, TypeError):
        return False
