"""A batch's folder as housekeeping sees it: what is in it, when somebody last worked there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogs.ids import id_problem
from catalogs.layout import BATCHES_PREFIX, batch_prefix, claims_prefix, parts_prefix
from catalogs.storage import ObjectStat, Storage

# A lease is renewed every 15 s; so long without a renewal, whoever held it is gone, also where the storage's
# clock and ours are minutes apart.
LEASE_IS_DEAD_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class BatchFolder:
    """The objects of a batch.

    Attributes:
        batch_id: the batch.
        objects: all of them, by key.
        leases: on its shards.
    """

    batch_id: str
    objects: tuple[ObjectStat, ...]
    leases: tuple[ObjectStat, ...] = ()

    @property
    def parts(self) -> list[ObjectStat]:
        """The parts of its manifest."""
        return self._below(parts_prefix(self.batch_id))

    @property
    def last_written_utc(self) -> datetime | None:
        """When its youngest object was written; None where there is none."""
        return max((one.modified_at_utc for one in self.objects), default=None)

    def find(self, key: str) -> ObjectStat | None:
        """Return the object under a key, None where it is not there."""
        return next((one for one in self.objects if one.key == key), None)

    def at_work(self, now: datetime) -> bool:
        """Whether somebody renewed a lease on one of its shards within the last hour."""
        return any(now - one.modified_at_utc < LEASE_IS_DEAD_AFTER for one in self.leases)

    def _below(self, prefix: str) -> list[ObjectStat]:
        return [one for one in self.objects if one.key.startswith(prefix)]


def batch_ids(storage: Storage) -> list[str]:
    """Return the batches that have a folder."""
    return [name for name in storage.folders(BATCHES_PREFIX) if id_problem(name) is None]


def batch_folder(storage: Storage, batch_id: str) -> BatchFolder:
    """Return a batch's folder as it is now."""
    objects, leases = (tuple(storage.list(named(batch_id))) for named in (batch_prefix, claims_prefix))
    return BatchFolder(batch_id, objects, leases)
