"""How far a run is: a bar where somebody watches, a line now and then where nobody does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flows.cli.reporting import aside, say
from flows.cli.words import count, duration
from flows.progress import Phase, Snapshot, watching

LINE_EVERY_S = 30.0


@contextmanager
def shown_progress(*, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Show the progress of the batch that is painted meanwhile, on stderr."""
    console = aside()
    if not console.is_terminal:
        with watching(Lines(clock=clock)):
            yield
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    with Progress(*columns, console=console, transient=False) as bar:
        task = bar.add_task("planning", total=None, pace="")
        pace = Pace()

        def show(now: Snapshot) -> None:
            bar.update(
                task,
                description=described(now),
                total=now.planned or None,
                completed=now.settled + (now.steps_done if now.phase is Phase.PAINTING else 0),
                pace=pace(now),
            )

        with watching(show):
            yield


class Lines:
    """Says in lines what a bar would show: each new phase, and how far it is every half a minute."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._phase: Phase | None = None
        self._pace = Pace()
        self._said_at = clock()
        self._lock = threading.Lock()

    def __call__(self, now: Snapshot) -> None:
        """Take notice of a change, from any thread."""
        with self._lock:
            pace = self._pace(now)
            is_new = now.phase is not self._phase
            if not is_new and self._clock() - self._said_at < LINE_EVERY_S:
                return
            self._phase, self._said_at = now.phase, self._clock()
        if now.phase is Phase.PAINTING:
            told = [f"{now.settled:,} of {count(now.planned, 'design')}", f"{now.there:,} already there"]
            say(f"{now.batch_id}: painting, {', '.join([*told, pace] if pace else told)}")
        elif is_new:
            say(f"{now.batch_id}: {described(now)}")


def described(now: Snapshot) -> str:
    """Say what the run does."""
    if now.phase is Phase.PLANNING and now.images_to_read:
        return f"reading catalogs, {now.images_read:,} of {count(now.images_to_read, 'image')}"
    if now.phase is Phase.PAINTING and now.there:
        return f"painting ({now.there:,} already there)"
    if now.phase is Phase.WAITING:
        return "waiting for another run of this batch"
    return str(now.phase.value)


class Pace:
    """How quick the painting is, counted from its own beginning: starting up is no part of the rate."""

    def __init__(self) -> None:
        self._painting_since_s: float | None = None

    def __call__(self, now: Snapshot) -> str:
        """Say the rate and how long the rest takes; empty before anything is known."""
        if now.phase is not Phase.PAINTING:
            return ""
        if self._painting_since_s is None:
            self._painting_since_s = now.elapsed_s
        painted, seconds = now.painted + now.steps_done, now.elapsed_s - self._painting_since_s
        if painted <= 0 or seconds <= 0:
            return ""
        left = max(0.0, now.planned - now.settled - now.steps_done)
        return f"{3600 * painted / seconds:,.0f} designs/h, {duration(left * seconds / painted)} left"
