"""The gallery of published designs; for other machines only where people have passwords."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from pathlib import Path

from flows.stack.environment import of_runs
from flows.stack.service import Listening, Service
from flows.stack.settings import LOOPBACK, StackSettings, reachable

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_CODE = "from flows.cli import main; main()"


def service(settings: StackSettings) -> Service | None:
    """Return the gallery, where the settings want one.

    It listens where Prefect's server does once somebody may sign in (``toile gallery user add``); before, on
    this machine alone.
    """
    port = settings.gallery_port
    if port is None:
        return None
    host = settings.host if users_file(settings).exists() else LOOPBACK
    address = f"http://{reachable(host)}:{port}"
    where = ("--host", host, "--port", str(port), "--prefect-page", settings.page)
    return Service(
        name="gallery",
        title="gallery",
        command=(sys.executable, "-c", _CODE, "gallery", *where, "--state", str(settings.state), "--log"),
        environment=of_runs(settings),
        address=address,
        listening=(Listening(host, port, "--gallery-port"),),
        is_ready=lambda: _is_well(address),
        # what it answers when it is asked to end has ten seconds
        stop_within_s=15.0,
    )


def users_file(settings: StackSettings) -> Path:
    """Return where the gallery of a stack keeps who signs in."""
    return settings.state / "gallery" / "users"


def _is_well(address: str) -> bool:
    try:
        with _direct.open(f"{address}/healthz", timeout=2.0):
            return True
    except (OSError, urllib.error.URLError):
        return False
