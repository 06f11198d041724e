"""What nothing needs goes in two steps, and nothing goes that something needs, whenever a run comes along."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.errors import NotFound
from catalogs.frozen import freeze_batch
from catalogs.keeping import trash
from catalogs.keeping.garbage import tidy
from catalogs.keeping.trash import in_trash, put_aside
from catalogs.layout import (
    batch_manifest_key,
    claim_key,
    design_key,
    manifest_key,
    notice_key,
    part_key,
    plan_key,
    report_key,
    thumb_key,
    tile_key,
    tile_refusal_key,
)
from catalogs.parts import to_parquet
from catalogs.plan import plan_shard, write_plan
from catalogs.publication import publish
from catalogs.quarantine import quarantine, quarantined
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from catalogs.tile_names import tile_name
from configs.recipe import ClothPart, Recipe
from tests.catalogs.wardrobe import (
    PLAIN,
    WEIGHTS,
    a_batch,
    a_plan,
    hash_of,
    paint_all,
    picture,
    put_shop,
)

WEEK = timedelta(hours=168)
SECOND = timedelta(seconds=1)


def later(days: float = 0, **more) -> datetime:
    """A moment after everything that a test has written by now."""
    return datetime.now(UTC) + timedelta(days=days, seconds=2, **more)


def a_night(storage: Storage, batch_id: str = "night", *, garments="ab", recipes=(PLAIN,), **batch):
    """Plan, freeze, paint and publish a batch, as a run does; return its plan."""
    put_shop(storage, garments, "xy")
    made = a_batch(batch_id=batch_id, shard_size=2, recipes=tuple(one.name for one in recipes), **batch)
    by_name = {one.name: one for one in recipes}
    hashes = {name: hash_of(one) for name, one in by_name.items()}
    freeze_batch(storage, batch_id, made, by_name, hashes, engine_version="1", weights_sha256=WEIGHTS)
    plan = a_plan(storage, made, recipes=recipes, batch_id=batch_id)
    write_plan(storage, plan)
    paint_all(storage, plan)
    for name in plan.render_ids.to_pylist():
        storage.write_atomic(thumb_key(name), picture(name))
    publish(storage, plan, max_failure_rate=1)
    return plan


def orphan(storage: Storage, number: int = 1) -> str:
    """A design with its thumbnail that nothing names."""
    name = f"{number:032x}"
    storage.write_atomic(design_key(name), b"nobody's")
    storage.write_atomic(thumb_key(name), b"nobody's")
    return name


def keys(storage: Storage, prefix: str = "") -> set[str]:
    return {one.key for one in storage.list(prefix)}


def test_looking_changes_nothing(storage: Storage):
    a_night(storage)
    orphan(storage)
    before = keys(storage)
    told = tidy(storage, later(8))
    assert (told.kinds["designs"].objects, told.kinds["thumbs"].objects) == (1, 1)
    assert told.kinds["designs"].bytes == len(b"nobody's")
    assert keys(storage) == before


def test_what_nothing_names_is_put_aside_and_after_the_grace_deleted(storage: Storage):
    plan = a_night(storage)
    name = orphan(storage)
    needed = keys(storage) - {design_key(name), thumb_key(name)}
    tidy(storage, later(8), delete=True)
    assert not storage.exists(design_key(name))
    assert {one.original for found in in_trash(storage) for one in found} == {
        design_key(name),
        thumb_key(name),
    }
    tidy(storage, later(14), delete=True)  # six days in the trash
    assert len(keys(storage, "trash/")) == 2
    told = tidy(storage, later(15.1), delete=True)
    assert told.kinds["trash"].objects == 2
    assert keys(storage) == needed
    assert told.named == len(plan)


def test_what_is_younger_than_the_grace_stays_whoever_names_it(directory_storage: Storage):
    name = orphan(directory_storage)
    told = tidy(directory_storage, later(6.9), delete=True)
    assert (told.kinds["designs"].objects, told.kinds["designs"].young) == (0, 1)
    assert directory_storage.exists(design_key(name))


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("shortlists/autumn.json", json.dumps({"designs": [f"{1:032x}"]}).encode()),
        ("requests/2026/hi-res.csv", f"design_id,width_mm\n{1:032x},640\n".encode()),
        ("shortlists/picked.parquet", to_parquet(pa.table({"design_id": [f"{1:032x}"]}))),
        (plan_key("planned-only"), to_parquet(pa.table({"design_id": [f"{1:032x}"]}))),
        (batch_manifest_key("refused"), to_parquet(pa.table({"design_id": [f"{1:032x}"]}))),
        (manifest_key("old"), to_parquet(pa.table({"design_id": [f"{1:032x}"]}))),
    ],
)
def test_whatever_names_a_design_keeps_it_and_brings_it_back(directory_storage: Storage, key, body):
    name = orphan(directory_storage)
    directory_storage.write_atomic(key, body)
    assert tidy(directory_storage, later(8), delete=True).kinds["designs"].objects == 0
    directory_storage.delete(key)
    tidy(directory_storage, later(8), delete=True)
    assert not directory_storage.exists(design_key(name))
    directory_storage.write_atomic(key, body)
    assert tidy(directory_storage, later(16), delete=True).brought_back == 2
    assert directory_storage.read(design_key(name)) == b"nobody's"
    assert keys(directory_storage, "trash/") == set()


@pytest.mark.parametrize("key", [manifest_key("torn"), plan_key("torn"), "shortlists/a.zip"])
def test_while_a_list_cannot_be_read_no_picture_is_touched(directory_storage: Storage, key):
    name = orphan(directory_storage)
    put_aside(directory_storage, [thumb_key(name)], later())
    directory_storage.write_atomic(key, b"PK\0 torn")
    told = tidy(directory_storage, later(30), delete=True)
    assert list(told.blocked) == [key]
    assert directory_storage.exists(design_key(name))
    assert len(keys(directory_storage, "trash/")) == 1


def test_a_picture_painted_again_is_not_replaced_by_the_one_put_aside(storage: Storage):
    name = orphan(storage)
    put_aside(storage, [design_key(name)], later())
    storage.write_atomic(design_key(name), b"painted again")
    storage.write_atomic("shortlists/a.txt", name.encode())
    tidy(storage, later(), delete=True)
    assert storage.read(design_key(name)) == b"painted again"
    assert keys(storage, "trash/") == set()


def test_tiles_stay_that_a_planned_design_wears(directory_storage: Storage):
    toss = Recipe(name="toss", kind="yardage", cloth=ClothPart(maker="toss"))
    plan = a_night(directory_storage, recipes=(toss,))
    worn = {tile_name(row, toss) for row in plan_shard(plan, 0)}
    for name in (*worn, "f" * 32):
        for key in (tile_key(name), tile_refusal_key(name)):
            directory_storage.write_atomic(key, b"tile, or why there is none")
    told = tidy(directory_storage, later(8), delete=True)
    assert told.kinds["tiles"].objects == 2
    stay = {key(name) for name in worn for key in (tile_key, tile_refusal_key)}
    assert keys(directory_storage, "tiles/") == stay


def test_leases_of_dead_runs_go_and_living_ones_stay(directory_storage: Storage):
    a_night(directory_storage)
    lease, on_tile = claim_key("night", 0), "tiles/claims/" + "a" * 32 + ".json"
    for key in (lease, on_tile):
        directory_storage.write_atomic(key, b"{}")
    tidy(directory_storage, datetime.now(UTC) + timedelta(minutes=59), delete=True)
    assert directory_storage.exists(lease)
    tidy(directory_storage, later(1 / 24), delete=True)
    assert not directory_storage.exists(on_tile)
    # until somebody takes the shard over, it tells that a process died there
    assert directory_storage.exists(lease)
    told = tidy(directory_storage, later(8), delete=True)
    assert told.kinds["leases"].objects == 1
    assert not directory_storage.exists(lease)


def test_quarantine_stays_as_long_as_a_plan_names_the_design(directory_storage: Storage):
    plan = a_night(directory_storage)
    named, unnamed = plan.render_ids[0].as_py(), "f" * 32
    for design_id in (named, unnamed):
        quarantine(directory_storage, design_id, run="a run")
    assert tidy(directory_storage, later(8), delete=True).kinds["quarantine"].objects == 1
    assert quarantined(directory_storage) == {named}


def test_parts_of_an_older_plan_go_when_the_newer_ones_hold_their_rows(directory_storage: Storage):
    old = a_night(directory_storage, garments="a")
    keys_of_old = {part_key("night", 0, [row["design_id"] for row in plan_shard(old, 0)])}
    assert keys(directory_storage, "batches/night/parts/") == keys_of_old
    a_night(directory_storage, garments="abc")
    told = tidy(directory_storage, later(8), delete=True)
    assert told.kinds["parts"].objects == 1
    assert not keys_of_old & keys(directory_storage, "batches/")
    # 3 garments × 2 textiles in shards of 2
    assert len(keys(directory_storage, "batches/night/parts/")) == 3


def test_a_part_of_an_older_plan_stays_while_its_rows_are_nowhere_else(directory_storage: Storage):
    old = a_night(directory_storage, garments="a")
    new = a_night(directory_storage, garments="abc")
    ids = set(old.render_ids.to_pylist())
    for shard_id in new.shard_ids:
        own = [row["design_id"] for row in plan_shard(new, shard_id)]
        if ids & set(own):
            directory_storage.delete(part_key("night", shard_id, own))
    assert tidy(directory_storage, later(8), delete=True).kinds["parts"].objects == 0


def test_a_report_without_a_batch_goes(directory_storage: Storage):
    a_night(directory_storage)
    for batch_id in ("night", "gone"):
        directory_storage.write_atomic(report_key(batch_id), b"<p>")
    assert tidy(directory_storage, later(8), delete=True).kinds["reports"].objects == 1
    assert keys(directory_storage, "reports/") == {report_key("night")}


def test_what_was_told_of_a_batch_is_forgotten_with_the_batch_and_not_before(directory_storage: Storage):
    a_night(directory_storage)
    mine, gone = (notice_key(batch_id, "ended") for batch_id in ("night", "gone"))
    for key in (mine, gone, "notices/by-hand.txt"):
        directory_storage.write_atomic(key, b'{"done": true}')
    # its run may be at its retry, or somebody at the reasons
    assert tidy(directory_storage, later(6.9), delete=True).kinds["reports"].young == 1
    assert tidy(directory_storage, later(8), delete=True).kinds["reports"].objects == 1
    assert keys(directory_storage, "notices/") == {mine, "notices/by-hand.txt"}
    tidy(directory_storage, later(16), delete=True)
    assert keys(directory_storage, "trash/") == set()


def test_nights_past_their_time_go_with_report_and_manifest_and_their_designs_after_them(storage: Storage):
    for day in ("01", "02", "03"):
        a_night(storage, f"night-{day}", seeds=(int(day),), retention={"nights": 2})
        storage.write_atomic(report_key(f"night-{day}"), b"<p>")
        storage.write_atomic(notice_key(f"night-{day}", "ended"), b"{}")
    # which night is older is told by the hour of its last write; they are seconds apart here at most
    told = tidy(storage, later(8), delete=True)
    assert told.nights == ["night-01"]
    assert storage.folders("batches/") == ["night-02", "night-03"] or not keys(storage, "batches/night-01/")
    assert keys(storage, "manifests/") == {manifest_key("night-02"), manifest_key("night-03")}
    assert keys(storage, "reports/") == {report_key("night-02"), report_key("night-03")}
    assert keys(storage, "notices/") == {notice_key(f"night-{day}", "ended") for day in ("02", "03")}
    assert len(keys(storage, "designs/")) == 12  # nothing named them no more only after they went
    assert tidy(storage, later(9), delete=True).kinds["designs"].objects == 4
    assert len(keys(storage, "designs/")) == 8


def test_a_night_that_is_retried_while_it_is_put_away_comes_back(directory_storage: Storage):
    for day in ("01", "02"):
        a_night(directory_storage, f"night-{day}", retention={"nights": 1})
        directory_storage.write_atomic(notice_key(f"night-{day}", "ended"), b"{}")
    before = keys(directory_storage)

    class Retried(DirectoryStorage):
        def move(self, key: str, to: str) -> None:
            super().move(key, to)
            if key == plan_key("night-01"):
                self.write_atomic(claim_key("night-01", 0), b"{}")

    now = datetime.now(UTC) + timedelta(minutes=1)
    told = tidy(Retried(directory_storage.root), now, grace=timedelta(0), delete=True)
    assert told.nights == ["night-01"]
    assert keys(directory_storage) == before | {claim_key("night-01", 0)}


class Interrupted(DirectoryStorage):
    """Calls back before each of its operations, so that a run can come in between."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.before = lambda: None

    def move(self, key, to):
        self.before()
        super().move(key, to)
        self.before()

    def read(self, key):
        self.before()
        return super().read(key)

    def list(self, prefix):
        self.before()
        return iter(list(super().list(prefix)))

    def delete(self, key):
        self.before()
        super().delete(key)

    def exists(self, key):
        self.before()
        return super().exists(key)


