"""What Prometheus asks: the metrics of this machine's runs, added up, on loopback."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

from flows.stack.service import Listening, Service
from flows.stack.settings import LOOPBACK, StackSettings

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def service(settings: StackSettings) -> Service | None:
    """Return the service, where the settings want one."""
    port = settings.metrics_port
    if port is None:
        return None
    address = f"http://{LOOPBACK}:{port}/metrics"
    return Service(
        name="metrics",
        title="metrics",
        command=(
            sys.executable,
            "-m",
            "flows.observability.metrics_server",
            str(settings.metrics),
            str(port),
        ),
        address=address,
        listening=(Listening(LOOPBACK, port, "--metrics-port"),),
        is_ready=lambda: _answers(address),
    )


def _answers(address: str) -> bool:
    try:
        with _direct.open(address, timeout=2.0):
            return True
    except (OSError, urllib.error.URLError):
        return False
