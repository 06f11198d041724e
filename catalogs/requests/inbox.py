"""What lies under ``requests/``: which requests there are, which are open, how far each is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from catalogs.errors import NotFound
from catalogs.layout import REQUESTS_PREFIX, request_key, request_of
from catalogs.refusals import RequestRefused
from catalogs.requests.asking import read_request
from catalogs.requests.states import Asked, Objects, State, read_state
from catalogs.storage import Storage

THREADS = 16
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def open_requests(storage: Storage) -> list[Objects]:
    """Return the requests without an end, those asked first first; one listing and nothing else.

    Those with a lease come last: somebody is at them, or died at them, which shall not keep the others.
    """
    found = [one for one in _listed(storage).values() if one.written_at_utc and not one.is_ended]
    return sorted(found, key=lambda one: (one.is_claimed, one.written_at_utc or _LONG_AGO, one.request_id))


def read_requests(
    storage: Storage, *, known: Mapping[str, Asked] | None = None, only: Collection[str] = ()
) -> list[Asked]:
    """Return all requests with their states, the newest first.

    Args:
        storage: the bucket.
        known: what was read before, by id: what has ended is not read again, so that a page that asks every
            few seconds costs one listing and what is open.
        only: some ids; empty: all.
    """
    known = known or {}
    found = [one for one in _listed(storage).values() if one.written_at_utc]
    wanted = [one for one in found if not only or one.request_id in only]
    newest = sorted(wanted, key=lambda one: (one.written_at_utc or _LONG_AGO, one.request_id), reverse=True)
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        read = pool.map(lambda one: _known(known, one) or _read(storage, one), newest)
        return [one for one in read if one is not None]


def state_of(storage: Storage, request_id: str) -> State:
    """Return how far one request is.

    Raises:
        NotFound: nobody asked that.
        CatalogError: ``unsafe_id``.
    """
    key = request_key(request_id)
    found = _listed(storage, request_id).get(request_id)
    if found is None or found.written_at_utc is None:
        raise NotFound(f"there is no request {request_id!r} under {storage.root}", key=key)
    return read_state(storage, found)


def objects_of(storage: Storage, request_id: str) -> Objects:
    """Return what lies there of one request."""
    return _listed(storage, request_id).get(request_id, Objects(request_id))


def _listed(storage: Storage, prefix: str = "") -> dict[str, Objects]:
    """Return what a listing shows of each request; of those whose id begins so."""
    found: dict[str, Objects] = {}
    for stat in storage.list(f"{REQUESTS_PREFIX}{prefix}"):
        request_id, what = request_of(stat.key)
        if not request_id:
            continue
        one = found.setdefault(request_id, Objects(request_id))
        one.keys.append(stat.key)
        if not what:
            one.written_at_utc = stat.modified_at_utc
        elif what == "end":
            one.is_ended = True
        elif what == "taken":
            one.is_claimed = True
        elif what.startswith("try-") and what[4:].isdecimal():
            one.tries = max(one.tries, int(what[4:]))
    return found


def _known(known: Mapping[str, Asked], one: Objects) -> Asked | None:
    """Return what is known of a request that has ended."""
    before = known.get(one.request_id)
    return before if before is not None and before.state.is_end and one.is_ended else None


def _read(storage: Storage, one: Objects) -> Asked | None:
    try:
        request = read_request(storage, one.request_id)
    except RequestRefused as error:
        return Asked(one.request_id, None, read_state(storage, one), error.message)
    except NotFound:
        return None  # withdrawn since it was listed
    return Asked(one.request_id, request, read_state(storage, one))
