"""A run whose process is gone: it is retried once, and people are told where that did not help.

An automation of ``toile deploy`` begins this flow a minute after a run was found crashed.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from prefect import flow, get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import SetStateStatus
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Scheduled
from pydantic import Field

from flows.equipment import equipment
from flows.notices.addresses import known_addresses
from flows.notices.batch_runs import batch_or_name, others_at_work
from flows.notices.hooks import retry_of
from flows.notices.notice import give_notice
from flows.notices.once import first
from flows.observability.beginning import begin_observing
from flows.observability.events import RUN_RETRIED
from flows.observability.signals import happened
from flows.temporary_server import end_server_with_this_process

NAME = "look-after-crashed"
# A worker reports a crash twice, seconds apart: what began in between would count as crashed again.
SETTLED_AFTER_S = 60.0
Seconds = Annotated[float, Field(ge=0)]


@flow(name=NAME, flow_run_name="after {flow_run_id}", validate_parameters=True)
def look_after_crashed(flow_run_id: str, settled_after_s: Seconds = SETTLED_AFTER_S, root: str = "") -> str:
    """Retry a crashed run of a batch, once; the second time, tell people.

    Args:
        flow_run_id: Id of the flow run that crashed.
        settled_after_s: How long the run must have been crashed before it is retried, seconds.
        root: s3://bucket/prefix or a directory of a run that names none; empty: as configured.

    Returns:
        What was done, in words.
    """
    end_server_with_this_process()
    begin_observing()
    with get_client(sync_client=True) as client:
        run = _settled(client, UUID(flow_run_id), settled_after_s)
        if run.state is None or run.state.type != StateType.CRASHED:
            return f"nothing: it is {run.state.name if run.state else 'nowhere'} by now"
        batch_id, own_root = batch_or_name(run)
        if others := others_at_work(client, run):
            return f"nothing: run {others[0].name!r} is at work on {batch_id}"
        storage = equipment().storage(own_root or root)
        what = "crashed again after its retry"
        if first(storage, batch_id, retry_of(run)):
            if _retried(client, run):
                happened(RUN_RETRIED, batch=batch_id, crashed_run=str(run.id))
                return "retried"
            what = "crashed, and Prefect refuses to retry it"
    ways = give_notice(
        storage,
        batch_id,
        what=what,
        reason=run.state.message or "",
        run_id=flow_run_id,
        addresses=known_addresses(),
    )
    return f"told by {' and '.join(ways)}" if ways else "nothing: it was told before, or nobody is to be told"


def _retried(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Do what the button Retry does; False where the server refuses."""
    again: State[Any] = Scheduled(name="AwaitingRetry", message="its process was gone; retried by itself")
    return client.set_flow_run_state(run.id, again).status == SetStateStatus.ACCEPT


def _settled(client: SyncPrefectClient, run_id: UUID, after_s: float) -> FlowRun:
    """Return a run once its last state is old enough to stay."""
    while True:
        run = client.read_flow_run(run_id)
        if run.state is None or run.state.type != StateType.CRASHED:
            return run
        left_s = after_s - (datetime.now(UTC) - run.state.timestamp).total_seconds()
        if left_s <= 0:
            return run
        time.sleep(min(left_s, after_s) + 0.1)
