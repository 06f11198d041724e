from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs import done as done_module
from catalogs.done import Done, done_index
from catalogs.errors import NotFound, StorageError, StorageUnavailable
from catalogs.layout import design_key, manifest_key, part_key
from catalogs.manifest import MANIFEST_SCHEMA, manifest_schema
from catalogs.merging import encode_manifest, merge
from catalogs.parts import RESULTS_SCHEMA, read_parts, write_part
from catalogs.plan import Plan, plan_shard
from catalogs.publication import publish, read_latest, read_manifest
from catalogs.refusals import ManifestRefused, TooManyFailures
from catalogs.storage import ObjectStat, Storage
from catalogs.storage.directory import DirectoryStorage
from tests.catalogs.wardrobe import (
    NOON,
    a_batch,
    a_plan,
    failed_row,
    garment,
    ok_row,
    paint,
    paint_all,
    picture,
    put_catalog,
    put_picture,
    put_shop,
    textile,
)
from tests.faulty_storage import FaultyStorage


def shop_plan(storage: Storage, **batch: object) -> Plan:
    put_shop(storage, "abc", "xy")
    return a_plan(storage, a_batch(**{"shard_size": 2} | batch))


def column(storage: Storage, name: str, batch_id: str = "night") -> list:
    return read_manifest(storage, batch_id, columns=[name]).column(name).to_pylist()


def test_a_finished_batch_is_published(storage: Storage):
    plan = shop_plan(storage)
    paint_all(storage, plan)
    summary = publish(storage, plan, max_failure_rate=0)
    assert (summary.planned, summary.ok, summary.failed, summary.skipped) == (6, 6, 0, 0)
    assert summary.medians["ssim"] == 0.63
    assert summary.medians["relief"] is None
    assert summary.seconds == 36.0
    latest = read_latest(storage)
    assert (latest.batch_id, latest.rows, latest.ok) == ("night", 6, 6)
    data = storage.read(latest.manifest)
    assert hashlib.sha256(data).hexdigest() == latest.sha256 == summary.manifest_sha256
    assert storage.read("batches/night/manifest.parquet") == data
    told = json.loads(storage.read("batches/night/summary.json"))
    assert (told["ok"], told["published_at_utc"]) == (6, latest.published_at_utc)


