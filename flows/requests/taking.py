"""One request from its file to its end: under a lease, written down whatever comes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalogs.errors import NotFound, StorageError
from catalogs.layout import request_claim_key
from catalogs.manifest import BUDGET, FAILED, OK
from catalogs.publication import read_manifest
from catalogs.refusals import PlanRefused, RequestRefused
from catalogs.requests.asking import read_request
from catalogs.requests.inbox import objects_of
from catalogs.requests.states import MAX_TRIES, Objects, State, StateName, end, note_try, now_utc
from catalogs.storage import Storage
from configs.errors import ConfigError
from configs.request import Request
from flows.errors import ShardsUnfinished
from flows.requests.wishes import wishes_of
from flows.shards.claims import Claims, Holder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rendered:
    """A batch that was painted and published, and what a person should know of how it was planned."""

    batch_id: str
    notes: tuple[str, ...] = ()


# Carries out the n-th batch of a request, from 1.
Render = Callable[[str, int], Rendered]

_MISSING = "missing"
_COLUMNS = ("design_id", "status", "error_code", "error", "shard_id")


@dataclass(frozen=True)
class Row:
    """What became of a design of a request."""

    design_id: str
    status: str
    code: str
    error: str
    was_tried: bool


def take_up(storage: Storage, claims: Claims, request_id: str, *, run: str, render: Render) -> State | None:
    """Carry out a request that nobody else is at, and write down how it ended; None where somebody is.

    What cannot be read or made is refused with its reason. What breaks off is tried again by the next runs,
    ``MAX_TRIES`` times in all; a request for which there were no minutes left stays open.

    Args:
        storage: the bucket.
        claims: gives the lease.
        request_id: the request.
        run: words for people.
        render: carries out one of its batches.

    Raises:
        StorageError, ShardsUnfinished: the storage fails, which the other requests would meet too.
    """
    lease = claims.take(request_claim_key(request_id))
    if isinstance(lease, Holder):
        return None
    with lease:
        # between the listing and the lease another run may have come to its end
        found = objects_of(storage, request_id)
        if found.is_ended or found.written_at_utc is None:
            return None
        return _ended(storage, found, run, render)


def _ended(storage: Storage, found: Objects, run: str, render: Render) -> State:
    request_id = found.request_id
    try:
        request = read_request(storage, request_id)
        wishes = wishes_of(storage, request_id, request)
        made = [render(request_id, number) for number in range(1, len(wishes) + 1)]
        state = _judged(list(_rows(storage, made)), request, made, run)
    except (RequestRefused, PlanRefused, ConfigError) as error:
        state = State(StateName.REFUSED, now_utc(), run, reason=str(error))
    except (StorageError, ShardsUnfinished) as error:
        if not isinstance(error, NotFound):
            raise
        state = State(StateName.FAILED, now_utc(), run, reason=str(error))
    except Exception as error:
        log.exception("the request %s could not be carried out", request_id)
        state = State(StateName.FAILED, now_utc(), run, reason=f"{type(error).__name__}: {error}")
    return _written(storage, found, state)


def _written(storage: Storage, found: Objects, state: State) -> State:
    """Write a state down where it is an end; a failure only after its last try."""
    if state.state is StateName.ASKED:
        return state
    if state.state is StateName.FAILED:
        tries = note_try(
            storage, found.request_id, number=found.tries + 1, run=state.run, reason=state.reason
        )
        state = replace(state, tries=tries)
        if tries < MAX_TRIES:
            return replace(state, state=StateName.ASKED)
        if state.designs:
            state = replace(state, state=StateName.DONE)
    end(storage, found.request_id, state)
    return state


def _rows(storage: Storage, made: Iterable[Rendered]) -> Iterator[Row]:
    for batch in made:
        table = read_manifest(storage, batch.batch_id, columns=_COLUMNS)
        for row in table.to_pylist():
            told = row["error_code"] or "", row["error"] or ""
            yield Row(row["design_id"], row["status"], *told, was_tried=row["shard_id"] is not None)


def _judged(rows: Sequence[Row], request: Request, made: Sequence[Rendered], run: str) -> State:
    """Return how a request ends by what became of its designs."""
    there = [row.design_id for row in rows if row.status == OK]
    failed = [row for row in rows if row.status == FAILED]
    others = [row for row in rows if row.status not in (OK, FAILED)]
    facts: dict[str, Any] = {
        "at_utc": now_utc(),
        "run": run,
        # the design itself comes along where colorways are made of it
        "designs": tuple([one for one in there if one not in request.designs] or there),
        "batches": tuple(batch.batch_id for batch in made),
        "failed": len(failed),
        "notes": tuple(note for batch in made for note in batch.notes),
        "reason": next((row.error for row in [*failed, *others]), ""),
    }
    if any(row.code == BUDGET for row in others):
        return State(StateName.ASKED, **facts)
    unreached = any(row.code == _MISSING for row in failed)
    if unreached or (not there and any(row.was_tried for row in failed)):
        return State(StateName.FAILED, **facts)
    return State(StateName.DONE if there else StateName.REFUSED, **facts)
