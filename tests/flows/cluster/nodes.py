"""Machines of a Ray cluster as processes on loopback, with the stub engine."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

from flows.shards.process_identity import PROC, ProcessIdentity
from flows.stack.processes import MARK, marked
from flows.stack.settings import LOOPBACK
from tests.flows import stub_flows
from tests.flows.cluster.stub_painter import HOOK

# Nothing is sent anywhere, everything listens on loopback, nothing is started before it is needed, and a busy
# machine has time.
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_agent_register_timeout_ms": "240000",
    "RAY_worker_register_timeout_seconds": "240",
    # a node that is gone is known after a few seconds instead of half a minute
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "5",
}
# A machine is six processes, and Ray gives them 30 s to begin, however busy everything is: what they import
# is compiled once.
_QUICK = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(__file__).parents[3] / ".pytest_cache" / "bytecode"),
}
# What a machine says when it is one of the cluster.
STARTED = "one of the cluster"


def environment(folder: Path) -> dict[str, str]:
    """Return what processes of a cluster are told that works in the house in ``folder``."""
    return stub_flows.environment(folder) | HOOK | _QUIET | _QUICK


def head(port: int, *, cpus: int, gpus: int = 0) -> tuple[str, ...]:
    """Return the command of the machine that the others find each other by; GPUs need not be there."""
    return _command("head", port, cpus, gpus)


def machine(port: int) -> tuple[str, ...]:
    """Return the command of a machine with a processor to give."""
    return _command("machine", port, 1, 0)


def _command(kind: str, *figures: int) -> tuple[str, ...]:
    return (sys.executable, "-m", __name__, kind, *map(str, figures))


def answers(port: int) -> bool:
    """Return whether somebody listens on a port."""
    with socket.socket() as asking:
        return asking.connect_ex((LOOPBACK, port)) == 0


def painters(folder: Path) -> list[ProcessIdentity]:
    """Return the processes that render shards for the machines of a stack at this moment."""
    return [one for one in marked({MARK: str(folder)}) if _title(one).startswith("ray::render")]


def _title(process: ProcessIdentity) -> str:
    try:
        return (PROC / str(process.pid) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


def _be_a_node(kind: str, port: str, cpus: str, gpus: str) -> None:
    """Be a node for as long as it works: with this process all of it ends.

    Not by `ray start`, which takes a second machine only where it listens on all addresses.
    """
    from ray._private.node import Node
    from ray._private.parameter import RayParams

    address = f"{LOOPBACK}:{port}"
    place = {"gcs_server_port": int(port)} if kind == "head" else {"gcs_address": address}
    wanted = RayParams(
        **place,
        redis_address=None if kind == "head" else address,
        node_ip_address=LOOPBACK,
        num_cpus=int(cpus),
        num_gpus=int(gpus),
        object_store_memory=80 * 2**20,
        include_dashboard=False,
        include_log_monitor=False,
        no_monitor=True,
        # any that are free
        min_worker_port=0,
        max_worker_port=0,
        node_manager_port=0,
        dashboard_agent_listen_port=None,
    )
    node = Node(wanted, head=kind == "head", shutdown_at_exit=True, spawn_reaper=True)
    print(STARTED, flush=True)  # noqa: T201 (whoever waits reads it)
    while node.remaining_processes_alive():
        time.sleep(1.0)


if __name__ == "__main__":
    _be_a_node(*sys.argv[1:])
