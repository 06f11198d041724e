"""A run is planned from files and catalogs, and can be taken up by another process from the bucket alone."""

from __future__ import annotations

import gc
import json
import subprocess
from dataclasses import asdict, replace
from weakref import ref

import pytest

from catalogs.errors import NotFound
from catalogs.frozen import read_frozen
from catalogs.layout import claim_key, claims_prefix
from catalogs.parts import read_parts
from catalogs.plan import read_plan
from configs.errors import ConfigError
from flows import planning, wiring
from flows.overrides import Overrides
from flows.patience import Patience
from flows.revision import git_revision
from flows.shard_tasks import shard_tasks
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.claims import Holder
from flows.shards.process_identity import this_process
from flows.stopping import StopFlag
from nst_core.palettes import Ink, Palette, write_season
from tests.flows.small_house import BATCH
from tests.nst_core.palettes.groups import ase_of

PAIRS = "content_id,style_id\ntee,ikat\ncoat,check\n"


def test_a_run_leaves_its_plan_and_its_whole_configuration_in_the_bucket(house):
    run = wiring.plan_run(house.batch)
    assert read_plan(house.storage, "demo").table.equals(run.plan.table)
    frozen = read_frozen(house.storage, "demo")
    assert frozen.recipes["laid"].cloth.maker == "tile"
    assert frozen.engine_version == "fake-1"


def test_planning_only_to_look_writes_nothing(house):
    before = {stat.key for stat in house.storage.list("")}
    _, plan = planning.plan_designs(house.batch)
    assert len(plan) == 15
    after = {stat.key for stat in house.storage.list("")} - before
    assert not [key for key in after if not key.startswith("cache/")]


def test_a_task_in_another_process_takes_the_run_up_from_the_bucket(house):
    run = wiring.plan_run(house.batch, prefect_run_id="run-1")
    assert wiring.active_run("", "demo", "run-1") is run
    wiring.end_run(run)
    elsewhere = wiring.active_run("", "demo", "run-1")
    assert elsewhere is not run
    assert elsewhere.plan.table.equals(run.plan.table)
    report = render_claimed_shard(elsewhere, 0, device="auto", wait=False)
    assert report.painted == 4
    wiring.end_run(elsewhere)


def test_a_process_that_serves_many_runs_keeps_those_that_it_began_and_the_last_it_took_up(house):
    mine = wiring.plan_run(house.batch, prefect_run_id="mine")
    kept = wiring.MOST_TAKEN_UP
    taken_up = [ref(wiring.active_run("", "demo", f"run-{at}")) for at in range(2 * kept)]
    gc.collect()
    assert [one() is not None for one in taken_up] == [False] * kept + [True] * kept
    assert wiring.active_run("", "demo", "mine") is mine
    # an older one is taken up again
    assert wiring.active_run("", "demo", "run-0").progress.snapshot.planned == 15
    for run in (mine, *filter(None, (one() for one in taken_up))):
        wiring.end_run(run)


def test_a_run_that_is_over_leaves_nothing_behind(house):
    run = ref(wiring.plan_run(house.batch, prefect_run_id="run-1"))
    counts = ref(run().progress)
    wiring.end_run(run())
    gc.collect()
    assert run() is counts() is None


def test_pairs_are_read_from_the_bucket_or_from_a_path(house):
    house.storage.write_atomic("pairs/autumn.csv", PAIRS.encode())
    (house.folder / "here.csv").write_text(PAIRS)
    for name in ("pairs/autumn.csv", house.folder / "here.csv"):
        house.write_batch(BATCH + f"selection: {{kind: pairs, pairs_csv: {name}}}\n")
        assert len(planning.plan_designs(house.batch)[1]) == 2


def test_pairs_that_are_nowhere_are_named(house):
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs/none.csv}\n")
    with pytest.raises(NotFound, match=r"pairs/none.csv' is neither an object under"):
        planning.plan_designs(house.batch)


def test_only_shards_with_missing_designs_are_left(house):
    run = wiring.plan_run(house.batch)
    render_claimed_shard(run, 1, device="auto", wait=False)
    again = wiring.plan_run(house.batch)
    # 15 designs in shards of 4: 4, 4, 4, 3
    assert again.missing_by_shard() == {0: 4, 2: 4, 3: 3}


def test_a_very_large_batch_takes_several_shards_a_task_and_loses_none(house):
    run = wiring.plan_run(house.batch)
    tasks = shard_tasks(run, run.missing_by_shard(), at_most=2)
    assert [task.shard_ids for task in tasks] == [(0, 1), (2, 3)]
    assert [task.title for task in tasks] == [
        "shards 1 to 2 of 4: 8 of laid at 32 px",
        "shards 3 to 4 of 4: 7 of laid at 32 px",
    ]


def test_what_a_run_wants_otherwise_goes_through_the_same_checks_as_the_file(house):
    with pytest.raises(ConfigError, match=r"than demo can: sizes_px\.0: .* got 7;"):
        planning.plan_designs(house.batch, overrides=Overrides(size_px=7))
    with pytest.raises(ConfigError, match=r"can: seeds\.1: .* got 'two'"):
        planning.plan_designs(house.batch, overrides=Overrides(seeds="1, two"))
    house.storage.write_atomic("pairs/autumn.csv", PAIRS.encode())
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs/autumn.csv}\n")
    with pytest.raises(ConfigError, match="can: styles: a list of pairs says this itself"):
        planning.plan_designs(house.batch, overrides=Overrides(styles="ikat"))


