"""Staying with a stack: until somebody asks to end it, or one of its services ends by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from flows.errors import ServiceFailed
from flows.stack.logs import last_lines
from flows.stack.starting import RunningService

_LOOK_AGAIN_S = 0.5


def watch(services: Sequence[RunningService], stop: Callable[[], object]) -> None:
    """Wait for Ctrl-C or SIGTERM, then stop the stack.

    Raises:
        ServiceFailed: a service ended by itself; the others are stopped.
    """
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (what Python hands to a handler)
        asked.set()

    before = {kind: signal.signal(kind, ask) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended: RunningService | None = None
        while ended is None and not asked.wait(_LOOK_AGAIN_S):
            ended = next((one for one in services if not one.process.is_alive), None)
    finally:
        stop()
        for kind, handler in before.items():
            signal.signal(kind, handler)
    if ended is not None:
        raise ServiceFailed(
            f"the {ended.title} ended by itself, and so everything was stopped; its log {ended.log} ends:\n"
            f"{last_lines(ended.log, 0)}",
            service=ended.name,
        )
