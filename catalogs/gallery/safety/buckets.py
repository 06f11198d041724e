"""How often somebody may ask: a bucket of tokens each, which fills again by the second."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from catalogs.gallery.settings import Allowance

# So many people and addresses are kept in mind; the one that asked longest ago is forgotten.
MOST_KNOWN = 20_000


class Buckets:
    """Buckets of one size, by whoever asks."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowance = allowance
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._taking = threading.Lock()

    def take(self, who: str) -> float:
        """Take a token; return 0, or how many seconds it is until there is one."""
        now = self._clock()
        with self._taking:
            left, at = self._left.pop(who, (self._allowance.at_once, now))
            left = min(self._allowance.at_once, left + (now - at) * self._allowance.per_s)
            is_taken = left >= 1
            self._left[who] = (left - 1 if is_taken else left, now)
            while len(self._left) > MOST_KNOWN:
                self._left.popitem(last=False)
        return 0.0 if is_taken else (1 - left) / self._allowance.per_s


class Failures:
    """How often somebody tried in vain to sign in: after the first few, each next try waits twice as long.

    A try counts when it begins, so that many at once are many.
    """

    def __init__(
        self,
        *,
        free: int,
        most_s: float,
        forgotten_after_s: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free, self._most_s, self._forgotten_after_s = free, most_s, forgotten_after_s
        self._clock = clock
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._counting = threading.Lock()

    def begin(self, who: str) -> float:
        """Count a try; return 0, or how many seconds it comes too early, and then it is none."""
        now = self._clock()
        with self._counting:
            count, at = self._tries.get(who, (0, now))
            if now - at > self._forgotten_after_s:
                count = 0
            pause = min(self._most_s, 2.0 ** min(count - self._free, 30)) if count >= self._free else 0.0
            if now - at < pause:
                return pause - (now - at)
            self._tries[who] = (count + 1, now)
            self._tries.move_to_end(who)
            while len(self._tries) > MOST_KNOWN:
                self._tries.popitem(last=False)
        return 0.0

    def succeeded(self, who: str) -> None:
        """Forget somebody's tries."""
        with self._counting:
            self._tries.pop(who, None)
