"""Parts of a batch that a later plan has made useless: all their rows are in parts of that plan."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.errors import NotFound
from catalogs.keeping.batches import BatchFolder
from catalogs.layout import manifest_key, part_key, plan_key
from catalogs.manifest import MANIFEST_SCHEMA, OK
from catalogs.parts import read_rows
from catalogs.plan import Plan, read_plan
from catalogs.refusals import ManifestRefused, PlanRefused
from catalogs.storage import ObjectStat, Storage

_SCHEMA = pa.schema([MANIFEST_SCHEMA.field(name) for name in ("design_id", "status")])


def superseded_parts(storage: Storage, folder: BatchFolder) -> list[ObjectStat]:
    """Return the parts of shards that the batch's plan does not have, where nothing is lost with them.

    A part is one of them when the batch was published after it was written, and each finished design in it
    that the plan still wants is in a part of the plan's own shards too. Without a readable plan none is.
    """
    try:
        published = storage.stat(manifest_key(folder.batch_id)).modified_at_utc
        plan = read_plan(storage, folder.batch_id)
    except (NotFound, PlanRefused):
        return []
    planned = folder.find(plan_key(folder.batch_id))
    if planned is None or planned.modified_at_utc > published:
        return []
    wanted = _keys_of_shards(plan)
    others = [one for one in folder.parts if one.key not in wanted and one.modified_at_utc <= published]
    if not others:
        return []
    there = {one.key for one in folder.parts}
    finished = pa.concat_arrays(
        [pa.array([], pa.string()), *(_finished(storage, key) for key in sorted(wanted & there))]
    )
    return [one for one in others if _adds_nothing(storage, one.key, plan, finished)]


def _keys_of_shards(plan: Plan) -> set[str]:
    ids = (plan.shard(shard_id).column("design_id").to_pylist() for shard_id in plan.shard_ids)
    return {part_key(plan.batch_id, shard_id, own) for shard_id, own in zip(plan.shard_ids, ids, strict=True)}


def _adds_nothing(storage: Storage, key: str, plan: Plan, finished: pa.Array) -> bool:
    own = _finished(storage, key)
    planned = own.filter(pc.is_in(own, value_set=plan.render_ids.combine_chunks()))
    return bool(pc.all(pc.is_in(planned, value_set=finished)).as_py() in (True, None))


def _finished(storage: Storage, key: str) -> pa.Array:
    """Return the designs that a part calls ok; none where it cannot be read."""
    try:
        rows = read_rows(storage.read(key), key=key, schema=_SCHEMA)
    except (NotFound, ManifestRefused):
        return pa.array([], pa.string())
    return rows.filter(pc.equal(rows.column("status"), OK)).column("design_id").combine_chunks()
