"""Which batch a flow run is of, and whether another run is at it."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType

from catalogs.errors import CatalogError
from catalogs.ids import safe_id
from configs.errors import ConfigError
from flows import planning
from flows.batch_ids import find_batch_id
from flows.equipment import equipment
from flows.overrides import Overrides

OF_A_BATCH = ("nightly-designs", "rerun-failed")
_AT_WORK = (StateType.RUNNING, StateType.PENDING)


def batch_of_run(run: FlowRun) -> tuple[str, str]:
    """Return the batch's id and the root of a run of the night or of what failed.

    Raises:
        ConfigError: its batch is none.
        NotFound: it was to go on with a batch that was never planned.
    """
    told: dict[str, Any] = dict(run.parameters)
    root = str(told.get("root", ""))
    on = _began(run)
    if "batch_id" in told or told.get("only_failed"):
        named = told.get("batch_id") or told.get("batch", "nightly")
        return find_batch_id(equipment().storage(root), str(named), on=on), root
    names = {one.name for one in fields(Overrides)}
    overrides = Overrides(**{name: value for name, value in told.items() if name in names})
    return planning.batch_id_of(str(told.get("batch", "nightly")), overrides=overrides, on=on), root


def batch_or_name(run: FlowRun) -> tuple[str, str]:
    """Return batch and root of a run; of one that ended before it had a batch, a name that people know.

    With the day: no publication follows on it, after which the next trouble would be news.
    """
    try:
        return batch_of_run(run)
    except (ConfigError, CatalogError):
        told = dict(run.parameters)
        named = str(told.get("batch_id") or told.get("batch") or run.name)
        return safe_id(f"{Path(named).stem}-{_began(run):%Y%m%d}"), str(told.get("root", ""))


def others_at_work(client: SyncPrefectClient, run: FlowRun) -> list[FlowRun]:
    """Return the other runs that are at work on this run's batch, or about to be."""
    batch = batch_or_name(run)
    found = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=list(OF_A_BATCH))),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_AT_WORK)))
        ),
    )
    return [one for one in found if one.id != run.id and batch_or_name(one) == batch]


def _began(run: FlowRun) -> datetime:
    return run.start_time or run.expected_start_time or datetime.now(UTC)