def a_run(storage: Storage, batch_id: str, numbers: list[int]):
    """A run in steps as a shard takes them: plan, look, paint what is not there, publish what is."""
    ids = [f"{number:032x}" for number in numbers]
    storage.write_atomic(plan_key(batch_id), to_parquet(pa.table({"design_id": ids})))
    yield
    seen = {}
    for name in ids:
        seen[name] = storage.exists(design_key(name))
        yield
    for name in ids:
        if not seen[name]:
            storage.write_atomic(design_key(name), name.encode())
            yield
    storage.write_atomic(manifest_key(batch_id), to_parquet(pa.table({"design_id": ids})))
    storage.delete(plan_key(batch_id))
    yield


@settings(max_examples=60, deadline=None)
@given(
    runs=st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=4, unique=True), min_size=1, max_size=4),
    steps=st.lists(st.integers(0, 6), max_size=60),
    forgets=st.sets(st.integers(0, 3)),
)
def test_no_design_that_a_run_saw_or_painted_is_gone_whenever_it_came(runs, steps, forgets):
    # without any grace, so that nothing but the order of plan, look, move and second look protects a design
    with tempfile.TemporaryDirectory() as folder:
        plain, storage = DirectoryStorage(folder), Interrupted(folder)
        for number in range(8):
            plain.write_atomic(design_key(f"{number:032x}"), f"{number:032x}".encode())
        waiting = [a_run(plain, f"run-{at}", numbers) for at, numbers in enumerate(runs)]
        clock, script = [datetime.now(UTC) + timedelta(hours=2)], list(steps)

        def go_on() -> None:
            for _ in range(script.pop() if script else 0):
                if waiting and next(waiting[0], "ended") == "ended":
                    waiting.pop(0)

        def turn() -> None:
            clock[0] += 2 * SECOND
            with patch.object(trash, "THREADS", 1):  # so that the script is kept to
                tidy(storage, clock[0], grace=timedelta(0), delete=True)
            for at, numbers in enumerate(runs):
                if plain.exists(manifest_key(f"run-{at}")):
                    assert all(plain.exists(design_key(f"{number:032x}")) for number in numbers)

        storage.before = go_on
        for _ in range(4):
            turn()
        script = [6] * 20
        while waiting:
            go_on()
        storage.before = lambda: None
        turn()
        for at, numbers in enumerate(runs):
            for number in numbers:
                assert plain.read(design_key(f"{number:032x}")) == f"{number:032x}".encode(), (at, number)
        for at in forgets & set(range(len(runs))):
            plain.delete(manifest_key(f"run-{at}"))
        turn()
        turn()
        named = {number for at, numbers in enumerate(runs) if at not in forgets for number in numbers}
        assert keys(plain, "designs/") == {design_key(f"{number:032x}") for number in named}
        assert keys(plain, "trash/") == set()


