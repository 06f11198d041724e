"""Jobs handed to threads, or done at once where a job takes less than handing it over."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from flows.observability.signals import carried

Job = TypeVar("Job")
Result = TypeVar("Result")

# A job that keeps the processor busy for less is not worth a thread: threads that take turns with Python
# every few microseconds, each on a processor of its own, spend more on waking each other than on such a job.
QUICK_S = 0.004
# One that takes longer where it is done at once waits for something (a network, a disk), which threads can.
SLOW_S = 0.010
# So many jobs are looked at before it is decided, and after a decision that was wrong so many times more.
LOOKED_AT = 8
MORE = 8
# How much of what is known of a job's time is the last one's.
_FRESH = 0.25


class Handing(Generic[Job, Result]):
    """Has jobs done by the threads of a pool, or by the thread that hands them over, whichever is sooner.

    Args:
        pool: the threads.
        work: what is done with a job, in the context of whoever makes this.
    """

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[Job], Result]) -> None:
        self._pool = pool
        self._work = carried(work)
        self._open: set[Future[Result]] = set()
        self._seconds = 0.0
        self._jobs = 0
        self._looked_at = LOOKED_AT
        self.at_once = False

    def __len__(self) -> int:
        """How many jobs were handed over and not taken back by ``done``."""
        return len(self._open)

    @property
    def futures(self) -> Sequence[Future[Result]]:
        """What was handed over, to wait for."""
        return tuple(self._open)

    def hand_over(self, jobs: Sequence[Job]) -> None:
        """Have jobs done; those that are done at once are done when this returns."""
        for job in jobs:
            if self.at_once:
                self._open.add(self._do(job))
            else:
                self._open.add(self._pool.submit(self._in_a_thread, job))
                self.at_once = self._jobs >= self._looked_at and self._seconds < QUICK_S

    def done(self) -> list[Result]:
        """Take back what is done, and return the results.

        Raises:
            Exception: what a job raised.
        """
        ended = [future for future in self._open if future.done()]
        self._open.difference_update(ended)
        return [future.result() for future in ended]

    def _in_a_thread(self, job: Job) -> Result:
        began = time.thread_time()
        try:
            return self._work(job)
        finally:
            self._note(time.thread_time() - began)

    def _do(self, job: Job) -> Future[Result]:
        future: Future[Result] = Future()
        began = time.perf_counter()
        try:
            future.set_result(self._work(job))
        except Exception as error:  # noqa: BLE001 (raised by ``done``)
            future.set_exception(error)
        self._note(time.perf_counter() - began)
        if self._seconds > SLOW_S:
            self.at_once, self._jobs = False, 0
            self._looked_at *= MORE
        return future

    def _note(self, seconds: float) -> None:
        # by several threads, without a lock: a job that is lost among so many changes nothing
        self._seconds += (_FRESH if self._jobs else 1.0) * (seconds - self._seconds)
        self._jobs += 1
