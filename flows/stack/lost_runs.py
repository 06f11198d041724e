"""Runs whose process is gone without a word: the server is told, so that they hold no slot for ever."""

from __future__ import annotations

from flows.errors import ServerAway
from flows.stack.asking import ask
from flows.stack.processes import told_by_any
from flows.stack.settings import LOOPBACK, POOL, StackSettings

# Prefect tells a run's process so which run it is.
_RUN_ID = "PREFECT__FLOW_RUN_ID"
_AT_WORK = ["RUNNING", "PENDING", "CANCELLING"]
_CRASHED = {
    "type": "CRASHED",
    "name": "Crashed",
    "message": "The run's process is gone (toile down, a restart or a kill); Retry paints what is missing.",
}


def crash_lost_runs(settings: StackSettings) -> list[str]:
    """Mark the runs of the work pool as crashed that no process of this machine carries out.

    Nothing is marked where other machines reach the server: their runs have their processes there.

    Returns:
        The names of those runs; none where the server is not there to be told.
    """
    if settings.host not in (LOOPBACK, "localhost", "::1"):
        return []
    wanted = {
        "flow_runs": {"state": {"type": {"any_": _AT_WORK}}},
        "work_pools": {"name": {"any_": [POOL]}},
    }
    try:
        at_work = ask(settings.api, "/flow_runs/filter", wanted)
        alive = told_by_any(_RUN_ID)
        lost = [run for run in at_work if run["id"] not in alive]
        for run in lost:
            ask(settings.api, f"/flow_runs/{run['id']}/set_state", {"state": _CRASHED})
    except ServerAway:  # the next start tells it
        return []
    return [run["name"] for run in lost]
