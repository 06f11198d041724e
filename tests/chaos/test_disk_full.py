"""Disks that run full, of bucket, store, Prefect and temporary files: nothing is torn, and the night goes on.

Of a directory the run ends at once and says where; a store does not say why it fails, and is waited for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from catalogs.errors import NotFound, StorageFull
from catalogs.layout import CLAIMS_PREFIX, DESIGNS_PREFIX, THUMBS_PREFIX
from catalogs.publication import publish, read_latest
from catalogs.storage import open_storage
from catalogs.storage.directory import DirectoryStorage
from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import equipped
from flows.errors import hopeless
from flows.observability.events import STORAGE_AWAY
from flows.observability.signals import Happening, listening
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.shard import Pace
from nst_core.codec import decode
from tests.chaos.accounts import accounts_of
from tests.chaos.proxy import Weather
from tests.chaos.world import World
from tests.flows.children import painted
from tests.flows.small_house import SmallHouse
from tests.flows.some_shards import assert_files_match_rows
from tests.flows.stack.small_services import until
from tests.storage_fixtures import start_s3_server

# Nobody waits for a disk to become empty by itself: a test that did would take two minutes.
PATIENT = Pace(prepare_threads=2, finish_threads=2, patience_s=120, retry_delays_s=())


@contextmanager
def small_disk(place: Path, *, size_mb: int) -> Iterator[Path]:
    """Mount a small disk, where this user may mount one."""
    place.mkdir(parents=True)
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *options], capture_output=True).returncode:
        pytest.skip("no small disk: this user may not mount one")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    with small_disk(tmp_path / "disk", size_mb=2) as place:
        yield place


@pytest.fixture
def house(tmp_path: Path, disk: Path) -> SmallHouse:
    small = SmallHouse(tmp_path, pace=PATIENT)
    small.storage = DirectoryStorage(disk / "bucket")
    return small.fill()


def fill_up(disk: Path, *, but_kb: int) -> Path:
    """Leave so much room and no more; what filled it before stays."""
    ballast = disk / "ballast"
    # others may write meanwhile: then there is less to fill
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        free = os.statvfs(disk)
        for _ in range((free.f_bavail * free.f_frsize - but_kb * 1024) // free.f_frsize):
            file.write(bytes(free.f_frsize))
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


def test_a_store_whose_disk_is_full_is_waited_for_and_the_run_goes_on(tmp_path, s3_credentials):
    with small_disk(tmp_path / "disk", size_mb=64) as disk:
        server = start_s3_server(disk)
        try:
            house = SmallHouse(tmp_path, pace=PATIENT)
            house.storage = open_storage(server.config())
            house.fill()
            away: list[Happening] = []

            def make_room(signal: object) -> None:
                if isinstance(signal, Happening) and signal.event is STORAGE_AWAY:
                    away.append(signal)
                    (disk / "ballast").unlink(missing_ok=True)

            def run_full(ids: list[str]) -> None:
                if not away and len(house.engine.painted) >= 4:
                    fill_up(disk, but_kb=0)

            house.engine.on_paint = run_full
            with equipped(house.equipment()), listening(make_room):
                run = wiring.plan_run(house.batch)
                paint(run)
                publish(house.storage, run.plan, max_failure_rate=0)
            assert away
            assert house.statuses() == {"ok": 15}
            assert len(house.engine.painted) == 15
            assert_files_match_rows(house.storage, house.rows())
            assert list(house.storage.list(CLAIMS_PREFIX)) == []
        finally:
            server.stop()


@pytest.mark.slow
@pytest.mark.parametrize(("whose", "size_mb"), [("stack/prefect", 64), ("temporary", 8)])
def test_a_night_goes_on_after_prefect_or_temporary_files_had_no_room(tmp_path, monkeypatch, whose, size_mb):
    for name in list(os.environ):
        if name.startswith(("AWS_", "PREFECT_API", "TOILE_")):
            monkeypatch.delenv(name)
    with small_disk(tmp_path / whose, size_mb=size_mb) as disk:
        if whose == "temporary":
            monkeypatch.setenv("TMPDIR", str(disk))
        world = World(tmp_path, designs=(6, 5), seconds=0.5, weather=Weather(0, 0, 0, 0))
        try:
            run = world.begin()
            log = tmp_path / "painted.log"
            until(lambda: log.exists() and len(painted(log)) >= 3, seconds=240)
            ballast = fill_up(disk, but_kb=0)
            before = len(painted(log))
            # who is at work needs neither; then one that begins, where there is no room at all
            until(lambda: len(painted(log)) >= before + 4 or not world.worked_at(run), seconds=120)
            world.kill_a_run()
            until(lambda: not world.worked_at(run), seconds=60)
            ballast.unlink()
            world.mend()
            world.finish(run, within_s=400)
            accounts = accounts_of(world.house.storage, "demo")
            assert accounts.sound, accounts
            assert accounts.statuses == {"ok": 30}
            until(lambda: world.slots() == 0, seconds=60)
        finally:
            assert world.stop() == []
