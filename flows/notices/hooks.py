"""What a night's run does at its end, in its own process: tell people where that is wanted.

A run that is killed has no end of its own: ``crashed`` sees to those.
"""

from __future__ import annotations

import logging
from typing import Any

from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow

from flows.equipment import equipment
from flows.errors import NoticeRefused
from flows.notices.addresses import known_addresses
from flows.notices.batch_runs import batch_or_name
from flows.notices.notice import give_notice
from flows.notices.once import Once

log = logging.getLogger(__name__)


def tell_of_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """Tell people that a night failed, where it is a deployment's."""
    _tell(flow_run, f"ended {state.name}", state.message or "")


def tell_of_recovery(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """Tell people of a night that crashed, was retried by itself, and is complete."""
    if flow_run.deployment_id is None:
        return
    batch_id, root = batch_or_name(flow_run)
    if Once(equipment().storage(root), batch_id, retry_of(flow_run)).was_ever_taken:
        _tell(flow_run, "crashed, was retried, and is complete", state.message or "")


def retry_of(run: FlowRun) -> str:
    """Return what the one retry of a run is called."""
    return f"retry-{run.id}"


def _tell(run: FlowRun, what: str, reason: str) -> None:
    if run.deployment_id is None:
        return
    batch_id, root = batch_or_name(run)
    try:
        give_notice(
            equipment().storage(root),
            batch_id,
            what=what,
            reason=reason,
            run_id=str(run.id),
            addresses=known_addresses(),
        )
    except NoticeRefused as error:
        log.error("%s", error)
