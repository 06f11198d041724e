"""Manifests held against the bucket: is every picture there and the right one, is every design a row?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.errors import NotFound
from catalogs.keeping.batches import batch_ids
from catalogs.keeping.flaws import Flaw, ManifestCheck, Verified
from catalogs.keeping.pictures import GONE, Gallery, orphans
from catalogs.keeping.references import Ids, References, as_ids
from catalogs.keeping.requests_in_vain import requests_in_vain
from catalogs.layout import (
    DESIGNS_PREFIX,
    LATEST_KEY,
    MANIFESTS_PREFIX,
    THUMBS_PREFIX,
    batch_manifest_key,
    batch_of,
    design_key,
    is_of_request,
    manifest_key,
    plan_key,
    summary_key,
    thumb_key,
)
from catalogs.manifest import OK
from catalogs.parts import read_blocks
from catalogs.publication import read_latest
from catalogs.refusals import ManifestRefused
from catalogs.storage import ObjectStat, Storage

_COLUMNS = ("design_id", "status", "image_sha256", "thumb_key", "thumb_sha256")


def verify(storage: Storage, batches: Sequence[str] = (), *, deep: bool = False) -> Verified:
    """Hold manifests against plans and pictures.

    Each picture that a row calls ok must be there and not be empty; ``deep`` reads each once and compares its
    sha256 with the row's. A manifest must be readable and have exactly one row for each design of its plan,
    unless the batch was planned anew since. ``latest.json`` must name a whole manifest with its digest.

    Reads one manifest at a time, in blocks; pictures are listed folder by folder and read by several threads.

    Args:
        storage: the bucket.
        batches: ids; none: all, and then orphans too.
        deep: whether to read every picture.

    Raises:
        NotFound: a named batch has neither plan nor manifest.
        StorageError: the storage fails.
    """
    told = Verified(deep)
    images, thumbs = _galleries(storage)
    for stat in _manifests(storage, batches):
        try:
            told.checks.append(_checked(storage, stat, images, thumbs, deep=deep))
        except NotFound:
            continue  # gone since it was listed
    told.designs = sum(check.counts.get(OK, 0) for check in told.checks)
    told.others += list(_unpublished(storage, batches))
    told.others += list(_summaries(storage, told.checks))
    told.others += list(_latest(storage, told.checks if batches else None))
    if not batches:
        told.others += list(_unnamed(storage))
        told.others += list(requests_in_vain(storage))
    return told


def _galleries(storage: Storage) -> tuple[Gallery, Gallery]:
    return Gallery(storage, DESIGNS_PREFIX, design_key), Gallery(storage, THUMBS_PREFIX, thumb_key)


def _manifests(storage: Storage, batches: Sequence[str]) -> Iterator[ObjectStat]:
    """Yield the published manifests, and batches' own ones that differ from what is published."""
    listed = [one for one in storage.list(MANIFESTS_PREFIX) if one.key.endswith(".parquet")]
    published = {batch_of(one.key): one for one in listed}
    known = batch_ids(storage)
    for batch_id in batches:
        if batch_id not in known and batch_id not in published:
            raise NotFound(f"there is no batch {batch_id!r} under {storage.root}", key=plan_key(batch_id))
    for batch_id in batches or sorted({*published, *known}):
        shown = published.get(batch_id)
        if shown is not None:
            yield shown
        try:
            own = storage.stat(batch_manifest_key(batch_id))
        except NotFound:
            continue
        if shown is None or not _same_bytes(storage, own, shown):
            yield own


def _unpublished(storage: Storage, batches: Sequence[str]) -> Iterator[Flaw]:
    """Yield the batches that were published by their totals, and whose published manifest is gone."""
    for batch_id in batches or batch_ids(storage):
        if storage.exists(manifest_key(batch_id)):
            continue
        try:
            moment = json.loads(storage.read(summary_key(batch_id)))["published_at_utc"]
        except (NotFound, ValueError, KeyError, TypeError):
            continue
        if moment:
            says = f"{manifest_key(batch_id)} is gone, which was published at {moment}"
            yield Flaw("manifest_missing", batch_id, 1, says)


def _same_bytes(storage: Storage, one: ObjectStat, other: ObjectStat) -> bool:
    # One after the other: two manifests of a million rows are 600 MB.
    return one.size == other.size and _digest(storage, one.key) == _digest(storage, other.key)


def _digest(storage: Storage, key: str) -> str:
    return hashlib.sha256(storage.read(key)).hexdigest()


def _checked(
    storage: Storage, stat: ObjectStat, images: Gallery, thumbs: Gallery, *, deep: bool
) -> ManifestCheck:
    data = storage.read(stat.key)
    check = ManifestCheck(batch_of(stat.key), stat.key, stat.etag, hashlib.sha256(data).hexdigest())
    all_ids: list[Ids] = []
    wrong: dict[str, list[Ids]] = {}
    try:
        for block in read_blocks(data, key=stat.key, columns=_COLUMNS):
            all_ids.append(_column(block, "design_id", "S32"))
            for entry in pc.value_counts(block.column("status")).to_pylist():
                check.counts[entry["values"]] = check.counts.get(entry["values"], 0) + entry["counts"]
            ok = block.filter(pc.equal(block.column("status"), OK))
            for kind, ids in _wrong_pictures(ok, images, thumbs, deep=deep):
                wrong.setdefault(kind, []).append(ids)
    except ManifestRefused as error:
        check.broken["manifest_unreadable"] = error.message
        return check
    check.wrong = {kind: ids for kind, found in wrong.items() if len(ids := np.concatenate(found))}
    ids = np.concatenate([as_ids(()), *all_ids])
    check.rows = len(ids)
    check.broken |= _against_plan(storage, stat, ids)
    return check


