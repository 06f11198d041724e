"""How a run is asked to end early: at once, or when its minutes are spent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class StopFlag:
    """One flag for all threads of a run.

    ``cancel()`` stops the painting at the next step and drops the batch at hand. A budget of minutes lets the
    batch at hand finish and starts no other; one of designs is taken from, design by design.

    Args:
        budget_s: seconds from now after which no new batch is started; None: no end.
        designs: how many may be begun; None: any.
        clock: a monotonic clock, seconds.
        parents: flags that stop this one too.
    """

    def __init__(
        self,
        *,
        budget_s: float | None = None,
        designs: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        parents: tuple[StopFlag, ...] = (),
    ) -> None:
        self._clock = clock
        self._ends_at = None if budget_s is None else clock() + budget_s
        self._designs_left = designs
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._parents = parents
        self._children: list[StopFlag] = []
        for parent in parents:
            parent._children.append(self)
            if parent.cancelled:
                self.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether the work should end now; cheap enough to ask at every step."""
        return self._cancelled.is_set()

    @property
    def budget_spent(self) -> bool:
        """Whether the minutes of this flag, or of one above it, are over."""
        if self._ends_at is not None and self._clock() >= self._ends_at:
            return True
        return any(parent.budget_spent for parent in self._parents)

    @property
    def has_budget(self) -> bool:
        """Whether minutes or designs are counted."""
        return self._ends_at is not None or self._designs_left is not None

    @property
    def designs_left(self) -> int | None:
        """How many designs may still be begun; None: any."""
        return self._designs_left

    @property
    def is_spent(self) -> bool:
        """Whether what was not reached was left out for want of minutes or designs."""
        return self.budget_spent or self._designs_left == 0

    def begin_design(self) -> bool:
        """Take one design from the budget, and from that above; False where none is left."""
        if not all(parent.begin_design() for parent in self._parents):
            return False
        with self._lock:
            if self._designs_left == 0:
                return False
            if self._designs_left is not None:
                self._designs_left -= 1
            return True

    def give_out(self, designs: int) -> None:
        """Take designs from the budget that somebody else begins."""
        with self._lock:
            if self._designs_left is not None:
                self._designs_left = max(0, self._designs_left - designs)

    @property
    def remaining_minutes(self) -> float:
        """Minutes until the budget is spent, at least a second's; 0 where there is none."""
        return 0.0 if self._ends_at is None else max(self._ends_at - self._clock(), 1.0) / 60

    def spend_budget(self) -> None:
        """Say that the minutes are over: what is at hand is finished, and nothing else begun."""
        self._ends_at = self._clock()

    def cancel(self) -> None:
        """Stop now; harmless when done twice."""
        self._cancelled.set()
        for child in self._children:
            child.cancel()

    def sleep(self, seconds: float) -> bool:
        """Wait, and wake at once when cancelled; True where the flag was set."""
        return self._cancelled.wait(seconds)

    def detach(self) -> None:
        """Forget the parents, so that a finished shard's flag does not outlive it."""
        for parent in self._parents:
            if self in parent._children:
                parent._children.remove(self)
