"""Every event that a run tells of, by name: a line of the log, and what the README's table says of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.progress import Outcome

DEBUG, INFO, WARNING, ERROR = logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR


@dataclass(frozen=True)
class Event:
    """A kind of event.

    Attributes:
        name: ``room.what``, as JSON lines and metrics have it; never changed, as others filter by it.
        level: of the log.
        words: the sentence for people, with facts in braces.
        says: which facts it has beside those of its place (batch, shard, wave, device, run ids).
        often: once a design: kept from Prefect's pages, which would hold a million of them.
    """

    name: str
    level: int
    words: str
    says: tuple[str, ...] = ()
    often: bool = False

    def sentence(self, facts: Mapping[str, Any]) -> str:
        """Return the words with their facts; one that is not there is a dash."""
        return self.words.format_map(_Facts(facts))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        return f"{value:.1f}" if isinstance(value, float) else value


RUN_BEGAN = Event(
    "run.began", INFO, "{batch}: {planned} designs, {there} are there", ("planned", "there", "missing")
)
RUN_DONE = Event(
    "run.done",
    INFO,
    "{batch} is published: {ok} ok, {failed} failed, {skipped} skipped, {painted} painted in {seconds} s",
    ("ok", "failed", "skipped", "painted", "seconds"),
)
RUN_FAILED = Event(
    "run.failed", ERROR, "{batch} ended after {seconds} s: {error}", ("error", "code", "seconds")
)
SHARD_BEGAN = Event(
    "shard.began", INFO, "shard {shard}: {designs} designs by {recipe}", ("designs", "recipe")
)
SHARD_DONE = Event(
    "shard.done",
    INFO,
    "shard {shard}: {painted} painted, {there} there, {failed} failed, {skipped} skipped in {seconds} s",
    ("recipe", "painted", "there", "failed", "skipped", "seconds", "compute_s"),
)
SHARD_BUSY = Event("shard.busy", INFO, "shard {shard} is with another run")
SHARD_BROKE_OFF = Event(
    "shard.broke_off", WARNING, "shard {shard} broke off: {error}", ("error", "code", "seconds")
)
DESIGN_PAINTED = Event(
    "design.painted",
    INFO,
    "design {design} painted in {seconds} s",
    ("design", "recipe", "seconds"),
    often=True,
)
DESIGN_THERE = Event("design.there", INFO, "design {design} was there", ("design", "recipe"), often=True)
DESIGN_FAILED = Event(
    "design.failed", WARNING, "design {design} failed, {code}: {error}", ("design", "recipe", "code", "error")
)
DESIGN_SKIPPED = Event(
    "design.skipped", INFO, "design {design} was left out: {code}", ("design", "recipe", "code"), often=True
)
DESIGN_QUARANTINED = Event(
    "design.quarantined",
    ERROR,
    "design {design} killed its process twice and is not tried again",
    ("design",),
)
LEASE_TAKEN_OVER = Event("lease.taken_over", WARNING, "took over {key} from {holder}", ("key", "holder"))
LEASE_LOST = Event("lease.lost", WARNING, "{key} was taken over by another run", ("key",))
STORAGE_AWAY = Event("storage.away", WARNING, "the storage is away: {error}", ("error",))
STORAGE_BACK = Event("storage.back", INFO, "the storage is back after {seconds} s", ("seconds",))
WAVE_GIVEN = Event("wave.given", INFO, "wave {wave} given out: run {child_run}", ("child_run", "designs"))
WAVE_DONE = Event("wave.done", INFO, "wave {wave} ended {state}", ("child_run", "state", "seconds"))
RUN_RETRIED = Event(
    "run.retried", WARNING, "run {crashed_run} of {batch} crashed and is retried once", ("crashed_run",)
)
TRAINING_TOLD = Event("training.told", INFO, "{says}", ("says",))
TRAINING_CHECKED = Event(
    "training.checked",
    INFO,
    "{model}, {style}: step {step} of {steps}, loss {loss}, held out {held_out}, {seconds} s",
    ("model", "style", "step", "steps", "loss", "held_out", "seconds"),
)
NOTICE_SENT = Event("notice.sent", INFO, "told by {way}: {subject}", ("way", "kind", "subject"))
NOTICE_FAILED = Event("notice.failed", ERROR, "could not tell by {way}: {error}", ("way", "kind", "error"))

EVENTS: tuple[Event, ...] = tuple(one for one in list(globals().values()) if isinstance(one, Event))

OF_OUTCOME: Mapping[Outcome, Event] = {
    Outcome.PAINTED: DESIGN_PAINTED,
    Outcome.THERE: DESIGN_THERE,
    Outcome.FAILED: DESIGN_FAILED,
    Outcome.SKIPPED: DESIGN_SKIPPED,
}
