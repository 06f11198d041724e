"""Keeping the table in step with the bucket: a look every few seconds; what was good before stays.

One thread looks, another finds what designs of new batches are alike by: of a million that takes twenty
seconds, in which the next night may come.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from catalogs.errors import CatalogError, NotFound, StorageUnavailable
from catalogs.gallery.alone import give_memory_back
from catalogs.gallery.collection.collection import Collection
from catalogs.gallery.collection.copies import Copies
from catalogs.layout import LATEST_KEY, MANIFESTS_PREFIX, batch_of, is_of_request
from catalogs.publication import read_latest
from catalogs.refusals import ManifestRefused
from catalogs.storage import ObjectStat, Storage

LOOK_EVERY_S = 5.0
_NICE = 10
T = TypeVar("T")
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
        self._has_new = threading.Event()
        self._stop = threading.Event()
        self._first_look: Future[bool] = Future()
        self._threads = tuple(
            threading.Thread(target=work, name=f"gallery-{work.__name__.strip('_')}", daemon=True)
            for work in (self._keep_looking, self._keep_describing)
        )
        self.standing = Standing()

    def begin(self) -> None:
        """Look for the first time beside the caller, then again and again; once."""
        if self._threads[0].ident is None:
            for thread in self._threads:
                thread.start()

    def start(self) -> None:
        """Begin, where nobody did, and return when the first look was."""
        self.begin()
        self._first_look.result()

    def close(self) -> None:
        """Stop looking and remove the copies."""
        self._stop.set()
        self._has_new.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
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
            if self._stop.is_set():
                break
            self._undescribed.discard(name)
            try:
                self._collection.describe(name)
            except (CatalogError, KeyError) as error:  # changed or gone since: the next look sees it
                _log.warning("what designs of %s are alike by is not known: %s", name, error)
        give_memory_back()
        return True

    def _keep_looking(self) -> None:
        try:
            self._first_look.set_result(self.look())
        except BaseException as error:  # noqa: BLE001  raised where the first look is waited for
            self._first_look.set_exception(error)
            return
        is_new: bool | None = True
        while not self._stop.is_set():
            if is_new:
                self._beside(self._changed)
                self._beside(self._collection.compress)
                self._has_new.set()
            is_new = not self._stop.wait(self._every_s) and self._beside(self.look)

    def _keep_describing(self) -> None:
        # whoever asks a question comes first
        with suppress(OSError, AttributeError):  # not every system has a niceness for each thread
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while not self._stop.is_set():
            self._has_new.wait()
            self._has_new.clear()
            if not self._stop.is_set() and self._beside(self.describe):
                self._beside(self._changed)

    def _beside(self, work: Callable[[], T]) -> T | None:
        """Do work that may not end its thread: one that ended would show the same night for ever."""
        try:
            return work()
        except Exception:  # noqa: BLE001
            _log.exception("a look at the bucket failed; the next one is in %s s", self._every_s)
            return None

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
