"""Where a run's shards are painted: on this machine's devices, or on the machines of a Ray cluster."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import get_args

from configs.batch import Batch, TaskRunner
from configs.errors import ConfigError
from flows.errors import ClusterUnavailable

RUNNERS: tuple[str, ...] = get_args(TaskRunner)
# What the extra `ray` brings.
_NEEDED = ("ray", "prefect_ray")


@dataclass(frozen=True)
class Place:
    """What a run says of where it is painted, as flat fields.

    Attributes:
        device: auto, cpu, cuda or cuda:1; on Ray, which gives out GPUs itself, auto or cpu.
        task_runner: threads or ray; "": as the batch says.
        ray_address: of the cluster: host:port, auto for the one that this machine is part of; "": as
            RAY_ADDRESS says, else a cluster of the run's own on this machine.
    """

    device: str = "auto"
    task_runner: str = ""
    ray_address: str = ""

    def runner_for(self, batch: Batch) -> str:
        """Return who paints this batch.

        Raises:
            ConfigError: there is no such runner, or Ray does not give out such a device.
            ClusterUnavailable: it is Ray, which is not installed.
        """
        runner = self.task_runner or batch.task_runner
        if runner not in RUNNERS:
            raise ConfigError(f"task_runner is one of {', '.join(RUNNERS)}; got {runner!r}")
        if runner == "ray":
            self._check_ray()
        return runner

    def _check_ray(self) -> None:
        if self.device not in ("auto", "cpu"):
            raise ConfigError(f"Ray gives out GPUs itself: device is auto or cpu; got {self.device!r}")
        missing = [name for name in _NEEDED if find_spec(name) is None]
        if missing:
            raise ClusterUnavailable(
                f"task_runner: ray needs Ray, and {' and '.join(missing)} is not installed; install Toile "
                "with its extra (pip install 'toile[ray]'), or paint with task_runner: threads"
            )
