"""What is left after a night, counted: every planned design once, whole, and nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from catalogs.layout import CLAIMS_PREFIX, DESIGNS_PREFIX, THUMBS_PREFIX, manifest_key
from catalogs.plan import read_plan
from catalogs.publication import read_latest, read_manifest
from catalogs.storage import Storage
from nst_core.codec import decode
from nst_core.errors import EngineError


@dataclass(frozen=True)
class Accounts:
    """Counts of one batch; ``sound`` where nothing is wrong.

    Attributes:
        planned: designs that were planned.
        statuses: rows of the manifest by status.
        lost: planned designs without a row, or ok ones without their image or thumbnail.
        twice: rows of a design that has one already.
        broken: images and thumbnails that are not the bytes of their row, or no picture.
        orphans: images and thumbnails of no row.
        claims: leases that nobody gave back.
        complete: latest.json names the bytes of this batch's manifest.
    """

    planned: int
    statuses: dict[str, int]
    lost: int
    twice: int
    broken: int
    orphans: int
    claims: int
    complete: bool

    @property
    def sound(self) -> bool:
        """Whether nothing is lost, doubled, broken or left behind."""
        return self.complete and not (self.lost or self.twice or self.broken or self.orphans or self.claims)


def accounts_of(storage: Storage, batch_id: str) -> Accounts:
    """Read a batch's manifest and every file of it, and count."""
    planned = set(read_plan(storage, batch_id).table.column("design_id").to_pylist())
    rows = read_manifest(storage, batch_id).to_pylist()
    rows_of = Counter(row["design_id"] for row in rows)
    fine = [row for row in rows if row["status"] == "ok"]
    wanted = {row[f"{kind}_key"]: row[f"{kind}_sha256"] for row in fine for kind in ("image", "thumb")}
    there = {stat.key for prefix in (DESIGNS_PREFIX, THUMBS_PREFIX) for stat in storage.list(prefix)}
    latest = read_latest(storage)
    manifest = hashlib.sha256(storage.read(manifest_key(batch_id))).hexdigest()
    return Accounts(
        planned=len(planned),
        statuses=dict(Counter(row["status"] for row in rows)),
        lost=len(planned - set(rows_of)) + len(set(wanted) - there),
        twice=sum(count - 1 for count in rows_of.values()),
        broken=sum(not _is_whole(storage, key, wanted[key]) for key in sorted(set(wanted) & there)),
        orphans=len(there - set(wanted)),
        claims=sum(1 for _ in storage.list(CLAIMS_PREFIX)),
        complete=latest.batch_id == batch_id and latest.sha256 == manifest,
    )


def _is_whole(storage: Storage, key: str, sha256: str) -> bool:
    data = storage.read(key)
    try:
        decode(data, name=key)
    except EngineError:
        return False
    return hashlib.sha256(data).hexdigest() == sha256
