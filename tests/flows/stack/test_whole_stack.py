"""An engineer's commands, with Prefect's real server and worker: up, deploy, a run, Retry, down."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

import flows
from flows.cli.exits import Exit
from flows.stack.asking import ask
from flows.stack.processes import MARK, marked
from tests.flows.stack.small_services import until

REPOSITORY = Path(flows.__file__).parents[1]
# Cloth on the garment and nothing else: no network, so that a run is a matter of a second.
RECIPE = "name: laid\ncloth: {maker: tile, motif_scale: 1.0}\n"
BATCH = "name: tiny\nrecipes: [laid]\nsizes_px: [96]\nshard_size: 2\nmax_designs: 24\nmax_failure_rate: 0.0\n"


@dataclass
class Machine:
    """A machine on which somebody types commands."""

    folder: Path
    environment: dict[str, str]

    def toile(self, *arguments: str, code: int = 0):
        """Run a command with --json and return what it says."""
        done = subprocess.run(
            [sys.executable, "-c", "from flows.cli import main; main()", *arguments, "--json"],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment,
            timeout=400,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def processes(self) -> list[int]:
        return [one.pid for one in marked({MARK: str(self.state)})]

    def designs(self) -> dict[str, tuple[str, int]]:
        """Return the finished designs with digest and time."""
        return {
            path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in (self.folder / "bucket/designs").rglob("*.png")
        }


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    for kind, name, text in (("recipes", "laid", RECIPE), ("batches", "tiny", BATCH)):
        (folder / "configs" / kind).mkdir(parents=True)
        (folder / "configs" / kind / f"{name}.yaml").write_text(text)
    hidden = ("PREFECT_", "TOILE_", "AWS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    environment |= {
        "TOILE_STATE": str(folder / "state"),
        "TOILE_CONFIGS": str(folder / "configs"),
        "PYTHONPATH": str(REPOSITORY),
    }
    one = Machine(folder, environment)
    one.toile("demo", "--root", "bucket", "--long-side-px", "160")
    yield one
    one.toile("down")
    assert one.processes() == []


@pytest.fixture(scope="module")
def up(machine):
    return machine.toile("up", "--root", "bucket", "--port", "0", "--gallery-port", "0")


@pytest.fixture(scope="module")
def api(up):
    return up["environment"]["PREFECT_API_URL"]


@pytest.fixture(scope="module")
def deployed(machine, up):
    return {one["name"]: one for one in machine.toile("deploy", "--timezone", "Europe/Paris")}


def test_up_says_where_everything_is_and_a_second_one_that_it_is_there(machine, up):
    assert not up["already_up"]
    assert [one["name"] for one in up["services"]] == ["server", "worker", "gallery"]
    assert up["environment"]["TOILE_ROOT"] == str(machine.folder / "bucket")
    assert all(Path(one["log"]).is_file() for one in up["services"])
    again = machine.toile("up", "--root", "bucket", "--port", "0")
    assert again["already_up"]
    assert [one["process"] for one in again["services"]] == [one["process"] for one in up["services"]]
    refused = machine.toile("up", "--root", "another", "--port", "0", code=Exit.USAGE)
    assert refused["error"]["code"] == "stack_refused"


def test_the_server_is_on_this_machine_alone(up):
    port = int(up["services"][0]["address"].rpartition(":")[2])
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening


def test_the_gallery_is_up_on_this_machine_alone_and_its_owner_is_let_in(machine, up):
    address = up["services"][2]["address"]
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{address}/healthz") as answer:
        assert json.load(answer) == {"is_well": True}
    link = machine.toile("gallery", "link")["link"]
    assert link.startswith(f"{address}/signin/link?key=")
    with urllib.request.urlopen(link) as answer:
        assert answer.status == 200
    secret = machine.state / "gallery/secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert "key=" not in (machine.state / "logs/gallery.log").read_text()


def test_the_server_plans_the_nights_to_come_at_their_hour(deployed, api):
    wanted = {
        "deployments": {"name": {"any_": ["nightly-designs"]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_ASC",
    }
    ends = time.monotonic() + 150  # the server's scheduler looks once a minute
    while not (nights := ask(api, "/flow_runs/filter", wanted)) and time.monotonic() < ends:
        time.sleep(1)
    hours = [datetime.fromisoformat(one["expected_start_time"]) for one in nights]
    assert {hour.astimezone(ZoneInfo("Europe/Paris")).hour for hour in hours} == {2}
    assert hours[0] - datetime.now(UTC) <= timedelta(days=1)


def test_deploying_twice_is_the_same_as_once(machine, deployed, api):
    schedules = {name: one["schedule"] for name, one in deployed.items()}
    assert schedules["nightly-designs/nightly-designs"] == "0 2 * * * Europe/Paris"
    assert schedules["rerun-failed/rerun-failed"] == ""
    before = ask(api, "/automations/filter", {})
    [crashed] = [one for one in before if one["name"] == "toile: look after crashed nights"]
    # one of an earlier version, which nobody wants any more, and one of somebody else
    for name in ("toile: of old", "the house's own"):
        ask(api, "/automations/", {key: crashed[key] for key in ("trigger", "actions")} | {"name": name})
    again = machine.toile("deploy", "--timezone", "Europe/Paris")
    assert {one["name"]: one for one in again} == deployed
    after = ask(api, "/automations/filter", {})
    kept = {one["name"]: one["id"] for one in before}
    assert {one["name"]: one["id"] for one in after if one["name"] != "the house's own"} == kept
    assert len(after) == len(before) + 1
    night = ask(api, "/deployments/name/nightly-designs/nightly-designs")
    assert [one["schedule"]["timezone"] for one in night["schedules"]] == ["Europe/Paris"]
    assert night["global_concurrency_limit"]["limit"] == 1
    assert night["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert night["work_pool_name"] == "toile"
    assert "tiny" in night["parameter_openapi_schema"]["properties"]["batch"]["enum"]


def test_a_killed_run_is_retried_as_the_page_does_and_paints_only_what_is_missing(machine, deployed, api):
    address = f"/deployments/{deployed['nightly-designs/nightly-designs']['id']}/create_flow_run"
    run = ask(api, address, {"parameters": {"batch": "tiny"}})["id"]
    until(lambda: len(machine.designs()) >= 3, seconds=180)
    processes = list(marked({"PREFECT__FLOW_RUN_ID": run}))
    assert processes
    for process in processes:
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: state_of(api, run) == "Crashed", seconds=60)
    # the worker reports a crash again seconds later, and would take a hasty retry for what crashed
    log = machine.state / "logs/worker.log"
    until(lambda: "flow_runs.worker" in log.read_text().partition("as crashed")[2], seconds=60)
    before = machine.designs()
    assert len(before) < 24

    # what the button Retry of Prefect's page sends
    asked = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
    ask(api, f"/flow_runs/{run}/set_state", {"state": asked})
    until(lambda: runs(api, run) == 2 and state_of(api, run) != "Running", seconds=180)
    assert state_of(api, run) == "Completed"
    after = machine.designs()
    assert len(after) == 24
    assert {name: after[name] for name in before} == before
    rows = pq.read_table(machine.folder / "bucket/manifests/tiny.parquet").to_pylist()
    found = Counter(row["status"] for row in rows)
    # of the demo's pairs, the batch wants no more than 24
    assert found == {"ok": 24, "skipped": len(rows) - 24}


def test_down_leaves_no_process_and_no_port_and_up_finds_the_history(machine, up, deployed, api):
    address = f"/deployments/{deployed['nightly-designs/nightly-designs']['id']}/create_flow_run"
    run = ask(api, address, {"parameters": {"batch": "tiny", "size_px": 128}})["id"]
    until(lambda: state_of(api, run) == "Running", seconds=180)
    completed_nights = {
        "flows": {"name": {"any_": ["nightly-designs"]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    history = len(ask(api, "/flow_runs/filter", completed_nights))

    assert machine.toile("down")["stopped"] == ["gallery", "worker", "Prefect server"]
    assert machine.processes() == []
    assert not list(marked({"PREFECT__FLOW_RUN_ID": run}))
    port = int(api.removesuffix("/api").rpartition(":")[2])
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
    assert machine.toile("down")["stopped"] == []

    again = machine.toile("up", "--root", "bucket", "--port", str(port))
    assert not again["already_up"]
    completed = ask(api, "/flow_runs/filter", completed_nights)
    assert len(completed) == history > 0
    # what was at work when everything stopped holds no slot, and can be retried
    assert state_of(api, run) == "Crashed"
    night = ask(api, "/deployments/name/nightly-designs/nightly-designs")
    assert night["global_concurrency_limit"]["active_slots"] == 0


def state_of(api: str, run: str) -> str:
    return str(ask(api, f"/flow_runs/{run}")["state_name"])


def runs(api: str, run: str) -> int:
    return int(ask(api, f"/flow_runs/{run}")["run_count"])
