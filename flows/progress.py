"""How far a batch is, for whoever watches: counts that threads add to and listeners that are told.

Knows nothing of Prefect, so that a progress bar in a terminal works without it::

    with watching(lambda snapshot: bar.update(snapshot.settled)):
        nightly_designs("demo", root="bucket")
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

log = logging.getLogger(__name__)


class Phase(StrEnum):
    """What a run is doing."""

    PLANNING = "planning"
    PAINTING = "painting"
    WAITING = "waiting"
    PUBLISHING = "publishing"
    FINISHED = "finished"
    STOPPED = "stopped"


class Outcome(StrEnum):
    """How a design came to its row in this run."""

    PAINTED = "painted"
    THERE = "there"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Snapshot:
    """The state of one batch at one moment.

    Attributes:
        batch_id: which batch.
        phase: what is going on.
        images_read: catalog images looked at while planning.
        images_to_read: of so many; those that have not changed since the last time do not count.
        planned: designs in the plan.
        painted: painted by this run.
        there: already there before, or brought by another run meanwhile.
        failed: with a row that says why.
        skipped: left out on purpose (duplicates, over a limit, no minutes left).
        steps_done: optimisation steps done by designs that are not finished, as a share of one design each.
        elapsed_s: seconds since the run began.
    """

    batch_id: str
    phase: Phase = Phase.PLANNING
    images_read: int = 0
    images_to_read: int = 0
    planned: int = 0
    painted: int = 0
    there: int = 0
    failed: int = 0
    skipped: int = 0
    steps_done: float = 0.0
    elapsed_s: float = 0.0

    @property
    def settled(self) -> int:
        """Designs that have their row."""
        return self.painted + self.there + self.failed + self.skipped

    @property
    def designs_per_hour(self) -> float:
        """Painted designs per hour of this run so far; 0 before the first."""
        return 3600 * self.painted / self.elapsed_s if self.elapsed_s > 0 else 0.0


Listener = Callable[[Snapshot], None]
_listeners: list[Listener] = []


@contextmanager
def watching(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` of every change, from whatever thread made it, one call at a time."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@dataclass
class Progress:
    """The counts of one run of a batch, which holds them; every method may be called from any thread."""

    batch_id: str
    clock: Callable[[], float] = time.monotonic
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _outcomes: dict[str, Outcome] = field(default_factory=dict, repr=False)
    _steps: dict[str, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._snapshot = Snapshot(self.batch_id)

    @property
    def snapshot(self) -> Snapshot:
        """The state now."""
        with self._lock:
            return replace(
                self._snapshot,
                steps_done=sum(self._steps.values()),
                elapsed_s=self.clock() - self._began,
            )

    def enter(self, phase: Phase) -> None:
        """Say what the run does now."""
        self._change(phase=phase)

    def read(self, images: int, of: int) -> None:
        """Say how many of the catalog's new images were looked at."""
        self._change(images_read=images, images_to_read=of)

    def plan(self, planned: int, *, there: int, failed: int, skipped: int) -> None:
        """Set the size of the batch, and how much of it is settled before anything is painted."""
        self._change(planned=planned, there=there, failed=failed, skipped=skipped)

    def grow(self, planned: int, *, there: int) -> None:
        """Set the size of a batch whose plan has grown, and how much of what came in is there already."""
        with self._lock:
            self._change(planned=planned, there=self._snapshot.there + there)

    def step(self, batch: object, designs: int, share: float) -> None:
        """Say how far (``share``, 0..1) a batch of ``designs`` designs is; ``batch`` tells batches apart."""
        with self._lock:
            self._steps[str(batch)] = designs * min(max(share, 0.0), 1.0)
            self._tell()

    def batch_ended(self, batch: object) -> None:
        """Forget the steps of a batch: its designs count one by one from here."""
        with self._lock:
            self._steps.pop(str(batch), None)

    def settle(self, design_id: str, outcome: Outcome) -> None:
        """Count a design once, by its last outcome; a shard that is done again counts nothing twice."""
        with self._lock:
            before = self._outcomes.get(design_id)
            if before is outcome:
                return
            self._outcomes[design_id] = outcome
            counts = {outcome.value: getattr(self._snapshot, outcome.value) + 1}
            if before is not None:
                counts[before.value] = getattr(self._snapshot, before.value) - 1
            self._change(**counts)

    def _change(self, **changes: object) -> None:
        with self._lock:
            self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]
            self._tell()

    def _tell(self) -> None:
        if not _listeners:
            return
        now = self.snapshot
        for listener in tuple(_listeners):
            listener(now)
