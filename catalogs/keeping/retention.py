"""Which nights of a batch are past their time, by the ``retention:`` of its newest night."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogs.errors import NotFound
from catalogs.frozen import read_frozen
from catalogs.keeping.batches import BatchFolder, batch_folder
from catalogs.layout import (
    batch_manifest_key,
    config_key,
    manifest_key,
    notices_prefix,
    plan_key,
    report_prefix,
    summary_key,
)
from catalogs.publication import read_latest
from catalogs.refusals import ManifestRefused, PlanRefused
from catalogs.storage import ObjectStat, Storage
from configs.retention import RetentionPart


@dataclass(frozen=True)
class Night:
    """One dated run of a batch.

    Attributes:
        batch_id: its folder.
        name: of the batch, which its nights share.
        retention: what its configuration said.
        last_written_utc: when a run last wrote there.
        kept: it stays whatever its age: galleries show it, or somebody is at work on it.
    """

    batch_id: str
    name: str
    retention: RetentionPart
    last_written_utc: datetime
    kept: bool


def expired(nights: Iterable[Night], now: datetime) -> list[str]:
    """Return the batch ids of the nights that neither ``days`` nor ``nights`` keeps, oldest first.

    The newest night of a batch always stays, and what it says about retention holds for all of them.
    """
    by_name: dict[str, list[Night]] = {}
    for night in sorted(nights, key=lambda one: (one.last_written_utc, one.batch_id), reverse=True):
        by_name.setdefault(night.name, []).append(night)
    found: list[Night] = []
    for newest, *older in by_name.values():
        rule = newest.retention
        if rule.keeps_all:
            continue
        for place, night in enumerate(older, start=2):
            young = rule.days is not None and now - night.last_written_utc < timedelta(days=rule.days)
            among_the_last = rule.nights is not None and place <= rule.nights
            if not (young or among_the_last or night.kept):
                found.append(night)
    return [night.batch_id for night in sorted(found, key=lambda one: one.last_written_utc)]


def read_nights(storage: Storage, batch_ids: Iterable[str], now: datetime) -> list[Night]:
    """Return the batches whose configuration can be read as nights; the others have no retention and stay."""
    shown = _shown(storage)
    found = (_night(storage, batch_id, now, shown) for batch_id in batch_ids)
    return [night for night in found if night is not None]


def objects_of(storage: Storage, folder: BatchFolder) -> list[ObjectStat]:
    """Return all that a night has left, in the order in which it can be put away.

    Whoever is interrupted leaves a night that is still known by its configuration and put away by the next.
    """
    batch_id = folder.batch_id
    last = [summary_key(batch_id), batch_manifest_key(batch_id), plan_key(batch_id), config_key(batch_id)]
    manifests = [one for one in storage.list(manifest_key(batch_id)) if one.key == manifest_key(batch_id)]
    first = [one for one in folder.objects if one.key not in last]
    end = [one for key in last if (one := folder.find(key)) is not None]
    shown = [one for prefix in (report_prefix, notices_prefix) for one in storage.list(prefix(batch_id))]
    return [*shown, *manifests, *first, *end]


def _night(storage: Storage, batch_id: str, now: datetime, shown: str) -> Night | None:
    folder = batch_folder(storage, batch_id)
    written = folder.last_written_utc
    try:
        batch = read_frozen(storage, batch_id).batch
    except (NotFound, PlanRefused):
        return None
    if written is None:
        return None
    return Night(batch_id, batch.name, batch.retention, written, batch_id == shown or folder.at_work(now))


def _shown(storage: Storage) -> str:
    try:
        return read_latest(storage).batch_id
    except (NotFound, ManifestRefused):
        return ""
