"""Prepare, paint, finish: three stages beside each other, so that painting never waits for files.

Preparing and finishing run in threads, painting in the thread that calls. Between the stages lies a bounded
number of items: when uploads are slow the painting waits instead of filling the memory.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Generic, TypeVar

from flows.observability.signals import span, waited
from flows.shards.handing import Handing

Job = TypeVar("Job")
Ready = TypeVar("Ready")
Done = TypeVar("Done")

# How often a waiting stage looks at the stop flag, seconds.
LOOK_EVERY_S = 0.2


@dataclass(frozen=True)
class Stages(Generic[Job, Ready, Done]):
    """What happens to a job: ``prepare`` and ``finish`` on threads, ``paint`` on the calling thread.

    ``prepare`` and ``paint`` turn what is wrong with one job into something that ``finish`` can record;
    whatever they raise ends the whole pipeline. ``None`` from ``prepare``: there is nothing to paint.
    """

    prepare: Callable[[Job], Ready | None]
    group: Callable[[Ready], Hashable]
    batch_size: Callable[[Ready], int]
    paint: Callable[[Sequence[Ready]], Sequence[Done]]
    finish: Callable[[Done], None]


def run_pipeline(
    jobs: Iterable[Job],
    stages: Stages[Job, Ready, Done],
    *,
    prepare_threads: int,
    finish_threads: int,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Bring every job through the stages; return when the last one is finished.

    Ready jobs of one group are painted together, at most ``batch_size`` of them; a device that would
    otherwise wait takes a smaller batch. At most two batches are ready or being prepared, and at most two
    batches wait to be finished.

    Args:
        jobs: in the order in which they should be painted.
        stages: what to do.
        prepare_threads: threads that prepare.
        finish_threads: threads that finish.
        turn: entered around each batch: waits for the device.
        go_on: asked before each batch; when False, what is painted is finished and the rest is left.

    Raises:
        Exception: the first one of any stage; the other threads are waited for.
    """
    with (
        ThreadPoolExecutor(prepare_threads, "prepare") as preparers,
        ThreadPoolExecutor(finish_threads, "finish") as finishers,
    ):
        run = _Run(stages, deque(jobs), preparers, finishers, ahead=prepare_threads + 1)
        try:
            while run.has_work and go_on():
                run.prepare_ahead()
                if not run.collect_ready():
                    continue
                asked = time.perf_counter()
                with turn():
                    waited("wait for the device", asked)
                    run.collect_ready()
                    if go_on():
                        run.paint_one_batch()
                run.finish_painted()
            run.finish_all()
        finally:
            # what is painted is still finished; what is only queued to be prepared is left
            preparers.shutdown(wait=False, cancel_futures=True)


class _Run(Generic[Job, Ready, Done]):
    """The jobs of one pipeline and how far they are."""

    def __init__(
        self,
        stages: Stages[Job, Ready, Done],
        jobs: deque[Job],
        preparers: ThreadPoolExecutor,
        finishers: ThreadPoolExecutor,
        *,
        ahead: int,
    ) -> None:
        self._stages = stages
        self._jobs = jobs
        self._ahead = ahead
        self._unfinished_limit = ahead
        self._preparing = Handing[Job, Ready | None](preparers, stages.prepare)
        self._ready: list[Ready] = []
        self._painted: list[tuple[Done, float]] = []
        self._finishing = Handing[tuple[Done, float], None](finishers, self._finish)

    @property
    def has_work(self) -> bool:
        return bool(self._jobs or self._preparing or self._ready)

    def prepare_ahead(self) -> None:
        room = self._ahead - len(self._preparing) - len(self._ready)
        self._preparing.hand_over([self._jobs.popleft() for _ in range(min(room, len(self._jobs)))])

    def collect_ready(self) -> bool:
        """Take what is prepared; where nothing is, wait a moment for it. True where something is ready."""
        if self._preparing and not self._ready:
            began = time.perf_counter()
            wait(self._preparing.futures, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
            waited("wait for a design", began)
        self._ready.extend(ready for ready in self._preparing.done() if ready is not None)
        self._finishing.done()
        return bool(self._ready)

    def paint_one_batch(self) -> None:
        batch = self._largest_batch()
        if not self._preparing.at_once:
            self.prepare_ahead()  # by threads, while the device paints
        painted = self._stages.paint(batch)
        now = time.perf_counter()
        self._painted = [(done, now) for done in painted]

    def finish_painted(self) -> None:
        """Have what was painted last finished; return when few enough painted jobs wait to be."""
        painted, self._painted = self._painted, []
        self._finishing.hand_over(painted)
        if len(self._finishing) <= self._unfinished_limit:
            return
        with span("wait for room"):
            while len(self._finishing) > self._unfinished_limit:
                wait(self._finishing.futures, return_when=FIRST_COMPLETED)
                self._finishing.done()

    def finish_all(self) -> None:
        wait(self._finishing.futures)
        self._finishing.done()

    def _finish(self, painted: tuple[Done, float]) -> None:
        done, painted_s = painted
        waited("wait to be packed", painted_s)
        self._stages.finish(done)

    def _largest_batch(self) -> list[Ready]:
        groups: dict[Hashable, list[Ready]] = {}
        for ready in self._ready:
            groups.setdefault(self._stages.group(ready), []).append(ready)
        size = max(1, self._stages.batch_size(self._ready[0]))
        self._ahead = max(self._ahead, 2 * size)
        self._unfinished_limit = max(self._unfinished_limit, 2 * size)
        # the first of equally large ones, so that nothing waits for ever
        batch = max(groups.values(), key=lambda members: min(len(members), size))[:size]
        chosen = {id(ready) for ready in batch}
        self._ready = [ready for ready in self._ready if id(ready) not in chosen]
        return batch
