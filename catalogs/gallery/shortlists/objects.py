"""The objects that hold a list's edits: one each, and many in one, and how the many come together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from catalogs.errors import NotFound
from catalogs.gallery.errors import EditRefused
from catalogs.gallery.shortlists.events import Event, event_of
from catalogs.gallery.shortlists.merging import merge
from catalogs.layout import packed_key, shortlist_of
from catalogs.storage import Storage


@dataclass(frozen=True)
class Packed:
    """A packed object: how many edits it holds, and the keys that it took the place of."""

    key: str
    count: int
    took: tuple[str, ...]


def events_in(storage: Storage, key: str) -> list[Event]:
    """Return the edits that an object holds.

    Raises:
        NotFound: it is gone.
        EditRefused: it is none of ours, or broken.
    """
    _, event_id = shortlist_of(key)
    try:
        told = json.loads(storage.read(key))
        found = [event_of(one) for one in ([told] if event_id else told["events"])]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError, EditRefused) as error:
        raise EditRefused(f"{key} is no edit of a shortlist and is passed over: {error}") from error
    if event_id and found[0].event_id != event_id:
        raise EditRefused(f"{key} says that it is {found[0].event_id}; it is passed over")
    return found


def pack(storage: Storage, list_id: str, loose: Sequence[str], packed: Mapping[str, int]) -> Packed:
    """Put a list's edits into one object.

    The object is whole before any of what it holds is taken away, so whoever dies half-way, and whoever packs
    beside, leaves every edit in at least one object. Packed ones that are no larger than what is packed now
    go into it, too: of n edits there are never more than about log n objects.

    Args:
        storage: the bucket.
        list_id: the list.
        loose: keys of edits that are objects of their own.
        packed: packed objects, and how many edits each holds.
    """
    keys, count = sorted(loose), len(loose)
    for key, size in sorted(packed.items(), key=lambda one: (one[1], one[0])):
        if size <= count:
            keys.append(key)
            count += size
    held: dict[str, list[Event]] = {}
    for key in keys:
        # What is taken away is what was read here, whole; the rest is left to whoever took it, or to people.
        try:
            held[key] = events_in(storage, key)
        except (NotFound, EditRefused):
            continue
    events = merge(list_id, [one for told in held.values() for one in told]).events
    body = json.dumps({"events": [one.as_json() for one in events]}, ensure_ascii=False).encode()
    last = events[-1].event_id if events else "none"
    key = packed_key(list_id, f"{last}-{blake2b(body, digest_size=8).hexdigest()}")
    storage.write_atomic(key, body, content_type="application/json")
    took = tuple(one for one in held if one != key)
    for one in took:
        storage.delete(one)
    return Packed(key, len(events), took)
