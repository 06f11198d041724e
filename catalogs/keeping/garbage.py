"""What nothing in the bucket needs any more: found, put aside, and deleted after a time of grace.

An object is deleted in two steps. The first puts it into ``trash/``, when it is older than the grace and no
plan, manifest, shortlist or request names it. The second, of a later run, deletes what has lain there for
longer than the grace and is still named by nothing; what is named again goes back to its place.

Nobody is locked out meanwhile, and a run that starts at any moment loses nothing: it writes its plan before
it looks which pictures are there. A picture that it saw, it saw before the move, so its plan is older than
the move, and what is put aside is held against all plans once more *after* the move. A picture that it did
not see, it paints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalogs.keeping.batches import LEASE_IS_DEAD_AFTER, batch_folder, batch_ids
from catalogs.keeping.references import References, as_ids
from catalogs.keeping.retention import expired, objects_of, read_nights
from catalogs.keeping.superseded import superseded_parts
from catalogs.keeping.trash import (
    PutAside,
    aside_key,
    at_once,
    bring_back,
    folder_by_folder,
    in_trash,
    put_aside,
)
from catalogs.layout import (
    CLAIMS_PREFIX,
    DAMAGED_PREFIX,
    DESIGNS_PREFIX,
    MANIFESTS_PREFIX,
    NOTICES_PREFIX,
    QUARANTINE_PREFIX,
    REPORTS_PREFIX,
    REQUESTS_PREFIX,
    THUMBS_PREFIX,
    TILE_CLAIMS_PREFIX,
    TILES_PREFIX,
    batch_of,
    claims_prefix,
    design_of,
    request_of,
    tile_of,
)
from catalogs.storage import ObjectStat, Storage

GRACE = timedelta(hours=168)
# So many objects are put aside before plans and manifests are looked at again.
LOOK_AGAIN_AFTER = 5_000
# What a writer that was killed has left half-written is nobody's after a day.
UNFINISHED_AFTER_S = 24 * 3600.0
KINDS = ("nights", "designs", "thumbs", "tiles", "quarantine", "parts", "reports", "leases", "trash")


@dataclass
class Tally:
    """Objects of one kind that nothing needs: those past their grace, and those that are too young yet."""

    objects: int = 0
    bytes: int = 0
    young: int = 0
    young_bytes: int = 0

    def add(self, size: int, *, ripe: bool) -> None:
        """Count an object."""
        if ripe:
            self.objects += 1
            self.bytes += size
        else:
            self.young += 1
            self.young_bytes += size


@dataclass
class Tidied:
    """What a run of ``tidy`` found and did.

    Attributes:
        deleting: whether anything was touched; False: this is what would be.
        kinds: by kind, objects that nothing needs; ``trash`` is what lies put aside already.
        nights: batches that are past their retention.
        named: designs that something names.
        brought_back: objects that had been put aside and are needed again.
        unfinished: half-written files or uploads that were removed.
        blocked: key → why, of what could not be read; while there is any, no design, thumbnail or tile is put
            aside or deleted.
    """

    deleting: bool
    kinds: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    nights: list[str] = field(default_factory=list)
    named: int = 0
    brought_back: int = 0
    unfinished: int = 0
    blocked: dict[str, str] = field(default_factory=dict)


def tidy(storage: Storage, now: datetime, *, grace: timedelta = GRACE, delete: bool = False) -> Tidied:
    """Find what nothing needs; with ``delete``, put it aside, and delete what has lain aside for the grace.

    Safe beside runs that paint, beside another ``tidy``, and when it is killed: whatever it was at, the next
    one brings back what is needed and goes on.

    Args:
        storage: the bucket.
        now: the time, aware.
        grace: how old an object must be to be put aside, and how long it then waits.
        delete: False only looks.

    Raises:
        StorageError: the storage fails.
    """
    return _Tidying(storage, now, grace, delete=delete).run()


class _Tidying:
    def __init__(self, storage: Storage, now: datetime, grace: timedelta, *, delete: bool) -> None:
        self._storage = storage
        self._now = now
        self._grace = grace
        self._named = References(storage)
        self._told = Tidied(deleting=delete)
        self._waiting: list[ObjectStat] = []

    def run(self) -> Tidied:
        told = self._told
        self._bring_back_nights_at_work()
        self._named.update()
        told.blocked = dict(self._named.unreadable)
        ids = batch_ids(self._storage)
        self._empty_trash()
        self._put_away_nights(ids)
        self._pictures("designs", DESIGNS_PREFIX)
        self._pictures("thumbs", THUMBS_PREFIX)
        self._pictures("quarantine", QUARANTINE_PREFIX)
        self._tiles()
        for batch_id in ids:
            if batch_id not in told.nights:
                self._of_batch(batch_id)
        self._reports(ids)
        self._leases(self._storage.list(TILE_CLAIMS_PREFIX))
        requests = self._storage.list(REQUESTS_PREFIX)
        self._leases(one for one in requests if request_of(one.key)[1] == "taken")
        self._leases(self._storage.list(CLAIMS_PREFIX), dead_after=max(self._grace, LEASE_IS_DEAD_AFTER))
        self._flush()
        told.named = self._named.designs
        if told.deleting:
            told.unfinished = self._storage.reap(older_than_s=UNFINISHED_AFTER_S)
        return told

    def _pictures(self, kind: str, prefix: str) -> None:
        if self._told.blocked:
            return
        for found in folder_by_folder(self._storage, prefix):
            ours = [one for one in found if design_of(one.key)]
            named = self._named.name(as_ids(design_of(one.key) for one in ours))
            self._unneeded(kind, (one for one, is_named in zip(ours, named, strict=True) if not is_named))

    def _tiles(self) -> None:
        if self._told.blocked or self._named.tiles_unknown:
            return
        for found in folder_by_folder(self._storage, TILES_PREFIX):
            tiles = (one for one in found if tile_of(one.key))
            self._unneeded("tiles", (one for one in tiles if tile_of(one.key) not in self._named.tiles))

    def _of_batch(self, batch_id: str) -> None:
        folder = batch_folder(self._storage, batch_id)
        if not folder.at_work(self._now):
            self._unneeded("parts", superseded_parts(self._storage, folder))

    def _reports(self, ids: Iterable[str]) -> None:
        """Find reports and notices of batches of which nothing else is left."""
        known = set(ids)
        for prefix in (REPORTS_PREFIX, NOTICES_PREFIX):
            for name in self._storage.folders(prefix):
                if name not in known and not self._storage.exists(f"{MANIFESTS_PREFIX}{name}.parquet"):
                    self._unneeded("reports", self._storage.list(f"{prefix}{name}/"))

    def _leases(self, leases: Iterable[ObjectStat], *, dead_after: timedelta = LEASE_IS_DEAD_AFTER) -> None:
        """Remove leases that nobody renews.

        One on a shard tells the next run that a process died there, so it waits for as long as anything.
        """
        for one in leases:
            dead = self._now - one.modified_at_utc >= dead_after
            self._told.kinds["leases"].add(one.size, ripe=dead)
            if dead and self._told.deleting:
                self._storage.delete(one.key)

    def _put_away_nights(self, ids: list[str]) -> None:
        self._told.nights = expired(read_nights(self._storage, ids, self._now), self._now)
        for batch_id in self._told.nights:
            folder = batch_folder(self._storage, batch_id)
            objects = objects_of(self._storage, folder)
            for one in objects:
                self._told.kinds["nights"].add(one.size, ripe=True)
            if not self._told.deleting or folder.at_work(self._now):
                continue
            for one in objects:  # in this order, one after the other
                put_aside(self._storage, [one.key], self._now)
        if self._told.deleting and self._told.nights:
            self._bring_back_nights_at_work()

    def _bring_back_nights_at_work(self) -> None:
        """Bring back nights that were put away while a retry of them began."""
        at_work: dict[str, bool] = {}
        for found in in_trash(self._storage, pictures=False) if self._told.deleting else ():
            for one in found:
                batch_id = batch_of(one.original)
                if batch_id and batch_id not in at_work:
                    at_work[batch_id] = self._is_at_work(batch_id)
                if batch_id and at_work[batch_id]:
                    self._told.brought_back += bring_back(self._storage, one)

    def _is_at_work(self, batch_id: str) -> bool:
        leases = self._storage.list(claims_prefix(batch_id))
        return any(self._now - one.modified_at_utc < LEASE_IS_DEAD_AFTER for one in leases)

    def _unneeded(self, kind: str, objects: Iterable[ObjectStat]) -> None:
        for one in objects:
            ripe = self._now - one.modified_at_utc >= self._grace
            self._told.kinds[kind].add(one.size, ripe=ripe)
            if ripe and self._told.deleting:
                self._waiting.append(one)
                if len(self._waiting) >= LOOK_AGAIN_AFTER:
                    self._flush()

    def _flush(self) -> None:
        """Put aside what was found, then bring back what a plan or a manifest has named meanwhile."""
        if not self._waiting:
            return
        sizes = {one.key: one.size for one in self._waiting}
        self._waiting = []
        moved = put_aside(self._storage, sizes, self._now)
        self._named.update()
        self._bring_back(PutAside(aside_key(key, self._now), key, self._now, sizes[key]) for key in moved)

    def _empty_trash(self) -> None:
        """Bring back what is named again, and delete what has waited for longer than the grace."""
        for found in in_trash(self._storage):
            left = self._bring_back(found)
            self._delete_ripe(one for one in left if not (self._told.blocked and _is_picture(one.original)))
        for found in in_trash(self._storage, prefix=DAMAGED_PREFIX):
            self._delete_ripe(found)

    def _bring_back(self, put: Iterable[PutAside]) -> list[PutAside]:
        """Bring back designs, thumbnails and tiles that something names; return the others."""
        entries = list(put)
        designs = self._named.name(as_ids(design_of(one.original) for one in entries))
        tiles = [tile_of(one.original) in self._named.tiles for one in entries]
        needed = [bool(design) or tile for design, tile in zip(designs, tiles, strict=True)]
        back = [one for one, is_needed in zip(entries, needed, strict=True) if is_needed]
        if self._told.deleting:
            self._told.brought_back += sum(at_once(lambda one: bring_back(self._storage, one), back))
        return [one for one, is_needed in zip(entries, needed, strict=True) if not is_needed]

    def _delete_ripe(self, put: Iterable[PutAside]) -> None:
        ripe = []
        for one in put:
            # Strictly older: what another `tidy` puts aside just now, it still holds against all plans.
            is_ripe = self._now - one.at_utc > self._grace
            self._told.kinds["trash"].add(one.size, ripe=is_ripe)
            if is_ripe:
                ripe.append(one)
        if self._told.deleting:
            at_once(lambda one: self._storage.delete(one.key), ripe)


def _is_picture(key: str) -> bool:
    return bool(design_of(key) or tile_of(key))
