"""The flow that takes requests up: each is planned, painted and published as a batch of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from catalogs.errors import NotFound
from catalogs.layout import request_claim_key
from catalogs.requests import State, StateName, ask, new_request_id, open_requests
from catalogs.requests.asking import read_request
from catalogs.storage import Storage
from flows.equipment import equipment
from flows.errors import RequestsUnfinished
from flows.night_tasks import what_is_left
from flows.night_work import paint_and_publish
from flows.observability.beginning import begin_observing
from flows.places import Place
from flows.requests.forms import Form
from flows.requests.planning import notes_on, plan_wish
from flows.requests.taking import Render, Rendered, take_up
from flows.requests.wishes import wishes_of
from flows.shard_tasks import first_began, retrying, run_id
from flows.shards.claims import LEASE_S, Claims
from flows.stopping import StopFlag
from flows.temporary_server import end_server_with_this_process

# How often a run looks whether a lease that nobody seems to renew is renewed after all, seconds.
LOOK_EVERY_S = 1.0


@flow(name="render-request", flow_run_name="requests", validate_parameters=True)
def render_request(
    kind: str = "",
    designs: str = "",
    size_px: int = 0,
    colorways: str = "",
    category: str = "",
    style_kind: str = "",
    limit: int = 0,
    note: str = "",
    asked_by: str = "",
    root: str = "",
    budget_minutes: float = 0.0,
    device: str = "auto",
    task_runner: str = "",
    ray_address: str = "",
    waves_at_once: int = 1,
) -> dict[str, Any]:
    """Take up every open request of the bucket, and first the one that is filled in here.

    What is there already is found and not painted again. Two runs at once share the requests.

    Args:
        kind: What is asked for; empty: nothing new, what is open is taken up.
        designs: The designs that it is about, by design_id, with commas between.
        size_px: Long side of what is made, px; hires needs it; 0: as the design's.
        colorways: For colorways: palettes of the design's batch, or rust=#2b1a12 #8a3b12; commas between.
        category: For more_like: the same textile on garments of this category.
        style_kind: For more_like: the same garment in textiles of this kind.
        limit: For more_like: at most so many designs; 0: 12.
        note: A line for people.
        asked_by: Who asks.
        root: s3://bucket/prefix or a directory; empty: as configured (TOILE_ROOT or storage.yaml).
        budget_minutes: Begin no new painting after so many minutes; 0: no end.
        device: What paints; auto: every GPU of the worker, else its CPU.
        task_runner: threads paint on this machine, ray on all machines of a Ray cluster; empty: threads.
        ray_address: Of the cluster, as 10.0.0.1:6379; empty: as RAY_ADDRESS says, else the run's own.
        waves_at_once: Above 400 shards, where `toile deploy` was run, so many runs of 400 shards at once.

    Returns:
        Request ids by what became of them: ``done``, ``refused``, ``failed``, ``asked`` (still open) and
        ``busy`` (with another run), and ``asked_here``.

    Raises:
        RequestRefused: the fields make no request.
        RequestsUnfinished: some broke off; the next runs try them again.
        ShardsUnfinished: the storage refuses or is full.
    """
    end_server_with_this_process()
    begin_observing()
    storage = equipment().storage(root)
    told: dict[str, Any] = {name.value: [] for name in StateName if name is not StateName.TAKEN}
    told |= {"busy": [], "asked_here": ""}
    if kind or designs:
        form = Form(kind, designs, asked_by, size_px, colorways, category, style_kind, limit, note)
        told["asked_here"] = _ask(storage, form)
    minutes = StopFlag(budget_s=60 * budget_minutes if budget_minutes else None)
    reasons: list[str] = []
    place = Place(device, task_runner, ray_address)
    for request_id, state in _taken_up(storage, minutes, root, place, waves_at_once):
        told["busy" if state is None else state.state.value].append(request_id)
        if state is not None and state.tries:
            reasons.append(f"{request_id}: {state.reason}")
    if reasons:
        raise RequestsUnfinished(
            f"{len(reasons)} requests broke off, such as {reasons[0]}. Each is tried again by the next runs, "
            f"three times in all",
            **told,
        )
    return told


def _ask(storage: Storage, form: Form) -> str:
    """Write what the form asks for; a Retry of this run asks the same again, which is once."""
    began = first_began()
    request = form.request(began)
    return ask(storage, request, request_id=new_request_id(began, run_id().replace("-", "")[:8]))


def _taken_up(
    storage: Storage, minutes: StopFlag, root: str, place: Place, waves_at_once: int
) -> Iterator[tuple[str, State | None]]:
    """Take up what is open, one request after the other; None for one that another run is at."""
    run = f"{run_id()} on {os.uname().nodename}"
    claims = Claims(storage, run=run)

    def render(request_id: str, number: int) -> Rendered:
        planned = plan_request.with_options(**retrying())(
            request_id, number, root, budget_minutes=minutes.remaining_minutes
        )
        totals = paint_and_publish(root, planned, place, waves_at_once)
        return Rendered(totals["batch_id"], tuple(planned["notes"]))

    held: list[str] = []
    for one in open_requests(storage):
        if minutes.budget_spent:
            yield one.request_id, State(StateName.ASKED)
        elif (state := take_up(storage, claims, one.request_id, run=run, render=render)) is None:
            held.append(one.request_id)
        else:
            yield one.request_id, state
    for request_id in held:
        state = None
        if not minutes.budget_spent and _seems_left_behind(storage, request_id):
            state = _take_over(storage, claims, request_id, run, render)
        yield request_id, state


@task(name="plan", task_run_name="plan request {request_id}, batch {number}", cache_policy=NO_CACHE)
def plan_request(request_id: str, number: int, root: str, *, budget_minutes: float) -> dict[str, Any]:
    """Plan the n-th batch of a request, from 1, and find what is there already."""
    storage = equipment().storage(root)
    wish = wishes_of(storage, request_id, read_request(storage, request_id))[number - 1]
    run = plan_wish(wish, root, budget_minutes=budget_minutes, prefect_run_id=run_id())
    return what_is_left(run) | {"notes": [*run.plan.notes, *notes_on(wish, run.plan)]}


def _seems_left_behind(storage: Storage, request_id: str) -> bool:
    """Say whether a lease has not been renewed for long, by clocks that may differ: worth a closer look."""
    try:
        renewed = storage.stat(request_claim_key(request_id)).modified_at_utc
    except NotFound:
        return False
    return (datetime.now(UTC) - renewed).total_seconds() > 2 * LEASE_S


def _take_over(storage: Storage, claims: Claims, request_id: str, run: str, render: Render) -> State | None:
    """Take a request from a machine that is gone; None when somebody renews the lease after all.

    Whether nobody does is seen by watching the lease for as long as it lasts, by our own clock.
    """
    key = request_claim_key(request_id)
    try:
        etag = storage.stat(key).etag
        while (state := take_up(storage, claims, request_id, run=run, render=render)) is None:
            if storage.stat(key).etag != etag:
                return None
            time.sleep(LOOK_EVERY_S)
    except NotFound:
        return None
    return state
