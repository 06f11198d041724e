"""Who works beside whom in a process: all among one another, or one with nothing else at work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Job = TypeVar("Job")
Done = TypeVar("Done")


class Company:
    """Lets the stages of all shards of a process work beside each other, until one design wants to be alone.

    Whoever wants to be alone waits for what is at work and keeps newcomers out meanwhile. A stage never waits
    for another one to begin, so this ends.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at_work = 0
        self._want_to_be_alone = 0
        self._is_alone = False

    def joined(self, stage: Callable[[Job], Done]) -> Callable[[Job], Done]:
        """Return a stage that works among the others, and waits while somebody is to be alone."""

        def work(job: Job) -> Done:
            with self._changed:
                self._changed.wait_for(lambda: not self._want_to_be_alone)
                self._at_work += 1
            try:
                return stage(job)
            finally:
                with self._changed:
                    self._at_work -= 1
                    self._changed.notify_all()

        return work

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nothing else is at work in this process, and keep it so."""
        with self._changed:
            self._want_to_be_alone += 1
            self._changed.wait_for(lambda: not self._at_work and not self._is_alone)
            self._is_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._want_to_be_alone -= 1
                self._is_alone = False
                self._changed.notify_all()
