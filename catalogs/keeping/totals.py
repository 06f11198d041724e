"""``summary.json`` and ``latest.json`` made again from the manifests that are there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC

from catalogs.errors import NotFound
from catalogs.keeping.patching import sha256_of
from catalogs.layout import (
    LATEST_KEY,
    MANIFESTS_PREFIX,
    batch_manifest_key,
    batch_of,
    is_of_request,
    manifest_key,
    summary_key,
)
from catalogs.parts import read_columns
from catalogs.publication import encode_latest, read_latest, write_summary
from catalogs.refusals import ManifestRefused
from catalogs.storage import Storage
from catalogs.summary import SUMMARISED, Summary, summarise


def sum_up(storage: Storage, batch_id: str) -> bool:
    """Write the totals of a batch's own manifest; False without a readable one.

    When it was published stays as it was told, else it is when the published manifest was written.
    """
    key = batch_manifest_key(batch_id)
    try:
        write_summary(storage, _summed(storage, key, storage.read(key)))
    except (NotFound, ManifestRefused):
        return False
    return True


def point_anew(storage: Storage) -> str:
    """Point ``latest.json`` at the manifest that it names, else at the newest of no request that can be read.

    Returns:
        The manifest's key, "" where the pointer was right.

    Raises:
        NotFound: no published manifest can be read.
        PreconditionFailed: somebody else wrote the pointer meanwhile.
    """
    try:
        named, seen = read_latest(storage).manifest, storage.stat(LATEST_KEY).etag
    except NotFound:
        named, seen = "", ""
    except ManifestRefused:
        named, seen = "", storage.stat(LATEST_KEY).etag
    listed = [one for one in storage.list(MANIFESTS_PREFIX) if one.key.endswith(".parquet")]
    nights = [one for one in listed if not is_of_request(batch_of(one.key))]
    for stat in sorted(nights, key=lambda one: (one.key == named, one.modified_at_utc), reverse=True):
        try:
            latest = encode_latest(_summed(storage, stat.key, storage.read(stat.key)))
        except (NotFound, ManifestRefused):
            continue
        if not seen:
            storage.write_atomic(LATEST_KEY, latest, if_absent=True)
        elif storage.read(LATEST_KEY) == latest:
            return ""
        else:
            storage.write_atomic(LATEST_KEY, latest, if_match=seen)
        return stat.key
    raise NotFound("no published manifest can be read; publish a batch again", key=MANIFESTS_PREFIX)


def _summed(storage: Storage, key: str, data: bytes) -> Summary:
    rows = read_columns(data, key=key, columns=SUMMARISED)
    summary = summarise(batch_of(key), rows, sha256=sha256_of(data))
    return replace(summary, published_at_utc=_published_at(storage, batch_of(key)))


def _published_at(storage: Storage, batch_id: str) -> str | None:
    try:
        told = json.loads(storage.read(summary_key(batch_id)))["published_at_utc"]
    except (NotFound, ValueError, KeyError, TypeError):
        told = None
        if storage.exists(manifest_key(batch_id)):
            written = storage.stat(manifest_key(batch_id)).modified_at_utc
            told = written.astimezone(UTC).isoformat(timespec="seconds")
    return None if told is None else str(told)
