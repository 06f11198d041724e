"""Which process on which machine somebody is, and whether that process still lives."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessIdentity:
    """A process, told apart from a later one with the same number.

    ``machine`` is host name, boot and process-number space in one: two containers that share a host's name
    and kernel still number their processes differently, and are two machines here. Empty where the system
    does not tell.
    """

    machine: str
    pid: int
    started: str

    @property
    def is_here(self) -> bool:
        """Whether this process runs (or ran) where the caller runs, so that its life can be looked up."""
        return self.machine != "" and self.machine == _machine()

    @property
    def is_dead(self) -> bool:
        """True only where it is certain: the process ran here and is no more."""
        return self.is_here and _start_time(self.pid) != self.started

    @property
    def is_alive(self) -> bool:
        """True only where it is certain: the process runs here."""
        return self.is_here and self.started != "" and _start_time(self.pid) == self.started

    @property
    def is_me(self) -> bool:
        """Whether this is the calling process."""
        return self == this_process()


def this_process() -> ProcessIdentity:
    """Return the identity of the calling process."""
    return identity_of(os.getpid())


def identity_of(pid: int) -> ProcessIdentity:
    """Return the identity of a process of this machine; ``started`` is "" where it is gone."""
    return ProcessIdentity(machine=_machine(), pid=pid, started=_start_time(pid))


@cache
def _machine() -> str:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        numbering = os.readlink(PROC / "self/ns/pid")
    except OSError:
        return ""
    return f"{socket.gethostname()} {boot} {numbering}"


def _start_time(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; "" when it is gone or only waits to be reaped."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    # the name in brackets may hold anything; state is field 3 and the start time field 22 of the line
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]