def _wrong_pictures(
    ok: pa.Table, images: Gallery, thumbs: Gallery, *, deep: bool
) -> Iterator[tuple[str, Ids]]:
    """Yield the designs whose picture is gone or another one, by kind of flaw."""
    with_thumb = ok.filter(pc.is_valid(ok.column("thumb_key")))
    for what, gallery, rows in (("image", images, ok), ("thumb", thumbs, with_thumb)):
        ids = _column(rows, "design_id", "S32")
        if not deep:
            gone = ~gallery.has(ids)
        else:
            found, told = gallery.digests(ids), _column(rows, f"{what}_sha256", "S64")
            gone = found == GONE
            yield f"{what}_altered", ids[~gone & (told != GONE) & (found != told)]
        yield f"{what}_missing", ids[gone]


def _against_plan(storage: Storage, stat: ObjectStat, ids: Ids) -> dict[str, str]:
    """Return what is wrong with the rows of a manifest as a whole."""
    rows = np.unique(ids)
    if len(rows) < len(ids):
        return {"manifest_incomplete": f"{len(ids) - len(rows):,} designs have more than one row"}
    key = plan_key(batch_of(stat.key))
    try:
        plan = storage.stat(key)
        if plan.modified_at_utc > stat.modified_at_utc:
            return {}  # planned anew: the next publication has those rows
        file = pq.ParquetFile(pa.BufferReader(storage.read(key)))
        blocks = (as_ids(one.column(0).to_pylist()) for one in file.iter_batches(columns=["design_id"]))
        planned = np.unique(np.concatenate([as_ids(()), *blocks]))
    except NotFound:
        return {}
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        return {"plan_unreadable": f"{key} cannot be read: {error}"}
    lacking, foreign = len(np.setdiff1d(planned, rows)), len(np.setdiff1d(rows, planned))
    if not lacking and not foreign:
        return {}
    return {
        "manifest_incomplete": f"{lacking:,} planned designs have no row, {foreign:,} rows no planned design"
    }


def _summaries(storage: Storage, checks: Iterable[ManifestCheck]) -> Iterator[Flaw]:
    """Yield the batches whose totals are not those of their manifest."""
    for check in checks:
        key = summary_key(check.batch_id)
        if check.broken or not storage.exists(batch_manifest_key(check.batch_id)):
            continue
        try:
            told = json.loads(storage.read(key))
            same = told["manifest_sha256"] == check.sha256
            right = [told[name] for name in _STATUSES] == [check.counts.get(name, 0) for name in _STATUSES]
        except (NotFound, ValueError, KeyError, TypeError):
            yield Flaw("summary_wrong", check.batch_id, 1, f"{key} is not there or cannot be read")
            continue
        if same and not right:
            yield Flaw("summary_wrong", check.batch_id, 1, f"{key} counts other rows than its manifest has")


_STATUSES = ("ok", "failed", "skipped")


def _latest(storage: Storage, only: Sequence[ManifestCheck] | None) -> Iterator[Flaw]:
    """Yield what is wrong with ``latest.json``; of ``only`` some manifests, where it names one of them."""
    try:
        latest = read_latest(storage)
    except NotFound:
        published = (batch_of(one.key) for one in storage.list(MANIFESTS_PREFIX))
        if only is None and not all(map(is_of_request, published)):
            yield Flaw("latest_wrong", "", 1, f"{LATEST_KEY} is not there, though batches were published")
        return
    except ManifestRefused as error:
        yield Flaw("latest_wrong", "", 1, error.message)
        return
    if only is not None and latest.batch_id not in {check.batch_id for check in only}:
        return
    try:
        digest = _digest(storage, latest.manifest)
    except NotFound:
        yield Flaw("latest_wrong", latest.batch_id, 1, f"{LATEST_KEY} names {latest.manifest}, which is gone")
        return
    if digest != latest.sha256:
        says = f"{LATEST_KEY} names other bytes than {latest.manifest} has"
        yield Flaw("latest_wrong", latest.batch_id, 1, says)


def _unnamed(storage: Storage) -> Iterator[Flaw]:
    named = References(storage)
    named.update()
    if named.unreadable:
        return  # their own flaws are told, and what they name is not known
    count, size, examples = orphans(storage, named.name)
    if count:
        says = f"{count:,} pictures ({size:,} bytes) that nothing names; `toile gc` sees to them"
        yield Flaw("orphans", "", count, says, tuple(examples))


def _column(rows: pa.Table, name: str, kind: str) -> Ids:
    values = pc.fill_null(rows.column(name), "").to_pylist()
    return np.array(values, np.dtype(kind))
