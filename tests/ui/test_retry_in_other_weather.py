"""Retry and reruns from Prefect's pages on a real S3 server, whatever became of run, code and machines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import flows
from flows.equipment import equipped
from flows.planning import plan_designs
from flows.stack.asking import ask
from flows.stack.processes import MARK_OF_SERVICE
from tests.chaos.proxy import Weather
from tests.chaos.world import WORKERS, World
from tests.flows import stub_flows
from tests.flows.fake_engine import picture
from tests.flows.small_house import BATCH
from tests.flows.stack.small_services import until
from tests.ui.desk import Desk
from tests.ui.pages import browsing

pytestmark = pytest.mark.slow

DESIGNS = 20
FINE = Weather(errors=0, cut=0, resets=0, stalls=0)
NIGHT = "nightly-designs"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with browsing(""):
        pass  # skips before anything is started where there is no browser
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "PREFECT_API", "TOILE_")):
                patch.delenv(name)
        for name in (stub_flows.HOUSE, stub_flows.SECONDS, "AWS_SHARED_CREDENTIALS_FILE", "PYTHONPATH"):
            patch.setenv(name, "")
        made = World(tmp_path_factory.mktemp("world"), designs=(5, 4), seconds=0.3, weather=FINE)
        made.house.write_batch(BATCH.replace("max_failure_rate: 0.5", "max_failure_rate: 0.0"))
        yield made
        left = made.stop()
    assert left == []


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    world.mend()
    world.throw_away()
    (world.folder / "painted.log").unlink(missing_ok=True)
    with browsing(world.settings.page) as pages:
        yield Desk(pages, world.house, world.settings)
        assert pages.hosts <= {"127.0.0.1", ""}


def crashed(desk: Desk) -> str:
    """Begin a night in its form, kill it half way, and return it when its page says Crashed."""
    run = desk.begin(Batch=desk.house.batch)
    desk.kill(run, after_designs=6)
    desk.pages.wait_for_state("Crashed")
    return run


def test_retry_while_the_old_run_still_works_shares_the_work(desk: Desk):
    run = desk.begin(Batch=desk.house.batch)
    until(lambda: len(desk.files("designs/")) >= 3, seconds=120)
    [old] = desk.processes(run)
    # what a heartbeat that did not come makes of a run whose machine is only cut off
    state = {"type": "CRASHED", "name": "Crashed", "message": "no heartbeat"}
    ask(desk.settings.api, f"/flow_runs/{run}/set_state", {"state": state})
    desk.pages.wait_for_state("Crashed")
    desk.pages.retry()
    until(lambda: len(desk.processes(run)) == 2 or not old.is_alive, seconds=60)
    until(lambda: not desk.processes(run), seconds=240)
    # where the old process was the last to end, Prefect took the slot of both back, and ended the new one
    if desk.state_of(run) == "Crashed":
        desk.pages.retry_to_the_end()
    desk.pages.wait_for_state("Completed")
    # nothing was lost when it began, and nobody painted what another one had in hand
    desk.before_anything().assert_only_the_missing_were_painted(designs=DESIGNS)


def test_retry_after_a_release_paints_only_what_is_missing(desk: Desk, world: World, tmp_path: Path):
    crashed(desk)
    before = desk.remember()
    old = {design: row["git_revision"] for design, row in desk.rows_in_images().items()}
    # the same engine in another text of its tasks, and another revision: what a cache by source would miss
    shutil.copytree(Path(flows.__file__).parent, tmp_path / "flows")
    tasks = tmp_path / "flows/shard_tasks.py"
    text = tasks.read_text()
    line = "    run = wiring.active_run(root, batch_id, run_id())\n"
    assert text.count(line) == 1
    tasks.write_text(text.replace(line, f"    _release = 2\n{line}"))
    for name in WORKERS:
        world.kill(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), os.environ["PYTHONPATH"])))
        patch.setenv("TOILE_GIT_REVISION", "the-next-one")
        world.mend()
    desk.pages.retry_to_the_end()
    before.assert_only_the_missing_were_painted(designs=DESIGNS)
    for design, row in desk.house.rows().items():
        assert row["git_revision"] == old.get(design, "the-next-one")
    for name in WORKERS:  # the old code for whoever comes next
        world.kill(name)


def test_retry_on_another_worker_paints_only_what_is_missing(desk: Desk, world: World):
    run = desk.begin(Batch=desk.house.batch)
    until(lambda: bool(desk.processes(run)), seconds=60)
    [mine] = [name for name in WORKERS if desk.processes(run, **{MARK_OF_SERVICE: name})]
    [other] = set(WORKERS) - {mine}
    desk.kill(run, after_designs=6)
    desk.pages.wait_for_state("Crashed")
    before = desk.remember()
    world.kill(mine)
    desk.pages.retry()
    until(lambda: bool(desk.processes(run, **{MARK_OF_SERVICE: other})), seconds=120)
    desk.pages.wait_for_state("Completed")
    before.assert_only_the_missing_were_painted(designs=DESIGNS)


def test_retry_after_the_server_came_back_paints_only_what_is_missing(desk: Desk, world: World):
    run = crashed(desk)
    before = desk.remember()
    world.kill("server")
    world.mend()
    desk.pages.open_run(run)
    desk.pages.wait_for_state("Crashed")
    desk.pages.retry_to_the_end()
    before.assert_only_the_missing_were_painted(designs=DESIGNS)


def test_retry_while_the_bucket_is_away_waits_for_it(desk: Desk, world: World):
    run = crashed(desk)
    before = desk.remember()
    desk.wait_until_told(run)
    world.kill("store")
    desk.pages.retry()
    until(lambda: bool(desk.processes(run)), seconds=60)
    desk.pages.wait_for_state("Running")
    world.mend()
    desk.pages.wait_for_state("Completed", within_s=300)
    before.assert_only_the_missing_were_painted(designs=DESIGNS)


def test_retry_after_a_bad_image_was_mended(desk: Desk, world: World):
    bad = "content/garment-1.png"
    ill = world.folder / stub_flows.ILL
    ill.write_text(json.dumps({"refuse": [bad]}))
    try:
        run = desk.begin(Batch=desk.house.batch)
        desk.pages.wait_for_state("Failed")  # 4 of 20 designs, and the house allows none
    finally:
        ill.unlink()
    before = desk.remember()
    assert len(before.finished) == DESIGNS - 4
    page = desk.pages.page
    desk.pages.open_artifact("failures")
    for words in ("4 (20.0%)", "truncated", "upload it again", "Remedy", "shards"):
        page.get_by_text(words).first.wait_for()
    # it opens in a window of its own
    log = page.get_by_role("link", name=f"run {run[:8]}").first.get_attribute("href")
    assert log == f"{desk.settings.page}/runs/flow-run/{run}"
    desk.pages.open_run(run)
    desk.pages.wait_for_state("Failed")

    desk.house.storage.write_atomic(bad, picture("garment-1, exported again"))
    desk.pages.retry_to_the_end()
    before.assert_only_the_missing_were_painted(designs=DESIGNS)


def test_retry_where_there_is_memory_again(desk: Desk, world: World):
    with equipped(desk.house.equipment()):
        _, plan = plan_designs(desk.house.batch)
    ill = world.folder / stub_flows.ILL
    ill.write_text(json.dumps({"too_large": sorted(plan.render_ids.to_pylist())[:3]}))
    try:
        desk.begin(Batch=desk.house.batch)
        desk.pages.wait_for_state("Failed")
    finally:
        ill.unlink()
    before = desk.remember()
    assert len(before.finished) == DESIGNS - 3
    desk.pages.retry_to_the_end()
    before.assert_only_the_missing_were_painted(designs=DESIGNS)


@pytest.mark.parametrize(
    ("form", "fields"), [("rerun-failed", {}), (NIGHT, {"Only what failed or is missing": True})]
)
def test_a_form_reruns_what_a_killed_run_left(desk: Desk, form: str, fields: dict[str, bool]):
    crashed(desk)
    before = desk.remember()
    desk.begin(form, Batch=desk.house.batch, **fields)
    desk.pages.wait_for_state("Completed")
    before.assert_only_the_missing_were_painted(designs=DESIGNS)
