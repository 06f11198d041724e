"""A temporary server does not outlive the process that started it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.temporary_server import SERVER

# Starts a stand-in whose command line looks like the server's, guards it, says its number and waits.
PARENT = f"""
import subprocess, sys
from subprocess import DEVNULL
from flows.temporary_server import end_server_with_this_process
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
server = subprocess.Popen([*sleep, {SERVER!r}], stdout=DEVNULL)
other = subprocess.Popen([*sleep, "somebody else"], stdout=DEVNULL)
assert end_server_with_this_process() == 1
assert end_server_with_this_process() == 0
print(server.pid, other.pid, flush=True)
input()
"""


@pytest.mark.parametrize("end", ["killed", "at its end"])
def test_the_server_ends_with_its_process_and_other_children_do_not(end: str):
    if not list(Path("/proc/self/task").glob("*/children")):
        pytest.skip("this system does not list the children of a process")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    server, other = (int(pid) for pid in parent.stdout.readline().split())
    try:
        assert alive(server)
        if end == "killed":
            parent.kill()
        else:
            parent.stdin.write("\n")
            parent.stdin.flush()
        parent.stdin.close()
        parent.wait(30)
        deadline = time.monotonic() + 30
        while alive(server):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert alive(other)
    finally:
        for pid in (server, other):
            subprocess.run(["kill", "-9", str(pid)], stderr=subprocess.DEVNULL, check=False)


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}