def test_the_git_revision_is_that_of_the_checkout_or_what_the_environment_says(monkeypatch):
    monkeypatch.setenv("TOILE_GIT_REVISION", "built from 1234")
    assert git_revision() == "built from 1234"
    monkeypatch.delenv("TOILE_GIT_REVISION")
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode:
        pytest.skip("these tests run outside of a git checkout")
    assert git_revision().removesuffix("-dirty") == head.stdout.strip()


def test_a_run_turns_controls_and_leaves_those_of_the_batch_that_it_does_not_name(house):
    house.write_batch(BATCH + "controls: {strength: 0.4, motif_scale: 2}\n")
    _, plan = planning.plan_designs(house.batch, overrides=Overrides(controls="strength=0.7"))
    assert set(plan.table.column("strength").to_pylist()) == {0.7}
    assert set(plan.table.column("motif_scale").to_pylist()) == {2.0}
    for wrong in ("strength", "strength=", "strength 0.7"):
        with pytest.raises(ConfigError, match=r"named like strength=0\.7"):
            planning.plan_designs(house.batch, overrides=Overrides(controls=wrong))
    with pytest.raises(ConfigError, match=r"can: controls\.strength: .* got 3\.0"):
        planning.plan_designs(house.batch, overrides=Overrides(controls="strength=3, rotation_deg=10"))


def test_the_files_of_all_styles_and_masks_reach_the_engine_and_the_manifest(house):
    header, *rows = house.storage.read("content/catalog.csv").decode().splitlines()
    marked = [f"{rows[0]},tee.png,ikat.png", *(f"{row},," for row in rows[1:])]
    house.storage.write_atomic("content/ikat.png", house.storage.read("style/ikat.png"))
    house.storage.write_atomic(
        "content/catalog.csv", "\n".join([f"{header},protect,regions", *marked]).encode()
    )
    house.storage.write_atomic(
        "pairs.csv",
        b"content_id,style_id,region_styles,palette\ntee,ikat:3+floral:1,red=check,floral\n",
    )
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs.csv}\n")
    run = wiring.plan_run(house.batch)
    [planned] = run.shard(0).planned
    job = run.sources.job(planned, run.frozen.recipes["laid"], Patience(0, stop=StopFlag()))
    assert (job.protect, job.protect_name) == (house.storage.read("content/tee.png"), "content/tee.png")
    assert (job.palette, job.palette_name) == (house.storage.read("style/floral.png"), "style/floral.png")
    assert (job.regions, job.regions_name) == (house.storage.read("content/ikat.png"), "content/ikat.png")
    assert [(one.name, one.share, one.region) for one in job.further] == [
        ("style/floral.png", 0.25, ""),
        ("style/check.png", 0.0, "red"),
    ]
    assert [one.data for one in job.further] == [house.storage.read(one.name) for one in job.further]
    render_claimed_shard(run, 0, device="auto", wait=False)
    [row] = read_parts(house.storage, run.batch_id, columns=["style_title", "further_styles"]).to_pylist()
    assert row["style_title"] == "Ikat + Floral + Check"
    assert row["further_styles"] == planned["further_styles"]


SEASON = (
    Palette((Ink((10, 20, 30)), Ink((200, 180, 160))), "sea"),
    Palette((Ink((90, 20, 10)), Ink((250, 240, 230))), "rust"),
)


@pytest.mark.parametrize(("name", "data"), [("ss27.csv", write_season(SEASON)), ("ss27.ase", ase_of(SEASON))])
def test_a_season_s_palettes_come_from_the_bucket_or_lie_beside_the_batch(house, name, data, monkeypatch):
    house.write_batch(BATCH + f"colorways: {{file: {name}, palettes: {{ink: ['#000000', '#ffffff']}}}}\n")
    with pytest.raises(NotFound, match=r"is neither an object under .* nor a file beside demo.yaml or here"):
        planning.plan_designs(house.batch)
    monkeypatch.chdir("/")
    (house.folder / name).write_bytes(data)
    beside = planning.plan_designs(house.batch)[1]
    # 15 designs in their own colours, in the two palettes of the season and in the batch's own
    assert len(beside) == 15 * 4
    assert set(beside.table.column("colorway").to_pylist()) == {"", "sea", "rust", "ink"}
    house.storage.write_atomic(name, data)
    (house.folder / name).unlink()
    assert planning.plan_designs(house.batch)[1].table.equals(beside.table)


def test_a_season_is_frozen_with_its_batch(house):
    house.write_batch(BATCH + "colorways: {file: ss27.csv}\n")
    house.storage.write_atomic("ss27.csv", write_season(SEASON))
    run = wiring.plan_run(house.batch)
    house.storage.delete("ss27.csv")
    taken_up = wiring.stored_run(run.batch_id).frozen.batch.colorways
    assert (taken_up.file, set(taken_up.palettes)) == ("", {"sea", "rust"})


def test_a_dead_lease_goes_from_a_finished_shard_and_stays_on_one_with_work_left(house):
    run = wiring.plan_run(house.batch)
    for shard_id in (0, 1):
        render_claimed_shard(run, shard_id, device="cpu", wait=False)
    dead = replace(this_process(), started="1")  # the number is ours, the process is not
    body = json.dumps(asdict(Holder(token="theirs", run="the other run", process=dead)) | {"beat": 1})
    for shard_id in (0, 2, 3):
        house.storage.write_atomic(claim_key("demo", shard_id), body.encode())
    house.storage.write_atomic(claim_key("demo", 1), b"a lease that nobody can read")
    wiring.stored_run("demo")
    left = {stat.key for stat in house.storage.list(claims_prefix("demo"))}
    assert left == {claim_key("demo", shard_id) for shard_id in (1, 2, 3)}
