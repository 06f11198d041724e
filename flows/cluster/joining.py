"""Being part of a Ray cluster for a while: one that is there, or one of the run's own on this machine."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import ray
from ray._private import ray_constants

from flows.cluster.share import Machine
from flows.errors import ClusterUnavailable

log = logging.getLogger(__name__)

ADDRESS = "RAY_ADDRESS"
# At 127.0.0.1, and nowhere else, Ray's parts listen on loopback alone.
LOOPBACK = "127.0.0.1"
# A cluster that does not answer by then is taken for away, seconds.
ANSWERS_WITHIN_S = 10.0
# Tasks take and return ids and small values: nothing of weight goes through Ray's own store.
OBJECT_STORE_BYTES = 80 * 2**20
# What the parts of a cluster of our own are told by their environment; what is set there already stays.
OWN = {
    # On Linux Ray takes 127.0.0.1 for a slip of the pen, and the machine's address on the network instead,
    # unless it believes that clusters are impossible here.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # a machine that is busy with painting starts processes slowly
    "RAY_agent_register_timeout_ms": "120000",
    # a painter that waits for other runs keeps its weights
    "RAY_idle_worker_killing_time_threshold_ms": "600000",
}

_one_at_a_time = threading.Lock()


@contextmanager
def joined(address: str) -> Iterator[None]:
    """Be part of a cluster, and leave it: a cluster of the run's own ends with it.

    Where this process is part of a cluster already, that one is used, and not left. A process is part of one
    cluster: who comes second, as a wave that a run paints itself, waits for the end of the first.

    Args:
        address: host:port, ``auto`` for the one that this machine is part of; "": as RAY_ADDRESS says, else a
            cluster of our own on this machine, which nobody outside it can reach.

    Raises:
        ClusterUnavailable: it does not answer, or cannot be started.
    """
    with _one_at_a_time:
        if ray.is_initialized():
            yield
            return
        with _own_sigterm():
            _join(address or os.environ.get(ADDRESS, ""))
        try:
            yield
        finally:
            ray.shutdown()


def machines() -> list[Machine]:
    """Return the resources of the machines that live."""
    return [node["Resources"] for node in _living()]


def reaches_beyond_this_machine() -> bool:
    """Return whether machines other than this one belong to the cluster."""
    addresses = {node["NodeManagerAddress"] for node in _living()}
    return sum(not ip_address(one).is_loopback for one in addresses) > 1


def _living() -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return [node for node in nodes if node["Alive"]]


def _join(address: str) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quietly: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "configure_logging": False,
    }
    if not address:
        for name, value in OWN.items():
            os.environ.setdefault(name, value)
        ray_constants.ENABLE_RAY_CLUSTER = False  # it was read when Ray was imported
        _draw_token()
        quietly |= {
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
            "_node_ip_address": LOOPBACK,
        }
    try:
        _knock(address)
        ray.init(address or "local", **quietly)
    except (Exception, SystemExit) as error:
        ray.shutdown()
        what = f"the Ray cluster at {address} cannot be joined" if address else "Ray cannot be started here"
        raise ClusterUnavailable(
            f"{what} ({type(error).__name__}: {str(error).strip() or 'no reason given'}); `ray status` shows "
            "whether it runs, and `ray start --address=HOST:PORT` makes this machine part of it",
            address=address,
        ) from error


def _knock(address: str) -> None:
    """See that somebody listens there: Ray would try for minutes, and then end the process.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=ANSWERS_WITHIN_S).close()


def _draw_token() -> None:
    """Have a password of this cluster's own, which no file holds, where nobody has configured one."""
    if not any(name in os.environ for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")):
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Keep what this process does on SIGTERM: Prefect cancels runs by it, and Ray would end them at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
