"""What a task takes of a machine: a whole GPU, or all processors of a machine without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.errors import ClusterUnavailable

# The resources of one machine, as Ray names them: CPU, GPU, memory.
Machine = Mapping[str, float]


@dataclass(frozen=True)
class Share:
    """What each task takes, so that a device has one process, and a process one engine.

    Attributes:
        cpus: processors; Ray gives a process so many threads for numerics.
        gpus: 1 or 0.
        at_once: so many tasks find a place in the cluster as it is now.
    """

    cpus: int
    gpus: int
    at_once: int

    def fits(self, machine: Machine) -> bool:
        """Return whether a machine, empty, has room for a task."""
        return machine.get("CPU", 0) >= self.cpus and machine.get("GPU", 0) >= self.gpus


def share_of(machines: Sequence[Machine], device: str) -> Share:
    """Return what a task takes: a GPU and its part of the machine's processors, else a whole machine.

    Machines are cut by the smallest of them, so that a task finds a place on each.

    Args:
        machines: those that live.
        device: ``auto`` (GPUs where there are any) or ``cpu``.

    Raises:
        ClusterUnavailable: no machine has anything to give.
    """
    with_gpu = [one for one in machines if one.get("GPU", 0) >= 1 and device != "cpu"]
    if with_gpu:
        cpus = min(int(one.get("CPU", 0) // one["GPU"]) for one in with_gpu)
        return Share(cpus, 1, int(sum(one["GPU"] for one in with_gpu)))
    with_cpu = [one for one in machines if one.get("CPU", 0) >= 1]
    if not with_cpu:
        raise ClusterUnavailable(
            f"none of the {len(machines)} machines of the Ray cluster has a processor to give; start its "
            "nodes with `ray start --num-cpus=N`"
        )
    cpus = min(int(one["CPU"]) for one in with_cpu)
    return Share(cpus, 0, sum(int(one["CPU"] // cpus) for one in with_cpu))
