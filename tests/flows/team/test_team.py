"""compose.yaml as processes: real PostgreSQL, server, store and worker, with its own commands and rights.

A night goes on while its run is killed and the server starts again; Retry completes it; and of all that the
team's files keep secret nothing is written anywhere.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_AUTH_STRING, temporary_settings

from catalogs.layout import design_key
from catalogs.storage import Storage, open_storage
from configs.loading import load_storage
from flows.deployments.applying import Pool, apply
from flows.deployments.deployment import Deployment
from flows.shards.process_identity import PROC
from flows.stack.asking import ask
from flows.stack.processes import marked
from flows.stack.settings import POOL
from tests.chaos.accounts import accounts_of
from tests.chaos.world import patiently
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.small_house import SmallHouse
from tests.flows.stack.small_services import until
from tests.flows.team.containers import Containers, drawn

pytestmark = pytest.mark.slow

NIGHT = "tests.flows.stub_flows.nightly_designs"
# How pickles begin (protocols 2 to 5), and how Prefect's do, which it keeps as text.
PICKLED = tuple(bytes((0x80, protocol)) for protocol in (2, 3, 4, 5))
PICKLED_TEXT = (b"gASV", b"gAWV")


@pytest.fixture
def team(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("AWS_", "PREFECT_API", "TOILE_")):
            monkeypatch.delenv(name)
    # pytest's own folders are shut to other users, and one of the services is one
    with tempfile.TemporaryDirectory(prefix="toile-team-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        containers = Containers(Path(folder))
        try:
            containers.make_database()
            yield containers
        finally:
            containers.stop()


def bucket(team: Containers, role: str, monkeypatch) -> Storage:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(team.secrets / f"{role}.aws"))
    return open_storage(load_storage(str(team.secrets / "storage.yaml")))


def test_a_team_s_night_outlives_server_and_run_is_kept_in_order_and_tells_no_secret(team, monkeypatch):
    team.start_and_wait("server", "4200", "/api/health")
    team.start_and_wait("store", "8333", "/healthz")
    team.run("bucket")
    team.run("bucket")  # it is there already

    for refused in ("/flow_runs/filter", "/work_pools/filter"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(urllib.request.Request(f"{team.api}{refused}", data=b"{}"), timeout=10)
    page = team.api.removesuffix("/api")
    assert b"<html" in urllib.request.urlopen(f"{page}/", timeout=10).read()
    settings = urllib.request.urlopen(f"{page}/ui-settings", timeout=10).read()
    assert b'"api_url":"/api"' in settings
    assert b'"auth":"BASIC"' in settings

    entrance = drawn(team)[1]
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", entrance)
    team.run("deploy")
    names = {one["name"] for one in ask(team.api, "/deployments/filter", {})}
    assert {"nightly-designs", "rerun-failed", "housekeeping"} <= names
    with temporary_settings({PREFECT_API_AUTH_STRING: entrance}):
        night = apply([Deployment("stub", NIGHT, "the night")], Pool(POOL), team.api)[0].id

    house = SmallHouse(team.folder / "house")
    house.storage = bucket(team, "catalogs", monkeypatch)
    house.fill([f"garment-{at}" for at in range(6)], [f"textile-{at}" for at in range(5)])
    stub = stub_flows.environment(house.folder) | {stub_flows.SECONDS: "3"}
    team.start("worker", stub)
    asked = {"parameters": {"batch": house.batch}, "state": {"type": "SCHEDULED"}}
    run = ask(team.api, f"/deployments/{night}/create_flow_run", asked)["id"]
    log = house.folder / "painted.log"
    until(lambda: log.exists() and len(painted(log)) >= 3, seconds=240)
    told = command_lines()

    team.kill("server")
    until(lambda: len(painted(log)) >= 5, seconds=120)  # a night needs no server to paint
    team.start_and_wait("server", "4200", "/api/health")
    for process in marked({"PREFECT__FLOW_RUN_ID": run}):
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: state_of(team, run) == "Crashed", seconds=120)
    before = len(painted(log))
    retry_to_the_end(team, run)

    accounts = accounts_of(bucket(team, "housekeeping", monkeypatch), "demo")
    assert accounts.sound
    assert accounts.statuses == {"ok": 30}
    assert before < 30
    # a death costs the designs in hand
    again = sum(times - 1 for times in Counter(painted(log)).values())
    assert again <= 8

    nobodys = design_key("f" * 32)
    bucket(team, "worker", monkeypatch).write_atomic(nobodys, b"nobody's")
    team.start("keeper")
    [keeping] = [one for one in ask(team.api, "/deployments/filter", {}) if one["name"] == "housekeeping"]
    asked = {"parameters": {"delete": True, "grace_hours": 0}, "state": {"type": "SCHEDULED"}}
    kept = ask(team.api, f"/deployments/{keeping['id']}/create_flow_run", asked)["id"]
    until(lambda: state_of(team, kept) == "Completed", seconds=240)
    assert not bucket(team, "housekeeping", monkeypatch).exists(nobodys)
    assert accounts_of(bucket(team, "housekeeping", monkeypatch), "demo").statuses == {"ok": 30}

    secrets = [secret.encode() for secret in drawn(team)]
    written = everything_written(team, bucket(team, "housekeeping", monkeypatch))
    assert len(written) > 100
    for where, data in {**written, "command lines": told}.items():
        assert not [secret for secret in secrets if secret in data], where
    for where, data in written.items():
        assert not data.startswith(PICKLED), where
    assert not [mark for mark in PICKLED_TEXT if mark in written["database"]]


def retry_to_the_end(team: Containers, run: str) -> None:
    """Do what Retry does until a run is complete: a worker reports a crash twice, seconds apart."""
    retry = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
    retries, ends = 0, time.monotonic() + 300
    while (state := state_of(team, run)) != "Completed":
        assert time.monotonic() < ends, state
        if state == "Crashed":
            retries += 1
            assert retries <= 3
            patiently(lambda: ask(team.api, f"/flow_runs/{run}/set_state", {"state": retry}), within_s=60.0)
        time.sleep(1.0)


def state_of(team: Containers, run: str) -> str:
    return str(patiently(lambda: ask(team.api, f"/flow_runs/{run}"), within_s=60.0)["state"]["name"])


def command_lines() -> bytes:
    found = []
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                found.append((folder / "cmdline").read_bytes())
            except OSError:
                continue
    return b"\n".join(found)


def everything_written(team: Containers, storage: Storage) -> dict[str, bytes]:
    """Return every object, every file and the database of a team, but for the files that hold its secrets."""
    files = {
        str(path.relative_to(team.folder)): path.read_bytes()
        for path in team.folder.rglob("*")
        if path.is_file() and team.secrets not in path.parents
    }
    objects = {stat.key: storage.read(stat.key) for stat in storage.list("") if _may_be_read(stat.key)}
    return {**files, **objects, "database": team.dump()}


def _may_be_read(key: str) -> bool:
    return not key.startswith("doctor/")
