"""A batch with nothing left to do: planned as it was, every design there, and the last one published."""

from __future__ import annotations

import json
from typing import Any

from catalogs.done import done_index
from catalogs.errors import NotFound
from catalogs.layout import contact_sheet_key, manifest_key, report_key, summary_key
from catalogs.plan import Plan, read_plan
from catalogs.publication import read_latest
from catalogs.refusals import ManifestRefused, PlanRefused
from catalogs.storage import Storage


def was_published_last(storage: Storage, batch_id: str) -> bool:
    """Return whether galleries show this batch now: one short read, for a look before planning anew."""
    try:
        return read_latest(storage).batch_id == batch_id
    except (NotFound, ManifestRefused):
        return False


def settled(storage: Storage, plan: Plan) -> dict[str, Any] | None:
    """Return the totals of a batch that another run would leave as it is; None where something is to do.

    Nothing is to do when the plan is the stored one to the last column, each design that it wants painted is
    there, left out by its maker or quarantined, ``latest.json`` names the batch's manifest, and the report
    lies beside it.

    Args:
        storage: where the batch is.
        plan: as the batch would be planned now.

    Returns:
        ``summary.json`` as plain values.

    Raises:
        StorageUnavailable: the storage is away.
    """
    try:
        summary: dict[str, Any] = json.loads(storage.read(summary_key(plan.batch_id)))
        stored, latest = read_plan(storage, plan.batch_id), read_latest(storage)
    except (NotFound, PlanRefused, ManifestRefused, ValueError):
        return None
    same = stored.extras == plan.extras and stored.table.equals(plan.table)
    shown = latest.batch_id == plan.batch_id and latest.sha256 == summary.get("manifest_sha256")
    keys = [name(plan.batch_id) for name in (manifest_key, report_key, contact_sheet_key)]
    if not (same and shown and all(storage.exists(key) for key in keys)):
        return None
    done = done_index(storage, plan)
    return summary if len(done) + len(done.settled) == plan.to_render else None