@settings(max_examples=15, deadline=None)
@given(dies_at=st.integers(1, 40))
def test_whenever_it_is_killed_the_next_one_brings_back_what_is_needed(dies_at):
    with tempfile.TemporaryDirectory() as folder:
        plain, storage = DirectoryStorage(folder), Interrupted(folder)
        for number in range(4):
            plain.write_atomic(design_key(f"{number:032x}"), b"picture")
        left = [dies_at]

        def die() -> None:
            left[0] -= 1
            if left[0] == 0:
                # as it dies, a run plans what it was about to put aside
                next(a_run(plain, "run", [0, 1, 2, 3]))
                raise KeyboardInterrupt

        storage.before = die
        now = datetime.now(UTC) + timedelta(hours=2)
        try:
            tidy(storage, now, grace=timedelta(0), delete=True)
        except KeyboardInterrupt:
            tidy(plain, now + 2 * SECOND, grace=timedelta(0), delete=True)
            assert len(keys(plain, "designs/")) == 4


def test_two_at_once_lose_nothing(directory_storage: Storage):
    a_night(directory_storage)
    name = orphan(directory_storage)
    needed = keys(directory_storage) - {design_key(name), thumb_key(name)}
    other = Interrupted(directory_storage.root)
    once = []

    def second() -> None:
        if not once:
            once.append(1)
            tidy(directory_storage, later(8), delete=True)

    other.before = second
    tidy(other, later(8), delete=True)
    tidy(directory_storage, later(16), delete=True)
    assert keys(directory_storage) == needed
    with pytest.raises(NotFound):
        directory_storage.read(design_key(name))
