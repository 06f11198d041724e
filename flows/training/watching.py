"""Who is told how a training goes: a console, in quiet lines; Prefect's pages have their own listener."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from flows.training.asked import Piece
from nst_core.training import Check

LINE_EVERY_S = 10.0


class Listener(Protocol):
    """Is told of trainings, one after the other, from the thread that trains."""

    def say(self, line: str) -> None:
        """Take a sentence for people."""
        ...

    def checked(self, piece: Piece, checks: Sequence[Check]) -> None:
        """Take notice of another check, the last of these."""
        ...

    def shown(self, piece: Piece, checks: Sequence[Check], sample_key: str) -> None:
        """Take notice of a new sample picture."""
        ...


class Lines:
    """Says in lines how far a training is, at most one every ten seconds.

    Args:
        say: shows a line.
        clock: a monotonic clock, seconds.
    """

    def __init__(self, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._said_at: float | None = None

    def say(self, line: str) -> None:
        """Show a line."""
        self._said_at = None
        self._say(line)

    def checked(self, piece: Piece, checks: Sequence[Check]) -> None:
        """Say how far it is, unless that was just said."""
        now = self._clock()
        if self._said_at is not None and now - self._said_at < LINE_EVERY_S:
            return
        self._said_at = now
        self._say(progress_line(piece, checks))

    def shown(self, piece: Piece, checks: Sequence[Check], sample_key: str) -> None:
        """Say nothing: it lies where the training's last line says."""


def progress_line(piece: Piece, checks: Sequence[Check]) -> str:
    """Return how far a training is as a line."""
    last = checks[-1]
    lowest = min(check.held_out for check in checks)
    told = [
        f"{piece.named}: step {last.step:,} of {piece.steps:,}",
        f"loss {last.loss:.4g}",
        f"held out {last.held_out:.4g}" + ("" if last.held_out <= lowest else f" (lowest {lowest:.4g})"),
        f"{last.seconds / 60:.1f} min",
    ]
    left_s = (piece.steps - last.step) * last.seconds / max(1, last.step)
    if piece.part.train.minutes:
        left_s = min(left_s, 60 * piece.part.train.minutes - last.seconds)
    if left_s > 0:
        told.append(f"at most {left_s / 60:.1f} left")
    return ", ".join(told)
