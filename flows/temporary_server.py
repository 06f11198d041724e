"""Prefect's temporary server, ended with the process that started it, however that process ends.

Without PREFECT_API_URL Prefect starts a server of its own and stops it at exit. A process that is killed has
no exit: its server would run for ever and keep the terminal or pipe open that it inherited.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")
# In the command line of the server that Prefect starts.
SERVER = "prefect.server.api.server:create_app"

# Waits until our end of its input closes, which it does with our last breath; then makes sure that the
# number has not gone to somebody else. The name comes by the environment, lest a guard look like a server.
_GUARD = 'cat >/dev/null; if grep -qsF "$SERVER" "/proc/$0/cmdline"; then kill "$0"; fi'
_guards: dict[int, subprocess.Popen[bytes]] = {}


def end_server_with_this_process() -> int:
    """Set a guard on each temporary server of this process that has none; return how many were set.

    Does nothing with a real server, and nothing where the system does not list a process's children.
    """
    unguarded = [pid for pid in _children() if pid not in _guards and SERVER in _command_line(pid)]
    for pid in unguarded:
        _guards[pid] = subprocess.Popen(
            ["sh", "-c", _GUARD, str(pid)],
            env=os.environ | {"SERVER": SERVER},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C in the terminal is not for the guard
        )
    return len(unguarded)


def _children() -> list[int]:
    found: list[int] = []
    for task in PROC.glob("self/task/*/children"):
        try:
            found += [int(pid) for pid in task.read_text(encoding="ascii").split()]
        except OSError:
            continue  # the thread has ended meanwhile
    return found


def _command_line(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
