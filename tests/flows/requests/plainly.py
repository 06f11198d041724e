"""Nights and requests carried out without Prefect, as its tasks do it."""

from __future__ import annotations

from datetime import UTC, datetime

from catalogs.publication import publish
from catalogs.requests import State, open_requests
from catalogs.requests.asking import read_request
from configs.request import Request
from flows import wiring
from flows.batch_run import BatchRun
from flows.best_first import within_budget
from flows.requests.planning import notes_on, plan_wish
from flows.requests.taking import Render, Rendered, take_up
from flows.requests.wishes import wishes_of
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.claims import Claims
from tests.flows.small_house import SmallHouse


def wish(*designs: str, kind: str = "hires", **fields: object) -> Request:
    now = datetime.now(UTC)
    return Request.model_validate(
        {"kind": kind, "designs": designs, "asked_by": "Ada", "asked_at_utc": now, **fields}
    )


def paint(run: BatchRun) -> None:
    """Paint what is missing, and publish."""
    try:
        for shard_id in within_budget(run, run.missing_by_shard()):
            render_claimed_shard(run, shard_id, device="cpu", wait=True)
        rate = run.frozen.batch.max_failure_rate
        publish(run.storage, run.plan, max_failure_rate=rate, budget_spent=run.stop.is_spent)
    finally:
        wiring.end_run(run)


def a_night(house: SmallHouse) -> None:
    paint(wiring.plan_run(house.batch))


def render(house: SmallHouse, *, budget_minutes: float = 0) -> Render:
    """Return what carries out a request's batch."""

    def render(request_id: str, number: int) -> Rendered:
        found = wishes_of(house.storage, request_id, read_request(house.storage, request_id))[number - 1]
        run = plan_wish(found, "", budget_minutes=budget_minutes, prefect_run_id="")
        paint(run)
        return Rendered(run.batch_id, (*run.plan.notes, *notes_on(found, run.plan)))

    return render


def take_all(house: SmallHouse, *, budget_minutes: float = 0) -> dict[str, State | None]:
    """Take up what is open; return the states by request."""
    claims = Claims(house.storage, run="a test")
    names = [one.request_id for one in open_requests(house.storage)]
    render_one = render(house, budget_minutes=budget_minutes)
    return {name: take_up(house.storage, claims, name, run="a test", render=render_one) for name in names}
