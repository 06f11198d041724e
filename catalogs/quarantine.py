"""Designs that nobody tries again by himself: the process that had them in hand died, twice.

What a design's pixels depend on is in its id, so the verdict holds for every batch; another engine version
gives another id, and a fresh start.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from catalogs.layout import QUARANTINE_PREFIX, crashed_shard, crashes_prefix, design_of, quarantine_key
from catalogs.plan import Plan
from catalogs.storage import Storage


def quarantined(storage: Storage) -> frozenset[str]:
    """Return the designs that are kept away, of all batches; one request where there are less than 1,000."""
    return frozenset(filter(None, (design_of(stat.key) for stat in storage.list(QUARANTINE_PREFIX))))


def quarantine(storage: Storage, design_id: str, *, run: str) -> None:
    """Keep a design away until somebody asks for it; ``run`` says, to people, whose verdict it is."""
    said = {"design_id": design_id, "run": run, "at_utc": datetime.now(UTC).isoformat(timespec="seconds")}
    storage.write_atomic(
        quarantine_key(design_id), json.dumps(said).encode(), content_type="application/json"
    )


def release(storage: Storage, plan: Plan) -> None:
    """Forget what is known against the designs of a plan: notes of crashes, and quarantine."""
    for stat in list(storage.list(crashes_prefix(plan.batch_id))):
        storage.delete(stat.key)
    for design_id in quarantined(storage) & frozenset(plan.render_ids.to_pylist()):
        storage.delete(quarantine_key(design_id))


def crashed_shards(storage: Storage, batch_id: str) -> set[int]:
    """Return the shards of a batch with notes of a crash; one request, and hardly ever any."""
    found = (crashed_shard(stat.key) for stat in storage.list(crashes_prefix(batch_id)))
    return {shard_id for shard_id in found if shard_id is not None}
