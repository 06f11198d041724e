"""What became of a request: asked, taken, and one end that is written once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from catalogs.errors import NotFound, PreconditionFailed
from catalogs.layout import request_claim_key, request_end_key, request_try_key
from catalogs.storage import Storage
from configs.request import Request

# A request that could not be brought to its end is tried again by the next runs, so often in all.
MAX_TRIES = 3


class StateName(StrEnum):
    """How far a request is."""

    ASKED = "asked"
    TAKEN = "taken"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


ENDS = (StateName.DONE, StateName.REFUSED, StateName.FAILED)


@dataclass(frozen=True)
class State:
    """How far a request is, and what came of it; plain values, as ``end.json`` holds them.

    Attributes:
        state: asked, taken by a run, or one of the ends: done, refused (nothing can be made), failed.
        at_utc: since when, ISO 8601; "" while nobody has begun.
        run: the run that holds it or ended it.
        reason: why it was refused or failed, or why the last try broke off; a sentence.
        tries: how often it could not be brought to its end.
        designs: that were made for it, or were there, by design_id.
        batches: that they are in.
        failed: designs that could not be made.
        notes: what a person should know.
    """

    state: StateName
    at_utc: str = ""
    run: str = ""
    reason: str = ""
    tries: int = 0
    designs: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    failed: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_end(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDS


@dataclass(frozen=True)
class Asked:
    """A request and how far it is.

    Attributes:
        request_id: its id.
        request: None where the file cannot be read.
        state: how far it is.
        problem: why it cannot be read; "" where it can.
    """

    request_id: str
    request: Request | None
    state: State
    problem: str = ""


@dataclass
class Objects:
    """The objects of one request, as a listing shows them."""

    request_id: str
    written_at_utc: datetime | None = None
    is_ended: bool = False
    is_claimed: bool = False
    tries: int = 0
    keys: list[str] = field(default_factory=list)


def now_utc() -> str:
    """Return the time as states tell it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def end(storage: Storage, request_id: str, state: State) -> bool:
    """Write how a request ended; False where somebody else wrote an end first, which then holds."""
    body = json.dumps(asdict(state), indent=2, ensure_ascii=False).encode()
    try:
        storage.write_atomic(
            request_end_key(request_id), body, content_type="application/json", if_absent=True
        )
    except PreconditionFailed:
        return False
    return True


def note_try(storage: Storage, request_id: str, *, number: int, run: str, reason: str) -> int:
    """Write down that a request could not be brought to its end; return how often that was so by now.

    Args:
        storage: the bucket.
        request_id: the request.
        number: of tries that are known, plus one; the next free one is taken.
        run: that tried.
        reason: a sentence.
    """
    body = json.dumps({"at_utc": now_utc(), "run": run, "reason": reason}, ensure_ascii=False).encode()
    while True:
        try:
            key = request_try_key(request_id, number)
            storage.write_atomic(key, body, content_type="application/json", if_absent=True)
            return number
        except PreconditionFailed:
            number += 1


def read_state(storage: Storage, found: Objects) -> State:
    """Return how far a request is, of what a listing showed of it."""
    if found.is_ended:
        return _ended(_read_json(storage, request_end_key(found.request_id)), found)
    last = _read_json(storage, request_try_key(found.request_id, found.tries)) if found.tries else {}
    reason = str(last.get("reason", ""))
    if found.is_claimed:
        claim = _read_json(storage, request_claim_key(found.request_id))
        if claim:
            run = str(claim.get("run", ""))
            return State(StateName.TAKEN, run=run, reason=reason, tries=found.tries)
    return State(StateName.ASKED, reason=reason, tries=found.tries)


def _ended(told: Mapping[str, Any], found: Objects) -> State:
    """Return the end that a file tells; one that cannot be read is an end all the same."""
    try:
        return State(
            state=next(one for one in ENDS if one == told["state"]),
            at_utc=str(told["at_utc"]),
            run=str(told["run"]),
            reason=str(told["reason"]),
            tries=int(told["tries"]),
            designs=tuple(map(str, told["designs"])),
            batches=tuple(map(str, told["batches"])),
            failed=int(told["failed"]),
            notes=tuple(map(str, told["notes"])),
        )
    except (StopIteration, KeyError, TypeError, ValueError):
        key = request_end_key(found.request_id)
        return State(
            StateName.FAILED, reason=f"{key} cannot be read; delete it, and the request is open again"
        )


def _read_json(storage: Storage, key: str) -> Mapping[str, Any]:
    """Return a small JSON object; nothing where it is gone or none."""
    try:
        told = json.loads(storage.read(key))
    except (NotFound, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
