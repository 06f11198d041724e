"""All lists of a bucket, as far as they are known here: one listing, plus the objects that are new."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b

from catalogs.errors import NotFound, PreconditionFailed, StorageDenied
from catalogs.gallery.errors import EditRefused
from catalogs.gallery.shortlists.events import HOUSE, Event
from catalogs.gallery.shortlists.merging import Shortlist, merge
from catalogs.gallery.shortlists.objects import events_in, pack
from catalogs.layout import SHORTLISTS_PREFIX, shortlist_key, shortlist_of, shortlist_prefix
from catalogs.storage import Storage

# With more edits than these that are objects of their own, a list is packed.
PACK_ABOVE = 500
# A page that asks every three seconds, of fifty people, is one listing a second.
FRESH_S = 1.0
_THREADS = 16
# A packing may take objects away between the listing and the reading; what it took is in the next listing.
_TURNS = 5
_NEVER = float("-inf")


@dataclass
class _Known:
    """What is known of one list: its edits, and the objects that they were read from."""

    events: dict[str, Event] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)
    packed: dict[str, int] = field(default_factory=dict)
    stamp: int = 0
    merged: Shortlist | None = None

    def take(self, key: str, events: Sequence[Event]) -> None:
        for one in events:
            known = self.events.get(one.event_id)
            if known is None:
                self.stamp ^= int.from_bytes(blake2b(one.event_id.encode(), digest_size=8).digest())
            elif known == one or known.encode() <= one.encode():
                continue
            self.events[one.event_id] = one
            self.merged = None
        if shortlist_of(key)[1]:
            self.loose.add(key)
        else:
            self.packed[key] = len(events)

    def leave(self, keys: Iterable[str]) -> None:
        """Forget objects that are gone; what they held is kept."""
        for key in keys:
            self.loose.discard(key)
            self.packed.pop(key, None)


class Shelf:
    """The lists of a bucket. Any number of threads may ask and write.

    What was read is never read again: an edit's object never changes. A list that nobody edits costs nothing
    but its part of a listing.

    Attributes:
        problems: objects that are no edits, by key, in sentences; they are passed over.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        fresh_s: float = FRESH_S,
        pack_above: int = PACK_ABOVE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._fresh_s = fresh_s
        self._pack_above = pack_above
        self._clock = clock
        self._lists: dict[str, _Known] = {}
        self._looked: dict[str, float] = {}
        self._looking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._keeping = threading.Lock()
        self.problems: dict[str, str] = {}

    def lists(self) -> list[Shortlist]:
        """Return the lists that people made, those edited last first; not those that were put away."""
        return [one for one in self._all() if one.exists]

    def put_away(self) -> list[Shortlist]:
        """Return the lists that were put away, the last first; they can be restored."""
        return [one for one in self._all() if one.name and one.is_deleted]

    def read(self, list_id: str) -> Shortlist:
        """Return a list as it is; one that nobody made has no name.

        Raises:
            CatalogError: ``unsafe_id``.
        """
        self._look(list_id)
        with self._keeping:
            return self._merged(list_id)

    def house(self) -> Shortlist:
        """Return the list of the house: ratings and rejections that belong to no other."""
        return self.read(HOUSE)

    def stamp(self, list_id: str) -> str:
        """Return a word for the set of edits that is known of a list: another set, another word."""
        with self._keeping:
            known = self._lists.get(list_id, _Known())
            return f"{len(known.events)}-{known.stamp:016x}"

    def write(self, list_id: str, event: Event) -> Event:
        """Write an edit, once, and return it; sent again, it is the one that is there already.

        Raises:
            EditRefused: ``id_taken``: another edit has this id.
        """
        known = self.read(list_id).event(event.event_id)
        if known is None:
            key, known = shortlist_key(list_id, event.event_id), event
            try:
                self._storage.write_atomic(
                    key, event.encode(), content_type="application/json", if_absent=True
                )
            except PreconditionFailed:
                (known,) = events_in(self._storage, key)
            with self._keeping:
                self._lists.setdefault(list_id, _Known()).take(key, [known])
        if not known.says_the_same(event):
            raise EditRefused(f"another edit has the id {event.event_id}; draw another", code="id_taken")
        return known

    def pack(self, list_id: str) -> bool:
        """Put a list's edits into one object where they have become many; say whether they had."""
        with self._keeping:
            mine = self._lists.get(list_id, _Known())
            if len(mine.loose) <= self._pack_above:
                return False
            loose, packed = sorted(mine.loose), dict(mine.packed)
        try:
            new = pack(self._storage, list_id, loose, packed)
        except StorageDenied as denied:
            # Packing again with every edit would only fill the bucket.
            self._pack_above = sys.maxsize
            self.problems[shortlist_prefix(list_id)] = f"lists are packed no more: {denied.message}"
            return False
        with self._keeping:
            mine.leave(new.took)
            mine.packed[new.key] = new.count
        return True

    def _all(self) -> list[Shortlist]:
        self._look("")
        with self._keeping:
            found = [self._merged(name) for name in self._lists if name != HOUSE]
        return sorted(found, key=lambda one: one.clock, reverse=True)

    def _look(self, list_id: str) -> None:
        """Take in what is new of a list, or of all for ""."""
        prefix = shortlist_prefix(list_id) if list_id else SHORTLISTS_PREFIX
        with self._looking[list_id if list_id in self._lists else ""]:
            looked = max(self._looked.get(list_id, _NEVER), self._looked.get("", _NEVER))
            started = self._clock()
            if started - looked < self._fresh_s:
                return
            for _ in range(_TURNS):
                if self._take_in([stat.key for stat in self._storage.list(prefix)], list_id):
                    break
            if not list_id or list_id in self._lists:
                self._looked[list_id] = started

    def _take_in(self, keys: Sequence[str], list_id: str) -> bool:
        """Read what is new in a listing; False where some of it was gone: a packing has it."""
        with self._keeping:
            known = {name: mine.loose | mine.packed.keys() for name, mine in self._lists.items()}
        new = [key for key in keys if (name := shortlist_of(key)[0]) and key not in known.get(name, ())]
        new = [key for key in new if key not in self.problems]
        with ThreadPoolExecutor(max_workers=_THREADS) as pool:
            read = dict(zip(new, pool.map(self._read, new), strict=True))
        there = set(keys)
        with self._keeping:
            for name in [list_id] if list_id else list(known):
                if name in known:
                    self._lists[name].leave(known[name] - there)
            for key, events in read.items():
                if events is not None and key not in self.problems:
                    self._lists.setdefault(shortlist_of(key)[0], _Known()).take(key, events)
        return None not in read.values()

    def _read(self, key: str) -> list[Event] | None:
        """Return the edits of an object; None where it is gone, none where it is broken, which is told."""
        try:
            return events_in(self._storage, key)
        except NotFound:
            return None
        except EditRefused as error:
            self.problems[key] = error.message
            return []

    def _merged(self, list_id: str) -> Shortlist:
        mine = self._lists.get(list_id)
        if mine is None:
            return Shortlist(list_id)
        if mine.merged is None:
            mine.merged = merge(list_id, mine.events.values())
        return mine.merged
