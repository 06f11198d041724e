"""The flow around requests: a form asks, an empty inbox costs next to nothing, what broke off is seen."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime

import pytest

from catalogs.layout import LATEST_KEY, request_claim_key
from catalogs.refusals import RequestRefused
from catalogs.requests import StateName, ask, read_requests, state_of
from flows.equipment import equipped
from flows.errors import RequestsUnfinished
from flows.nightly import rerun_failed
from flows.requests import render_request as module
from flows.requests.render_request import render_request
from flows.shards.claims import Claims
from tests.flows.requests.plainly import a_night, render, wish

pytestmark = pytest.mark.usefixtures("prefect_api")


@pytest.fixture
def design(house):
    """A design of last night."""
    a_night(house)
    [*_, design_id] = house.rows()
    house.engine.painted.clear()
    return design_id


def test_a_form_asks_and_its_request_is_taken_up_at_once(house, design):
    latest = house.storage.read(LATEST_KEY)
    told = render_request(kind="hires", designs=design.upper(), size_px=64, asked_by="Ada", note="S. 12")
    assert told["done"] == [told["asked_here"]]
    [one] = read_requests(house.storage)
    assert (one.request.asked_by, one.request.note) == ("Ada", "S. 12")
    # neither the run nor a retry of the batch hides last night
    [batch_id] = one.state.batches
    assert rerun_failed(batch_id=batch_id)["ok"] == 1
    assert house.storage.read(LATEST_KEY) == latest


def test_a_form_that_makes_no_request_says_all_that_is_wrong(house):
    with pytest.raises(RequestRefused, match=r"designs\.0.*; .*asked_by"):
        render_request(kind="hires", designs="nonsense", size_px=64)
    assert read_requests(house.storage) == []


def test_an_empty_inbox_costs_one_listing_and_no_engine(house):
    asked = []

    class Counting:
        def __getattr__(self, name):
            asked.append(name)
            return getattr(house.storage, name)

    tools = house.equipment()
    tools.open_root = lambda root: Counting()
    tools.make_engine = lambda device, deterministic: pytest.fail("an engine for nothing")
    with equipped(tools):
        told = render_request()
    assert asked == ["list"]
    assert not any(told.values())


def test_a_run_in_which_something_broke_off_has_failed_and_the_rest_is_done(house, design):
    ask(house.storage, wish(design, size_px=64), request_id="fine")
    other = next(one for one, row in house.rows().items() if row["content_id"] == "coat")
    ask(house.storage, wish(other, size_px=64), request_id="broken")
    house.engine.refuse = frozenset({"content/coat.png"})
    with pytest.raises(RequestsUnfinished, match=r"broken: .*upload it again"):
        render_request()
    assert state_of(house.storage, "fine").state == StateName.DONE
    assert state_of(house.storage, "broken").tries == 1


def left_behind(house, *, renewed_s_ago: float) -> str:
    """Return the key of a request's lease as a machine that is gone left it."""
    key = request_claim_key("mine")
    elsewhere = {"machine": "another machine", "pid": 1, "started": "long ago"}
    body = {"token": "0", "run": "a run that is gone", "process": elsewhere, "beat": 7}
    house.storage.write_atomic(key, json.dumps(body).encode())
    then = time.time() - renewed_s_ago
    os.utime(f"{house.root}/{key}", (then, then))
    return key


def test_a_request_of_a_machine_that_is_gone_is_taken_over_and_one_that_is_renewed_is_not(
    house, design, monkeypatch
):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    ask(house.storage, wish(design, size_px=64), request_id="mine")
    assert state_of(house.storage, "mine").state == StateName.ASKED
    key = left_behind(house, renewed_s_ago=600)
    assert state_of(house.storage, "mine").run == "a run that is gone"
    claims = Claims(house.storage, run="here", lease_s=0.05)
    assert module._seems_left_behind(house.storage, "mine")

    class Renewed(Claims):
        def take(self, key, **options):
            left_behind(house, renewed_s_ago=datetime.now(UTC).microsecond / 1e6)
            return super().take(key, **options)

    renewed = Renewed(house.storage, run="here")
    assert module._take_over(house.storage, renewed, "mine", "here", render(house)) is None
    assert not module._seems_left_behind(house.storage, "mine")
    state = module._take_over(house.storage, claims, "mine", "here", render(house))
    assert state.state == StateName.DONE
    assert not house.storage.exists(key)
