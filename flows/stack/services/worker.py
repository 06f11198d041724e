"""A worker of the process work pool: each run is a process of its own on this machine."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flows.deployments.pools import base_job_template
from flows.errors import ServerAway
from flows.stack.asking import ask
from flows.stack.environment import AUTH_OF_CLIENT, AUTH_OF_SERVER, of_runs
from flows.stack.lost_runs import crash_lost_runs
from flows.stack.service import Service
from flows.stack.settings import POOL, StackSettings

log = logging.getLogger(__name__)

# Any worker of ours; compose.yaml says the same.
SETTINGS = {
    "PREFECT_WORKER_QUERY_SECONDS": "5",
    # a run that is no more is known by what it no longer says
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}


def service(settings: StackSettings) -> Service:
    """Return the worker; it makes the work pool where there is none."""
    name = f"{POOL}@{socket.gethostname()}"
    template = settings.state / "work-pool.json"
    pool = ("--pool", POOL, "--type", "process", "--base-job-template", str(template))
    # no package is installed behind anybody's back
    command = (sys.executable, "-m", "flows.stack.worker_process", *pool, "--name", name)
    return Service(
        name="worker",
        title="worker",
        command=(*command, "--install-policy", "never"),
        environment=of_runs(settings)
        | {
            # the pool starts runs by `python`: the one that runs here
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
            # runs have other folders, and a relative one would be another there
            "TOILE_CONFIGS": _absolute(os.environ.get("TOILE_CONFIGS")),
            **SETTINGS,
            AUTH_OF_CLIENT: os.environ.get(AUTH_OF_SERVER) or None,
            AUTH_OF_SERVER: None,
        },
        prepare=lambda: _prepare(settings, template),
        # its runs have ended with it, and the server, which ends after it, is still there
        tidy=lambda: _tell(settings),
        is_ready=_seen_since_now(settings.api, name),
    )


def _absolute(folder: str | None) -> str | None:
    return str(Path(folder).expanduser().absolute()) if folder else None


def _prepare(settings: StackSettings, template: Path) -> None:
    template.write_text(json.dumps(base_job_template("process"), indent=2), encoding="utf-8")
    _tell(settings)  # after a power cut nobody else does


def _tell(settings: StackSettings) -> None:
    for name in crash_lost_runs(settings):
        log.warning("run %s: its process is gone, it counts as crashed; Retry paints what is missing", name)


def _seen_since_now(api: str, name: str) -> Callable[[], bool]:
    """Return whether the server has heard of the worker since this call: an earlier one had its name too."""
    since = datetime.now(UTC)

    def seen() -> bool:
        try:
            workers = ask(api, f"/work_pools/{POOL}/workers/filter", {}, timeout_s=5.0)
        except ServerAway:  # the pool is made by the worker
            return False
        return any(
            one["name"] == name and datetime.fromisoformat(one["last_heartbeat_time"]) > since
            for one in workers
        )

    return seen
