"""Who may use a device now: one batch at a time, the shard that came first goes first."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets several shards share one device without painting at the same time.

    Two shards are at work on a device so that one reads and prepares while the other paints. The older one
    goes first whenever both are ready: otherwise they would end together, and the device would wait for
    both to upload.

    ``busy_s`` is how long the device was in use, seconds; what is left of the wall clock it waited.
    """

    def __init__(self) -> None:
        self.busy_s = 0.0
        self._free = threading.Condition()
        self._in_use = False
        self._waiting: list[int] = []
        self._tickets = 0

    def ticket(self) -> int:
        """Return a shard's place in the row, to be kept for all its batches."""
        with self._free:
            self._tickets += 1
            return self._tickets

    @contextmanager
    def mine(self, ticket: int) -> Iterator[None]:
        """Wait until the device is free and nobody with an older ticket waits; free it at the end."""
        with self._free:
            heapq.heappush(self._waiting, ticket)
            self._free.wait_for(lambda: not self._in_use and self._waiting[0] == ticket)
            heapq.heappop(self._waiting)
            self._in_use = True
        began = time.perf_counter()
        try:
            yield
        finally:
            with self._free:
                self.busy_s += time.perf_counter() - began
                self._in_use = False
                self._free.notify_all()
