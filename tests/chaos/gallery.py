"""A gallery that never closes: it reads ``latest.json`` again and again and notes whatever it cannot show."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from catalogs.errors import NotFound, StorageDenied, StorageError, StorageUnavailable
from catalogs.manifest import OK
from catalogs.publication import read_latest, read_manifest
from catalogs.refusals import ManifestRefused
from catalogs.storage import Storage

LOOK_EVERY_S = 0.05


@dataclass
class Gallery:
    """Looks at what is published from a thread of its own, from its start to its end.

    Attributes:
        storage: opened for it alone.
        looks: how often a manifest was read whole.
        away: how often the storage did not answer.
        flaws: what a visitor would have seen broken.
    """

    storage: Storage
    looks: int = 0
    away: int = 0
    flaws: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open = threading.Lock()
        self._ended = threading.Event()
        self._seen = False
        self._thread = threading.Thread(target=self._visit, daemon=True)
        self._thread.start()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Look at nothing while the bucket is emptied, and expect nothing after it."""
        with self._open:
            yield
            self._seen = False

    def close(self) -> None:
        """End looking."""
        self._ended.set()
        self._thread.join()

    def _visit(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            with self._open:
                try:
                    self._look()
                except (StorageUnavailable, StorageDenied):  # being killed, or just starting
                    self.away += 1
                except (StorageError, ManifestRefused) as error:
                    self.flaws.append(f"{time.strftime('%X')} {error}")

    def _look(self) -> None:
        try:
            latest = read_latest(self.storage)
        except NotFound:
            if self._seen:
                raise
            return
        self._seen = True
        rows = read_manifest(self.storage, latest.batch_id, columns=("design_id", "status", "image_key"))
        self.looks += 1
        ids, statuses = rows.column("design_id").to_pylist(), rows.column("status").to_pylist()
        if not len(ids) == len(set(ids)) == latest.rows == latest.ok + latest.failed + latest.skipped:
            self.flaws.append(f"{latest} names a manifest of {len(ids)} rows, {len(set(ids))} designs")
        shown = zip(rows.column("image_key").to_pylist(), statuses, strict=True)
        fine = [key for key, status in shown if status == OK]
        # another picture at each look: all of them would take as long as the night
        if fine and not self.storage.exists(key := fine[self.looks % len(fine)]):
            self.flaws.append(f"{latest.manifest} shows {key}, which is not there")
