"""Processes that outlive the command that started them: begun, watched, and ended with all their children.

Everything that a stack starts carries its folder in ``TOILE_STACK``, and so does every child, whoever becomes
its parent: what a service leaves behind is found by it. Needs Linux's ``/proc``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.errors import StackRefused
from flows.shards.process_identity import PROC, ProcessIdentity, identity_of, this_process

MARK = "TOILE_STACK"
MARK_OF_SERVICE = "TOILE_SERVICE"
_LOOK_AGAIN_S = 0.05


def check_system() -> None:
    """See that this system tells processes apart.

    Raises:
        StackRefused: it has no ``/proc``.
    """
    if not this_process().machine:
        raise StackRefused(
            "toile up and toile down need Linux, whose /proc tells which process is whose; elsewhere start "
            "`prefect server start` and `prefect worker start --pool toile` yourself"
        )


def spawn(
    command: tuple[str, ...], environment: Mapping[str, str], log: Path, folder: Path
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, which a Ctrl-C in this terminal does not reach.

    Args:
        command: program and arguments.
        environment: all of it.
        log: is appended to.
        folder: the process's current folder.
    """
    # A child inherits that a signal is ignored, and a worker that ignores SIGINT cannot be asked to end:
    # shells start what runs in the background so.
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with log.open("ab") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )
    finally:
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)


def end(process: ProcessIdentity, *, within_s: float) -> bool:
    """Ask a process to end, ask again, then kill it; each time after ``within_s``.

    A worker takes the first request as one to finish its runs, and the second as the last word.

    Returns:
        Whether it was there.
    """
    if not process.is_alive:
        return False
    for kind in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        _send(process, kind)
        if _gone([process], within_s=within_s):
            return True
    return not _gone([process], within_s=0)


def end_marked(marks: Mapping[str, str], *, within_s: float) -> list[int]:
    """End every process that carries these variables in its environment, but for the caller and its parents.

    Returns:
        The processes that were there.
    """
    found = list(marked(marks))
    for kind in (signal.SIGTERM, signal.SIGKILL):
        for process in found:
            _send(process, kind)
        if _gone(found, within_s=within_s):
            break
    return [process.pid for process in found]


def marked(marks: Mapping[str, str]) -> Iterator[ProcessIdentity]:
    """Yield the processes of this user that carry these variables, but for the caller and its parents."""
    lines = {f"{name}={value}".encode() for name, value in marks.items()}
    mine = set(_line_of_parents())
    for pid, told in _environments():
        if lines <= told and pid not in mine and (process := identity_of(pid)).started:
            yield process


def told_by_any(variable: str) -> set[str]:
    """Return the values that a variable has in any process of this user."""
    start = f"{variable}=".encode()
    lines = (line for _, told in _environments() for line in told)
    return {line[len(start) :].decode(errors="replace") for line in lines if line.startswith(start)}


def reap(process: ProcessIdentity) -> None:
    """Take note of the end of a child of this process, which would stay in the system's list otherwise."""
    try:
        os.waitpid(process.pid, os.WNOHANG)
    except ChildProcessError:
        return


def _send(process: ProcessIdentity, kind: signal.Signals) -> None:
    """Send a signal to this very process: its number may be another's by now."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        # The handle holds on to whoever has the number now; what is then still alive is the one we mean.
        if process.is_alive:
            signal.pidfd_send_signal(handle, kind)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def _gone(processes: list[ProcessIdentity], *, within_s: float) -> bool:
    until = time.monotonic() + within_s
    while True:
        if not any(process.is_alive for process in processes):
            for process in processes:
                reap(process)
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK_AGAIN_S)


def _environments() -> Iterator[tuple[int, set[bytes]]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                yield int(folder.name), set((folder / "environ").read_bytes().split(b"\0"))
            except OSError:  # somebody else's, or gone meanwhile
                continue


def _line_of_parents() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            stat = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            return
        pid = int(stat.rpartition(")")[2].split()[1])
