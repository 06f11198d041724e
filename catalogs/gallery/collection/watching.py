"""Keeping the table in step with the bucket: a look every few seconds; what was good before stays."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from catalogs.errors import CatalogError, NotFound, StorageUnavailable
from catalogs.gallery.alone import give_memory_back
from catalogs.gallery.collection.collection import Collection
from catalogs.gallery.collection.copies import Copies
from catalogs.layout import LATEST_KEY, MANIFESTS_PREFIX, batch_of, is_of_request
from catalogs.publication import read_latest
from catalogs.refusals import ManifestRefused
from catalogs.storage import ObjectStat, Storage

LOOK_EVERY_S = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """How the last look went.

    Attributes:
        batches: that are shown, the newest first.
        latest: the batch last published, of those that are no request's; "" before the first.
        problems: what could not be read, by key, in sentences; what was good before is still shown.
        looked_at_utc: when; None before the first look.
    """

    batches: tuple[str, ...] = ()
    latest: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    looked_at_utc: datetime | None = None


class Watch:
    """Puts manifests into a collection as they come, change and go.

    Args:
        storage: the bucket.
        collection: of its designs.
        every_s: between two looks.
        changed: is called after each change, beside those who ask: what it computes, nobody waits for.
    """

    def __init__(
        self,
        storage: Storage,
        collection: Collection,
        *,
        every_s: float = LOOK_EVERY_S,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._storage = storage
        self._collection = collection
        self._copies = Copies(storage)
        self._every_s = every_s
        self._changed = changed
        self._taken: dict[str, ObjectStat] = {}
        self._refused: dict[str, tuple[str, str]] = {}
        self._undescribed: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="gallery-watch", daemon=True)
        self.standing = Standing()

    def start(self) -> None:
        """Look once, then again and again beside the caller."""
        self.look()
        self._thread.start()

    def close(self) -> None:
        """Stop looking and remove the copies."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._copies.close()

    def look(self) -> bool:
        """Take in what is new; say whether anything changed. Never raises for what lies in the bucket."""
        try:
            found = {batch_of(stat.key): stat for stat in self._storage.list(MANIFESTS_PREFIX)}
        except CatalogError as error:
            self._tell({self._storage.root: error.message})
            return False
        found = {name: stat for name, stat in found.items() if name and stat.key.endswith(".parquet")}
        changed = [stat for name, stat in found.items() if self._is_new(name, stat)]
        gone = [name for name in self._taken if name not in found]
        self._take(sorted(changed, key=lambda one: (one.modified_at_utc, one.key)))
        for name in gone:
            self._collection.remove(name)
            del self._taken[name]
        self._refused = {name: told for name, told in self._refused.items() if name in found}
        self._tell({found[name].key: sentence for name, (_, sentence) in self._refused.items()})
        return bool(changed or gone)

    def describe(self) -> bool:
        """Read what designs are alike by, of batches not read yet; say if there were any."""
        if not self._undescribed:
            return False
        for name in sorted(self._undescribed):
            self._undescribed.discard(name)
            try:
                self._collection.describe(name)
            except (CatalogError, KeyError) as error:  # changed or gone since: the next look sees it
                _log.warning("what designs of %s are alike by is not known: %s", name, error)
        give_memory_back()
        return True

    def _keep_looking(self) -> None:
        is_new = True  # the first look was the starter's
        while not self._stop.is_set():
            try:
                if is_new:
                    self._changed()
                if self.describe():
                    self._changed()
                is_new = not self._stop.wait(self._every_s) and self.look()
            except Exception:  # noqa: BLE001
                # a thread that ended would show the same night for ever
                _log.exception("the look at the bucket failed; the next one is in %s s", self._every_s)
                self._stop.wait(self._every_s)

    def _is_new(self, name: str, stat: ObjectStat) -> bool:
        taken, refused = self._taken.get(name), self._refused.get(name)
        return (taken is None or taken.etag != stat.etag) and (refused is None or refused[0] != stat.etag)

    def _take(self, stats: Sequence[ObjectStat]) -> None:
        """Put manifests in; one that cannot be read is told of, and what its batch showed before stays."""
        files: dict[str, Path] = {}
        for stat in stats:
            try:
                files[batch_of(stat.key)] = self._copies.file(stat)
            except StorageUnavailable as error:
                _log.warning("%s", error)  # asked for again at the next look
        told = self._collection.put_all(list(files.items()))
        for stat in stats:
            name = batch_of(stat.key)
            rows = told.get(name)
            if isinstance(rows, ManifestRefused):
                _log.warning("%s", rows)
                self._refused[name] = (stat.etag, rows.message)
            elif rows is not None:
                _log.info("%s: %s rows", stat.key, rows)
                self._refused.pop(name, None)
                self._taken[name] = stat
                self._undescribed.add(name)

    def _tell(self, problems: dict[str, str]) -> None:
        newest = sorted(self._taken.values(), key=lambda one: (one.modified_at_utc, one.key), reverse=True)
        batches = tuple(batch_of(stat.key) for stat in newest)
        problems = dict(problems)
        try:
            latest = read_latest(self._storage).batch_id
        except NotFound:
            latest = ""
        except CatalogError as error:
            latest, problems[LATEST_KEY] = self.standing.latest, error.message
        if latest not in batches:
            latest = next((name for name in batches if not is_of_request(name)), "")
        self.standing = Standing(batches, latest, problems, datetime.now(UTC))
