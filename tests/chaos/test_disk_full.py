"""A bucket on a disk that runs full: the run ends at once and says where, nothing is torn, and it goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogs.errors import NotFound, StorageFull
from catalogs.layout import CLAIMS_PREFIX, DESIGNS_PREFIX, THUMBS_PREFIX
from catalogs.publication import publish, read_latest
from catalogs.storage.directory import DirectoryStorage
from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import equipped
from flows.errors import hopeless
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.shard import Pace
from nst_core.codec import decode
from tests.flows.small_house import SmallHouse
from tests.flows.some_shards import assert_files_match_rows

# Nobody waits for a disk to become empty by itself: a test that did would take two minutes.
PATIENT = Pace(prepare_threads=2, finish_threads=2, patience_s=120, retry_delays_s=())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *options], capture_output=True).returncode:
        pytest.skip("no small disk: this user may not mount one")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def house(tmp_path: Path, disk: Path) -> SmallHouse:
    small = SmallHouse(tmp_path, pace=PATIENT)
    small.storage = DirectoryStorage(disk / "bucket")
    return small.fill()


def fill_up(disk: Path, *, but_kb: int) -> Path:
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - but_kb * 1024))
    return ballast


def paint(run: BatchRun) -> None:
    for shard_id in sorted(run.missing_by_shard()):
        render_claimed_shard(run, shard_id, device="cpu", wait=True)


def whole_pictures(house: SmallHouse) -> int:
    keys = [one.key for prefix in (DESIGNS_PREFIX, THUMBS_PREFIX) for one in house.storage.list(prefix)]
    for key in keys:
        decode(house.storage.read(key), name=key)
    return len(keys)


def test_a_full_disk_ends_the_run_at_once_and_after_room_is_made_it_goes_on(house, disk):
    with equipped(house.equipment()):
        run = wiring.plan_run(house.batch)
        ballast = fill_up(disk, but_kb=72)
        with pytest.raises(StorageFull, match="the disk is full; free some space") as told:
            paint(run)
        # where, and that it is of no use to try the other shards
        assert str(disk / "bucket") in str(told.value)
        assert hopeless(told.value)
        kept = whole_pictures(house)
        assert kept
        assert not [one for one in disk.rglob("*") if "write-" in one.name]
        before = {one.key for one in house.storage.list(DESIGNS_PREFIX)}
        house.engine.painted.clear()
        ballast.unlink()
        again = wiring.plan_run(house.batch)
        paint(again)
        publish(house.storage, again.plan, max_failure_rate=0)
    assert not before & {f"{DESIGNS_PREFIX}{id_[:2]}/{id_}.png" for id_ in house.engine.painted}
    assert house.statuses() == {"ok": 15}
    assert_files_match_rows(house.storage, house.rows())
    assert list(house.storage.list(CLAIMS_PREFIX)) == []


def test_a_disk_that_is_full_when_the_catalog_is_published_keeps_yesterday_s(house, disk):
    with equipped(house.equipment()):
        run = wiring.plan_run(house.batch)
        paint(run)
        fill_up(disk, but_kb=0)
        with pytest.raises(StorageFull):
            publish(house.storage, run.plan, max_failure_rate=0)
        with pytest.raises(NotFound):
            read_latest(house.storage)
        (disk / "ballast").unlink()
        publish(house.storage, run.plan, max_failure_rate=0)
        fill_up(disk, but_kb=0)
        with pytest.raises(StorageFull):
            publish(house.storage, wiring.stored_run("demo").plan, max_failure_rate=0)
    assert read_latest(house.storage).ok == len(house.rows()) == 15
