"""The world whose nights are painted on a Ray cluster: its painters and a machine can be killed as well."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flows.stack.logs import log_of
from flows.stack.ports import free_ports
from flows.stack.service import Service
from flows.stack.settings import LOOPBACK, StackSettings
from tests.chaos.world import WORKERS, World
from tests.flows.cluster import nodes

HEAD, MACHINE, PAINTER = "ray-head", "ray-machine", "painter"


@dataclass
class RayWorld(World):
    """A stack with two machines of a Ray cluster, which see the store through the same proxy."""

    faults: ClassVar[Mapping[str, int]] = {**World.faults, PAINTER: 4, MACHINE: 2}

    def __post_init__(self) -> None:
        [self._port] = free_ports(1, LOOPBACK)
        os.environ |= nodes.environment(self.folder)
        super().__post_init__()

    def services(self, settings: StackSettings) -> list[Service]:
        """Return the stack's services and the two machines, each a service of its own."""
        others = super().services(settings)
        [worker] = [one for one in others if one.name == WORKERS[0]]
        told = {**worker.environment, **nodes.environment(self.folder)}
        commands = {HEAD: nodes.head(self._port, cpus=1), MACHINE: nodes.machine(self._port)}
        ray = [
            Service(name, f"Ray machine {name}", command, _started(settings, name), told)
            for name, command in commands.items()
        ]
        return [*others, *ray]

    def strike(self, what: str) -> None:
        """Kill a part of the world, by its name in ``faults``."""
        if what != PAINTER:
            super().strike(what)
        elif found := nodes.painters(self.settings.state):
            self._kill(self.random.choice(found), PAINTER)

    def parameters(self) -> dict[str, Any]:
        """Return what a night is asked for."""
        return {**super().parameters(), "task_runner": "ray", "ray_address": f"{LOOPBACK}:{self._port}"}


def _started(settings: StackSettings, name: str) -> Callable[[], bool]:
    """Return whether a machine has said once more than before this call that it is one of the cluster."""
    log = log_of(settings, name)

    def said() -> int:
        return log.read_text(errors="replace").count(nodes.STARTED) if log.exists() else 0

    before = said()
    return lambda: said() > before
