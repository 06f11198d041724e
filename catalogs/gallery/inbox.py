"""What people asked for and how far it is, by the designs that it is about."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from catalogs.requests import Asked, ask, read_requests
from catalogs.storage import Storage
from configs.request import Request

# Pages ask every few seconds; the bucket is asked as often at most, however many pages there are.
FRESH_S = 2.0


class Inbox:
    """The requests of a bucket; what has ended is read once."""

    def __init__(
        self, storage: Storage, *, fresh_s: float = FRESH_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._storage = storage
        self._fresh_s = fresh_s
        self._clock = clock
        self._known: dict[str, Asked] = {}
        self._read_at = float("-inf")
        self._reading = threading.Lock()

    def all(self) -> list[Asked]:
        """Return all requests, the newest first."""
        with self._reading:
            if self._clock() - self._read_at >= self._fresh_s:
                started = self._clock()
                self._known = {one.request_id: one for one in read_requests(self._storage, known=self._known)}
                self._read_at = started
            return list(self._known.values())

    def about(self, design_ids: Iterable[str]) -> dict[str, list[Asked]]:
        """Return the requests about each of some designs, the newest first."""
        wanted = set(design_ids)
        found: defaultdict[str, list[Asked]] = defaultdict(list)
        for one in self.all():
            for design in one.request.designs if one.request else ():
                if design in wanted:
                    found[design].append(one)
        return dict(found)

    def ask(self, request: Request, *, request_id: str) -> str:
        """Write a request, once under its id, and return that.

        Raises:
            RequestRefused: another request has this id.
            CatalogError: ``unsafe_id``.
        """
        written = ask(self._storage, request, request_id=request_id)
        with self._reading:
            self._read_at = float("-inf")
        return written
