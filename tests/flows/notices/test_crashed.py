"""A crashed run is retried once by itself; then people are told. On Prefect's temporary server."""

from __future__ import annotations

import pytest
from prefect import get_client
from prefect.states import Crashed, Running

from catalogs.layout import NOTICES_PREFIX
from flows.equipment import equipped
from flows.nightly import nightly_designs
from flows.notices.crashed import look_after_crashed
from flows.notices.ways import WEBHOOK
from tests.flows.notices.sinks import webhook
from tests.flows.small_house import SmallHouse


@pytest.fixture
def house(tmp_path):
    small = SmallHouse(tmp_path).fill()
    with equipped(small.equipment()):
        yield small


def test_a_crash_is_retried_once_and_told_once(house, monkeypatch):
    with webhook() as (address, received), get_client(sync_client=True) as client:
        monkeypatch.setenv(WEBHOOK, address)
        flow_id = client.create_flow(nightly_designs)
        deployment = client.create_deployment(flow_id, "nightly-designs")
        run = client.create_flow_run_from_deployment(deployment, parameters={"batch": house.batch})

        def crash():
            client.set_flow_run_state(run.id, Crashed(message="its process is gone"), force=True)

        def look() -> str:
            return look_after_crashed(str(run.id), settled_after_s=0)

        def state() -> str:
            return client.read_flow_run(run.id).state.name

        crash()
        other = client.create_flow_run(nightly_designs, parameters={"batch": house.batch}, state=Running())
        assert "is at work on demo" in look()
        client.set_flow_run_state(other.id, Crashed(), force=True)
        assert (look(), state()) == ("retried", "AwaitingRetry")
        # the worker's second report of the same crash is looked after too
        assert look() == "nothing: it is AwaitingRetry by now"
        client.set_flow_run_state(run.id, Running(), force=True)
        assert look() == "nothing: it is Running by now"
        assert received == []
        crash()
        assert look() == "told by webhook"
        crash()
        assert "it was told before" in look()
        assert state() == "Crashed"
    assert [one["what"] for one in received] == ["crashed again after its retry"]
    assert len(list(house.storage.list(NOTICES_PREFIX))) == 2
