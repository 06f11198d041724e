"""A trace of the threads at work, in the trace event format that Perfetto and Chrome open.

``toile run --trace FILE`` writes one, ``TOILE_TRACE=FOLDER`` one a process. Every event is in the file as
soon as it happened: the format does without the bracket at its end, and a killed process leaves a trace too.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from flows.observability.logs import plain_fact
from flows.observability.signals import Signal, Span, ignore, listen

FOLDER = "TOILE_TRACE"
# Beyond it a viewer is of no use: about an hour of small designs.
MAX_EVENTS = 1_000_000

_writing: dict[Path, TraceFile] = {}


class TraceFile:
    """Writes spans as complete events: one track a thread, times in µs."""

    def __init__(self, path: Path, *, max_events: int = MAX_EVENTS) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._left = max_events
        self._threads: dict[str, int] = {}
        self._lock = threading.Lock()
        self._file: IO[str] | None = path.open("w", encoding="utf-8", buffering=1)
        self._file.write("[\n")
        self._write({"ph": "M", "name": "process_name", "tid": 0, "args": {"name": f"toile {os.getpid()}"}})

    def __call__(self, signal: Signal) -> None:
        """Write a span; events are in the log."""
        if not isinstance(signal, Span):
            return
        with self._lock:
            if self._file is None or self._left <= 0:
                return
            self._left -= 1
            self._write(
                {
                    "ph": "X",
                    "name": signal.name,
                    "cat": "toile",
                    "tid": self._track(signal.thread),
                    "ts": round(signal.began_s * 1e6, 1),
                    "dur": round(signal.seconds * 1e6, 1),
                    "args": {name: plain_fact(value) for name, value in signal.facts.items()},
                }
            )

    def close(self) -> None:
        """Finish the file; done twice, it is the same as once."""
        with self._lock:
            if self._file is not None:
                self._file.write("{}]\n")
                self._file.close()
                self._file = None

    def _track(self, thread: str) -> int:
        if thread not in self._threads:
            self._threads[thread] = len(self._threads) + 1
            named = {"ph": "M", "name": "thread_name", "tid": self._threads[thread], "args": {"name": thread}}
            self._write(named)
        return self._threads[thread]

    def _write(self, event: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(f"{json.dumps({'pid': os.getpid(), **event}, ensure_ascii=False)},\n")


@contextmanager
def traced(path: Path) -> Iterator[None]:
    """Write a trace of the following."""
    file = TraceFile(path)
    listen(file)
    try:
        yield
    finally:
        ignore(file)
        file.close()


def begin_trace() -> None:
    """Trace this process from now on into a file of its own, where ``TOILE_TRACE`` names a folder."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    path = Path(folder).expanduser() / f"trace-{os.getpid()}.json"
    if path not in _writing:
        _writing[path] = file = TraceFile(path)
        listen(file)
        atexit.register(file.close)


def read_trace(path: Path) -> list[dict[str, Any]]:
    """Return the events of a trace, also of one whose process was killed.

    Raises:
        ValueError: it is none.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    if not lines or lines[0] != "[":
        raise ValueError(f"{path} is no trace of ours: it does not begin with a bracket on a line of its own")
    events = [json.loads(line.removesuffix(",")) for line in lines[1:] if line.endswith("},")]
    return [event for event in events if event]
