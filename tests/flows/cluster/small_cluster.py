"""A Ray cluster of one or two machines on this one: loopback alone, and the stub engine."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from flows.shards.process_identity import PROC, ProcessIdentity
from flows.stack.ports import free_ports
from flows.stack.processes import MARK, end_marked, spawn
from flows.stack.settings import LOOPBACK
from tests.flows.cluster import nodes
from tests.flows.cluster.nodes import painters

Found = TypeVar("Found")


@dataclass
class SmallCluster:
    """A machine where the run is, and others that may be killed."""

    folder: Path
    port: int
    _nodes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def start_head(self, *, cpus: int, gpus: int = 0) -> subprocess.Popen[bytes]:
        return self._start(nodes.head(self.port, cpus=cpus, gpus=gpus))

    def start_machine(self) -> subprocess.Popen[bytes]:
        return self._start(nodes.machine(self.port))

    def kill_a_painter_of(self, machine: subprocess.Popen[bytes]) -> None:
        """Kill a process that renders on a machine, as soon as there is one."""
        os.kill(wait_for(lambda: self._painters_of(machine))[0].pid, signal.SIGKILL)

    def kill_while_it_paints(self, machine: subprocess.Popen[bytes]) -> None:
        """Kill a machine: all that is on it ends with it."""
        wait_for(lambda: self._painters_of(machine))
        machine.kill()

    def _painters_of(self, machine: subprocess.Popen[bytes]) -> list[ProcessIdentity]:
        return [one for one in painters(self.folder) if machine.pid in _parents(one)]

    def end(self) -> None:
        for node in self._nodes:
            node.kill()
            node.wait()
        end_marked({MARK: str(self.folder)}, within_s=10)

    def _start(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        log = self.folder / f"node-{len(self._nodes)}.log"
        node = spawn(command, os.environ, log, self.folder)
        self._nodes.append(node)
        wait_for(lambda: node.poll() is not None or nodes.STARTED in log.read_text())
        assert node.poll() is None, log.read_text()
        return node


@contextmanager
def small_cluster(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[SmallCluster]:
    """Return a cluster, to be started, whose processes work in the house in ``folder``; it ends with all."""
    for name in ("ray", "prefect_ray"):
        pytest.importorskip(name, reason="the extra `ray` is not installed")
    from ray._private import ray_constants

    [port] = free_ports(1, LOOPBACK)
    with pytest.MonkeyPatch.context() as patch:
        # as their environment says: it was read when Ray was imported
        patch.setattr(ray_constants, "ENABLE_RAY_CLUSTER", False)
        known = nodes.environment(folder) | {MARK: str(folder)}
        for name, value in (known | dict(environment or {})).items():
            patch.setenv(name, value)
        cluster = SmallCluster(folder, port)
        try:
            yield cluster
        finally:
            cluster.end()


def wait_for(find: Callable[[], Found], *, within_s: float = 300.0) -> Found:
    """Return what is found as soon as there is something."""
    until = time.monotonic() + within_s
    while not (found := find()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    return found


def _parents(process: ProcessIdentity) -> Iterator[int]:
    pid = process.pid
    while pid > 1:
        try:
            stat = (PROC / str(pid) / "stat").read_text(errors="replace")
        except OSError:
            return
        pid = int(stat.rpartition(")")[2].split()[1])
        yield pid