def test_the_manifest_is_one_schema_sorted_for_the_gallery(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    paint_all(directory_storage, plan)
    publish(directory_storage, plan, max_failure_rate=0)
    table = pq.read_table(pa.BufferReader(directory_storage.read("manifests/night.parquet")))
    assert table.schema.equals(MANIFEST_SCHEMA, check_metadata=True)
    who = list(zip(table["content_id"].to_pylist(), table["style_id"].to_pylist(), strict=True))
    assert who == [(content, style) for content in "abc" for style in "xy"]
    assert set(table["content_title"].to_pylist()) == {"Garment a", "Garment b", "Garment c"}


def test_extra_columns_reach_the_manifest(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", buyer="Ann")])
    put_catalog(directory_storage, "style", [textile("x", loom="7")])
    plan = a_plan(directory_storage)
    paint_all(directory_storage, plan)
    publish(directory_storage, plan, max_failure_rate=0)
    [row] = read_manifest(directory_storage, "night", columns=["status", *plan.extras]).to_pylist()
    assert row == {"status": "ok", "content_buyer": "Ann", "style_loom": "7"}
    whole = read_manifest(directory_storage, "night")
    assert whole.schema.equals(manifest_schema(plan.extras), check_metadata=True)
    with pytest.raises(ManifestRefused, match="content_shop"):
        read_manifest(directory_storage, "night", columns=["content_shop"])


def test_planned_is_ok_and_failed_and_skipped(directory_storage: Storage):
    put_picture(directory_storage, "content/b.png", picture("content/a.png"))
    put_catalog(
        directory_storage, "content", [garment("a"), garment("b"), garment("c"), garment("d", title="")]
    )
    put_catalog(directory_storage, "style", [textile("x")])
    plan = a_plan(directory_storage, a_batch(max_designs=1))
    paint_all(directory_storage, plan)
    summary = publish(directory_storage, plan, max_failure_rate=0.5)
    assert (summary.planned, summary.ok, summary.failed, summary.skipped) == (4, 1, 1, 2)
    assert summary.failures == {"title_missing": 1}
    assert summary.skips == {"duplicate": 1, "max_designs": 1}
    assert summary.failure_rate == 0.5


def test_designs_that_were_not_reached_are_failed_rows(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    paint(directory_storage, plan, 0)
    summary = publish(directory_storage, plan, max_failure_rate=1)
    assert (summary.ok, summary.failed, summary.failures) == (2, 4, {"missing": 4})
    errors = [text for text in column(directory_storage, "error") if text]
    assert all("the next run paints it" in text for text in errors)


def test_designs_out_of_time_are_skipped(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    paint(directory_storage, plan, 0)
    summary = publish(directory_storage, plan, max_failure_rate=0, budget_spent=True)
    assert (summary.ok, summary.failed, summary.skips) == (2, 0, {"budget": 4})


def test_too_many_failures_publish_nothing(storage: Storage):
    yesterday = shop_plan(storage, name="yesterday")
    paint_all(storage, yesterday)
    publish(storage, yesterday, max_failure_rate=0)
    before = storage.read("latest.json")
    put_shop(storage, "abcd", "xy")
    plan = a_plan(storage, a_batch(shard_size=2))
    new = [row["design_id"] for row in plan.table.to_pylist() if row["content_id"] == "d"]
    for shard_id in plan.shard_ids:
        paint(storage, plan, shard_id, fail=new)
    with pytest.raises(TooManyFailures, match=r"2 of 8 designs.*25%, allowed 20%.*2 nonfinite") as caught:
        publish(storage, plan, max_failure_rate=0.2)
    assert storage.read("latest.json") == before
    assert not storage.exists(manifest_key("night"))
    own = read_manifest(storage, "night", published=False)
    assert sorted(own["status"].to_pylist()) == ["failed"] * 2 + ["ok"] * 6
    assert json.loads(storage.read("batches/night/summary.json"))["published_at_utc"] is None
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.extras["summary"]["failed"] == 2
    assert publish(storage, plan, max_failure_rate=0.25).failed == 2


def test_a_retry_that_went_well_replaces_the_failure(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    bad = plan_shard(plan, 1)[0]
    paint_all(directory_storage, plan)
    directory_storage.delete(design_key(bad["design_id"]))
    paint(directory_storage, plan, 1, fail=[bad["design_id"]])
    assert publish(directory_storage, plan, max_failure_rate=1).failed == 1
    directory_storage.write_atomic(design_key(bad["design_id"]), picture("retried"))
    # The retry knows only the design that failed: its part has a name of its own.
    later = NOON + timedelta(hours=1)
    write_part(directory_storage, "night", 1, [ok_row(bad, rendered_at_utc=later)])
    assert len(read_parts(directory_storage, "night")) == 7
    assert publish(directory_storage, plan, max_failure_rate=0).ok == 6


def test_the_latest_of_two_failures_is_told(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    row = plan_shard(plan, 0)[0]
    later = NOON + timedelta(hours=1)
    write_part(directory_storage, "night", 0, [failed_row(row, error="second", rendered_at_utc=later)])
    write_part(directory_storage, "night", 1, [failed_row(row, error="first")])
    publish(directory_storage, plan, max_failure_rate=1)
    assert "second" in column(directory_storage, "error")
    assert "first" not in column(directory_storage, "error")


def test_an_ok_row_whose_image_went_away_is_not_ok(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    paint_all(directory_storage, plan)
    gone = plan_shard(plan, 0)[0]["design_id"]
    directory_storage.delete(design_key(gone))
    assert gone not in done_index(directory_storage, plan)
    assert publish(directory_storage, plan, max_failure_rate=1).failures == {"missing": 1}


@pytest.mark.parametrize("lookups", [0, 2000])
def test_what_another_batch_painted_is_done(storage: Storage, lookups: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(done_module, "MAX_LOOKUPS", lookups)
    first = shop_plan(storage, name="monday")
    paint_all(storage, first)
    publish(storage, first, max_failure_rate=0)
    put_shop(storage, "abcd", "xy")
    second = a_plan(storage, a_batch(name="tuesday", shard_size=2))
    done = done_index(storage, second)
    assert len(done) == 6
    assert done.ids == frozenset(first.render_ids.to_pylist())
    name = first.render_ids[0].as_py()
    assert name in done
    row = done.known([name, "another"])[name]
    assert (row["ssim"], row["rendered_at_utc"]) == (0.63, NOON)
    assert done.images == done.ids
    for shard_id in second.shard_ids:
        todo = [row for row in plan_shard(second, shard_id) if row["design_id"] not in done]
        for row in todo:
            storage.write_atomic(design_key(row["design_id"]), picture("new"))
        if todo:
            write_part(storage, "tuesday", shard_id, [ok_row(row) for row in todo])
    assert publish(storage, second, max_failure_rate=0).ok == 8
    assert set(column(storage, "batch_id", "tuesday")) == {"tuesday"}


def test_an_image_without_a_row_is_told_apart(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    orphan = plan.render_ids[0].as_py()
    directory_storage.write_atomic(design_key(orphan), picture("painted before the kill"))
    done = done_index(directory_storage, plan)
    assert len(done) == 0
    assert done.images == {orphan}


def test_finished_designs_are_found_in_the_newest_manifest_first(directory_storage: Storage):
    for name in ("monday", "tuesday"):
        plan = shop_plan(directory_storage, name=name)
        paint_all(directory_storage, plan)
        publish(directory_storage, plan, max_failure_rate=0)
    watched = FaultyStorage(directory_storage)
    assert len(done_index(watched, shop_plan(directory_storage, name="wednesday"))) == 6
    assert [key for operation, key in watched.log if operation == "read"] == ["manifests/tuesday.parquet"]


def test_a_foreign_or_broken_manifest_costs_nothing_but_a_warning(
    directory_storage: Storage, caplog: pytest.LogCaptureFixture
):
    plan = shop_plan(directory_storage, name="monday")
    paint_all(directory_storage, plan)
    publish(directory_storage, plan, max_failure_rate=0)
    directory_storage.write_atomic("manifests/a.parquet", b"PAR1 broken")
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"design_id": ["1"]}), sink)
    directory_storage.write_atomic("manifests/b.parquet", sink.getvalue().to_pybytes())
    assert len(done_index(directory_storage, shop_plan(directory_storage))) == 6
    assert "manifests/a.parquet cannot be read" in caplog.text
    assert "manifests/b.parquet has schema version none" in caplog.text


def test_a_broken_part_costs_its_own_designs(directory_storage: Storage, caplog: pytest.LogCaptureFixture):
    plan = shop_plan(directory_storage)
    paint_all(directory_storage, plan)
    key = part_key("night", 1, [row["design_id"] for row in plan_shard(plan, 1)])
    whole = directory_storage.read(key)
    directory_storage.write_atomic(key, whole[: len(whole) // 2])
    assert len(done_index(directory_storage, plan)) == 4
    assert key in caplog.text
    paint(directory_storage, plan, 1)
    assert len(done_index(directory_storage, plan)) == 6


def test_designs_of_an_older_plan_stay_untouched_and_unlisted(directory_storage: Storage):
    old = shop_plan(directory_storage)
    paint_all(directory_storage, old)
    new = a_plan(directory_storage, a_batch(shard_size=2), engine_version="2")
    assert len(done_index(directory_storage, new)) == 0
    paint_all(directory_storage, new)
    assert publish(directory_storage, new, max_failure_rate=0).ok == 6
    assert set(column(directory_storage, "design_id")) == set(new.render_ids.to_pylist())
    assert all(directory_storage.exists(design_key(name)) for name in old.render_ids.to_pylist())


def test_a_part_refuses_what_is_no_shard(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    one, two = plan_shard(plan, 0)
    for rows, said in (
        ([], "no rows"),
        ([ok_row(one), ok_row(one)], "two rows of one design"),
        ([ok_row(one), ok_row(two, batch_id="other")], "rows of other"),
    ):
        with pytest.raises(ManifestRefused, match=said):
            write_part(directory_storage, "night", 0, rows)
    assert len(read_parts(directory_storage, "night")) == 0


def test_a_part_of_nothing_but_failures_reads_like_any_other(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    bare = [failed_row(row, rendered_at_utc=None) for row in plan_shard(plan, 0)]
    write_part(directory_storage, "night", 0, bare)
    paint(directory_storage, plan, 1)
    assert read_parts(directory_storage, "night").schema == RESULTS_SCHEMA
    assert read_parts(directory_storage, "night", columns=["content_id", "ssim"]).num_rows == 4


def test_publishing_again_changes_no_byte_of_the_manifest(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    paint_all(directory_storage, plan)
    first = publish(directory_storage, plan, max_failure_rate=0)
    assert publish(directory_storage, plan, max_failure_rate=0).manifest_sha256 == first.manifest_sha256


def pointer_holds(storage: Storage) -> bool:
    latest = read_latest(storage)
    return hashlib.sha256(storage.read(latest.manifest)).hexdigest() == latest.sha256


def test_publishers_of_one_batch_at_once_leave_a_true_pointer(storage: Storage):
    plan = shop_plan(storage)
    shards = list(plan.shard_ids)

    def work(shard_id: int) -> int:
        paint(storage, plan, shard_id)
        return publish(storage, plan, max_failure_rate=1).ok

    with ThreadPoolExecutor(max_workers=len(shards)) as pool:
        counts = list(pool.map(work, shards))
    # Whoever was last saw the parts of all.
    assert max(counts) == 6
    assert read_latest(storage).ok == 6
    assert pointer_holds(storage)


class Meanwhile(FaultyStorage):
    """Lets something happen just before one write of a key."""

    def __init__(self, inner: Storage, key: str, happens: Callable[[], object]) -> None:
        super().__init__(inner)
        self._key = key
        self._happens: Callable[[], object] | None = happens

    def write_atomic(self, key: str, data: bytes, **conditions: object) -> ObjectStat:
        if key == self._key and (happens := self._happens) is not None:
            self._happens = None
            happens()
        return super().write_atomic(key, data, **conditions)


@pytest.mark.parametrize("key", ["manifests/night.parquet", "latest.json"])
def test_a_publisher_that_was_overtaken_merges_again(directory_storage: Storage, key: str):
    plan = shop_plan(directory_storage)
    paint(directory_storage, plan, 0)

    def overtake() -> None:
        paint(directory_storage, plan, 1)
        assert publish(directory_storage, plan, max_failure_rate=1).ok == 4

    summary = publish(Meanwhile(directory_storage, key, overtake), plan, max_failure_rate=1)
    assert summary.ok == 4
    assert read_latest(directory_storage).ok == 4
    assert pointer_holds(directory_storage)


def test_another_batch_published_meanwhile_does_not_stop_this_one(directory_storage: Storage):
    other, plan = shop_plan(directory_storage, name="other"), shop_plan(directory_storage)
    paint_all(directory_storage, other)
    paint_all(directory_storage, plan)
    happens = lambda: publish(directory_storage, other, max_failure_rate=0)  # noqa: E731
    publish(Meanwhile(directory_storage, "latest.json", happens), plan, max_failure_rate=0)
    assert read_latest(directory_storage).batch_id == "night"
    assert pointer_holds(directory_storage)


def test_a_publisher_that_never_wins_says_so(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    paint_all(directory_storage, plan)

    class Contested(FaultyStorage):
        def write_atomic(self, key: str, data: bytes, **conditions: object) -> ObjectStat:
            if key == "manifests/night.parquet":
                self.inner.write_atomic(key, b"somebody else's")
            return super().write_atomic(key, data, **conditions)

    with pytest.raises(StorageError, match="published night 10 times") as caught:
        publish(Contested(directory_storage), plan, max_failure_rate=0)
    assert caught.value.code == "publication_busy"


@settings(max_examples=15, deadline=None)
@given(operations=st.integers(0, 40))
def test_a_storage_that_goes_away_never_leaves_a_pointer_to_nothing(
    operations: int, tmp_path_factory: pytest.TempPathFactory
):
    storage = DirectoryStorage(tmp_path_factory.mktemp("bucket"))
    plan = shop_plan(storage)
    paint_all(storage, plan)
    try:
        publish(FaultyStorage(storage, vanish_after=operations), plan, max_failure_rate=0)
    except StorageUnavailable:
        if storage.exists("latest.json"):
            assert pointer_holds(storage)
    publish(storage, plan, max_failure_rate=0)
    assert read_latest(storage).ok == 6
    assert pointer_holds(storage)


def test_a_batch_where_nothing_can_be_painted_has_a_manifest(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", title="")])
    put_catalog(directory_storage, "style", [textile("x")])
    plan = a_plan(directory_storage)
    assert len(done_index(directory_storage, plan)) == 0
    with pytest.raises(TooManyFailures, match="1 of 1 designs"):
        publish(directory_storage, plan, max_failure_rate=0.9)
    assert publish(directory_storage, plan, max_failure_rate=1).failures == {"title_missing": 1}


def test_nothing_published_yet_is_told(directory_storage: Storage):
    with pytest.raises(NotFound):
        read_latest(directory_storage)
    directory_storage.write_atomic("latest.json", b'{"batch_id": ')
    with pytest.raises(ManifestRefused, match="damaged"):
        read_latest(directory_storage)


def test_a_manifest_of_many_blocks_is_whole(directory_storage: Storage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("catalogs.merging.ROW_GROUP_ROWS", 4)
    plan = shop_plan(directory_storage)
    paint_all(directory_storage, plan)
    merged = merge(plan, done_index(directory_storage, plan))
    file = pq.ParquetFile(pa.BufferReader(encode_manifest(merged.blocks(), plan.extras)))
    assert file.num_row_groups == 2
    schema = manifest_schema(plan.extras)
    assert file.read().cast(schema).to_pylist() == merged.columns(schema.names).to_pylist()
    assert file.read(["design_id"]).to_pylist() == merged.columns(["design_id"]).to_pylist()


def test_a_plan_whose_rows_got_lost_is_refused(directory_storage: Storage):
    plan = shop_plan(directory_storage)
    states = plan.table.column("state").to_pylist()
    odd = plan.table.set_column(
        plan.table.schema.get_field_index("state"),
        plan.table.schema.field("state"),
        pa.array([*states[:-1], "asleep"]).dictionary_encode(),
    )
    at = plan.table.schema.get_field_index("shard_id")
    unsharded = pa.array([*plan.table.column("shard_id").to_pylist()[:-1], None], pa.int32())
    wrong = Plan("night", odd.set_column(at, plan.table.schema.field("shard_id"), unsharded))
    nothing = RESULTS_SCHEMA.empty_table()
    with pytest.raises(ManifestRefused, match="6 designs were planned"):
        merge(wrong, Done(nothing, nothing, frozenset()))


def test_the_extras_come_last_in_the_schema():
    assert manifest_schema(["content_buyer"]).names[-1] == "content_buyer"
