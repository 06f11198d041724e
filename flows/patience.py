"""How long a shard waits for a storage that is gone: with growing pauses, for a bounded time, together."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from catalogs.errors import StorageUnavailable
from flows.observability.events import STORAGE_AWAY, STORAGE_BACK
from flows.observability.signals import happened, span
from flows.stopping import StopFlag

Result = TypeVar("Result")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0


class Patience:
    """Repeats calls that fail with :class:`StorageUnavailable`; all threads of a shard share one.

    The clock of an outage starts with its first failure in any thread and stops with the next success, so
    sixteen uploads that hang on one dead bucket give up together instead of one after the other.

    Args:
        limit_s: how long an outage may last, seconds; 0 never repeats.
        stop: gives up at once when it is cancelled.
    """

    def __init__(
        self, limit_s: float, *, stop: StopFlag, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit_s = limit_s
        self._stop = stop
        self._clock = clock
        self._lock = threading.Lock()
        self._failing_since: float | None = None

    def call(self, do: Callable[[], Result]) -> Result:
        """Return what ``do`` returns, repeating it through an outage.

        Safe only for calls that may be made twice: reads, and writes of the same bytes to the same key.

        Raises:
            StorageUnavailable: the storage stayed away for ``limit_s``, or the run was cancelled meanwhile.
        """
        began: float | None = None
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                result = do()
            except StorageUnavailable as error:
                now = self._clock()
                began = now if began is None else began
                if now - min(began, self._outage_began(now, error)) >= self._limit_s:
                    raise
                # jitter, so that a storage that comes back is not met by all threads in one instant
                with span("wait for the storage"):
                    cancelled = self._stop.sleep(pause_s * random.uniform(0.5, 1.0))
                if cancelled:
                    raise
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self._outage_ended()
                return result

    def _outage_began(self, now: float, error: StorageUnavailable) -> float:
        with self._lock:
            if self._failing_since is None:
                self._failing_since = now
                happened(STORAGE_AWAY, error=str(error))
            return self._failing_since

    def _outage_ended(self) -> None:
        with self._lock:
            since, self._failing_since = self._failing_since, None
        if since is not None:
            happened(STORAGE_BACK, seconds=self._clock() - since)
