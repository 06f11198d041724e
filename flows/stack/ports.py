"""Ports: which are free, and who has one that is not."""

from __future__ import annotations

import errno
import os
import random
import socket
import time
from collections.abc import Iterator

from flows.errors import PortTaken, StackRefused
from flows.shards.process_identity import PROC

_LISTENS = "0A"  # a socket's state in the kernel's table
_FIRST = 10_240
# What a killed process keeps open is closed by then, seconds.
_DYING_WITHIN_S = 5.0
_OUTGOING = PROC / "sys/net/ipv4/ip_local_port_range"


def free_ports(count: int, host: str) -> list[int]:
    """Return so many different ports that nobody listens on at this moment.

    They lie below those that the system gives to outgoing connections: one of these could have the number
    while the service that had it is started again.
    """
    found: list[int] = []
    candidates = list(range(_FIRST, _first_outgoing()))
    random.shuffle(candidates)
    for port in candidates:
        if len(found) == count:
            break
        if is_free(host, port):
            found.append(port)
    return found


def is_free(host: str, port: int) -> bool:
    """Say whether nobody listens on a port."""
    return _refusal(host, port) is None


def check_free(host: str, port: int, *, option: str, what: str) -> None:
    """See that a service can listen on a port.

    A process that was killed a moment ago may still have it, although it is no more: that is waited for.

    Args:
        host: the address it listens on.
        port: 1 to 65535.
        option: of the command line that chooses another port.
        what: wants to listen, for the message.

    Raises:
        PortTaken: somebody listens there.
        StackRefused: the address is not one of this machine, or the port is kept for the system.
    """
    until = time.monotonic() + _DYING_WITHIN_S
    while (error := _refusal(host, port)) is not None:
        if error.errno != errno.EADDRINUSE:
            raise StackRefused(
                f"{what} cannot listen on {host}:{port} ({error.strerror}); choose an address of this "
                f"machine with --host and a port above 1023 with {option}"
            ) from error
        who = who_listens(port)
        if who or time.monotonic() >= until:
            raise PortTaken(
                f"{what} is to listen on port {port} of {host}, which is taken by "
                f"{who or 'a process of another user'}; stop that, or choose another port with {option} "
                f"({option} 0 takes any free one)",
                port=port,
            ) from error
        time.sleep(0.1)


def who_listens(port: int) -> str:
    """Return who listens on a port, as ``python3 (process 4711)``; "" where it is not ours to know."""
    inodes = set(_listening_sockets(port))
    for folder in PROC.iterdir():
        if folder.name.isdigit() and inodes & set(_sockets_of(folder.name)):
            try:
                name = (PROC / folder.name / "comm").read_text(encoding="utf-8", errors="replace").strip()
            except OSError:
                continue
            return f"{name} (process {folder.name})"
    return ""


def _refusal(host: str, port: int) -> OSError | None:
    """Return why nobody can listen on a port now; None where somebody can."""
    with socket.socket(_family(host)) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return error
    return None


def _first_outgoing() -> int:
    try:
        return max(int(_OUTGOING.read_text(encoding="ascii").split()[0]), _FIRST + 10_000)
    except (OSError, ValueError, IndexError):
        return 32_768


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _listening_sockets(port: int) -> Iterator[str]:
    """Yield the inodes of the sockets that listen on a port, by the kernel's tables."""
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _sockets_of(pid: str) -> Iterator[str]:
    try:
        files = list((PROC / pid / "fd").iterdir())
    except OSError:
        return
    for file in files:
        try:
            target = os.readlink(file)
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[len("socket:[") : -1]
