"""Prefect's server with its pages, on SQLite; nothing of it calls outside."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from flows.errors import ServerAway
from flows.stack.asking import ask
from flows.stack.service import Listening, Service
from flows.stack.settings import LOOPBACK, StackSettings

# A server as it was measured, wherever it runs; compose.yaml says the same.
SETTINGS = {
    # a burst of 5,000 tasks lost 1,632 of them from the pages with Prefect's own figures, and none with these
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # the newer pages ask a host outside, these do not
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # in memory, slots would leak when the server is restarted
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}


def service(settings: StackSettings) -> Service:
    """Return the server; with PREFECT_SERVER_DATABASE_CONNECTION_URL set, it works on that database."""
    # --port alone leaves the pages asking port 4200
    where = ("--host", settings.host, "--port", str(settings.port))
    return Service(
        name="server",
        title="Prefect server",
        command=(sys.executable, "-m", "prefect", "server", "start", *where),
        environment={
            **SETTINGS,
            "PREFECT_SERVER_API_HOST": settings.host,
            "PREFECT_SERVER_API_PORT": str(settings.port),
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(_origins(settings)),
        },
        address=settings.page,
        listening=(Listening(settings.host, settings.port, "--port"),),
        is_ready=lambda: _is_well(settings.api),
    )


def _origins(settings: StackSettings) -> list[str]:
    """Return whose pages may ask the API in a browser: our own, and no other site's."""
    hosts = {urlsplit(settings.page).hostname or LOOPBACK}
    if settings.host in ("0.0.0.0", "::") or hosts & {LOOPBACK, "::1"}:
        hosts |= {LOOPBACK, "localhost"}
    return sorted(f"http://{host}:{settings.port}" for host in hosts)


def _is_well(api: str) -> bool:
    try:
        return ask(api, "/health", timeout_s=2.0) is True
    except ServerAway:
        return False
