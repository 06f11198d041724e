"""Retry, clicked in Prefect's pages after a death: only what is missing is painted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.stack.processes import MARK, marked
from flows.stack.settings import StackSettings
from flows.stack.starting import start
from flows.stack.stopping import stop
from tests.flows import stub_flows
from tests.flows.small_house import SmallHouse
from tests.flows.stack.small_services import eager_services, until
from tests.ui.desk import Desk
from tests.ui.pages import browsing

DESIGNS = 15


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A house of 15 designs in a directory, with server and worker; the first process dies at the sixth."""
    with browsing("") as pages:
        for name in list(os.environ):
            if name.startswith(("AWS_", "PREFECT_API", "TOILE_")):
                monkeypatch.delenv(name)
        told = {stub_flows.KILL_AT: "6", stub_flows.SECONDS: "0.2"}
        for name, value in (stub_flows.environment(tmp_path) | told).items():
            monkeypatch.setenv(name, value)
        house = SmallHouse(tmp_path).fill()
        state = tmp_path / "stack"
        try:
            settings, _ = start(StackSettings(state, port=0, root=house.root), make=eager_services)
            pages.address = settings.page
            yield Desk(pages, house, settings)
        finally:
            stop(state)
    assert not list(marked({MARK: str(state)}))


def test_retry_in_the_page_paints_only_what_the_killed_process_left(desk: Desk):
    pages = desk.pages
    pages.open_form(desk.forms["nightly-designs"])
    assert (pages.titles()[0], pages.titles()[-1]) == ("Batch", "Bucket")
    pages.fill("Long side, px", -5)
    assert "-5 is less than the minimum of 0" in pages.submit_in_vain()

    run = desk.begin(Batch=desk.house.batch)
    pages.wait_for_state("Crashed")
    before = desk.remember()
    assert 0 < len(before.finished) < DESIGNS

    pages.retry_to_the_end()
    until(lambda: not desk.processes(run), seconds=120)
    before.assert_only_the_missing_were_painted(designs=DESIGNS)
    # a fashion house's pages ask nobody else
    assert pages.hosts <= {"127.0.0.1", ""}
