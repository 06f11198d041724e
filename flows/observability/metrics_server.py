"""Serves the metrics of this machine's runs on loopback, given a folder and a port."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from flows.observability.metrics_files import forget_the_dead
from flows.stack.settings import LOOPBACK


class MachineCollector:
    """The counts of all processes that counted into a folder, the living and the dead."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._files: Any = MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call]
        # two askers at once must not add up the same files
        self._alone = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        with self._alone:
            forget_the_dead(self._folder)
            yield from self._files.collect()


def registry_of(folder: Path) -> CollectorRegistry:
    """Return a registry with the metrics of a folder."""
    registry = CollectorRegistry()
    registry.register(MachineCollector(folder))
    return registry


def main(folder: str, port: str) -> None:
    """Serve until the process is ended."""
    _, thread = start_http_server(int(port), LOOPBACK, registry_of(Path(folder)))
    thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
