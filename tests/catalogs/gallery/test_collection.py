from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from catalogs.gallery.collection import Collection, Watch, intake, reading
from catalogs.gallery.house import House
from catalogs.layout import manifest_key
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, a_failure, publish_rows


def count(house: House) -> int:
    return house.collection.ask("select count(*) from designs").fetchall()[0][0]


def test_a_design_is_one_row_however_many_manifests_list_it(bucket: Storage, house: House):
    publish_rows(bucket, [a_design(0), a_design(1)], "night-1")
    publish_rows(bucket, [a_design(1), a_design(2)], "night-2")
    house.watch.look()
    assert count(house) == 3
    assert house.watch.standing.latest == "night-2"
    assert set(house.watch.standing.batches) == {"night-1", "night-2"}


def test_a_manifest_that_comes_later_is_seen_at_the_next_look(bucket: Storage, house: House):
    publish_rows(bucket, [a_design(0)], "night-1")
    house.watch.look()
    before = house.collection.version
    assert not house.watch.look()
    assert house.collection.version == before
    publish_rows(bucket, [a_design(1)], "night-2")
    assert house.watch.look()
    assert count(house) == 2


def test_what_failed_and_is_there_after_a_retry_is_shown_as_finished(bucket: Storage, house: House):
    failed = a_failure(0)
    publish_rows(bucket, [failed, a_design(1)])
    house.watch.look()
    found = house.collection.find(failed["design_id"])
    assert found is not None
    assert (found.status, found.image_key) == ("failed", "")
    publish_rows(bucket, [a_design(0), a_design(1)])
    house.watch.look()
    found = house.collection.find(failed["design_id"])
    assert found is not None
    assert (found.status, found.image_key) == ("ok", a_design(0)["image_key"])
    assert count(house) == 2


def test_a_design_stays_while_any_manifest_lists_it(bucket: Storage, house: House):
    publish_rows(bucket, [a_design(0), a_design(1)], "night-1")
    publish_rows(bucket, [a_design(1)], "night-2")
    house.watch.look()
    bucket.delete(manifest_key("night-1"))
    house.watch.look()
    assert house.collection.find(a_design(0)["design_id"]) is None
    found = house.collection.find(a_design(1)["design_id"])
    assert found is not None
    assert found.batch_id == "night-2"
    assert house.collection.details(found)["style_title"] == a_design(1)["style_title"]


def test_of_two_rows_of_one_picture_the_finished_one_is_shown(bucket: Storage, house: House):
    twin = a_failure(0, status="skipped", error_code="duplicate", error="as garment-0", shard_id=None)
    publish_rows(bucket, [twin, a_design(0)])
    house.watch.look()
    found = house.collection.find(twin["design_id"])
    assert found is not None
    assert found.status == "ok"
    assert count(house) == 1


@pytest.mark.parametrize("broken", [b"", b"PAR1", b"<html>"])
def test_a_broken_manifest_is_told_of_and_the_last_good_one_stays(
    bucket: Storage, house: House, broken: bytes
):
    publish_rows(bucket, [a_design(0)])
    house.watch.look()
    bucket.write_atomic(manifest_key("night-1"), broken)
    house.watch.look()
    assert count(house) == 1
    assert list(house.watch.standing.problems) == [manifest_key("night-1")]
    publish_rows(bucket, [a_design(0), a_design(1)])
    house.watch.look()
    assert count(house) == 2
    assert not house.watch.standing.problems


def test_a_half_written_manifest_changes_nothing(bucket: Storage, house: House):
    publish_rows(bucket, [a_design(number) for number in range(8)])
    whole = bucket.read(manifest_key("night-1"))
    house.watch.look()
    bucket.write_atomic(manifest_key("night-2"), whole[: len(whole) // 2])
    house.watch.look()
    assert count(house) == 8
    assert house.watch.standing.batches == ("night-1",)


def test_a_manifest_of_no_rows_is_an_empty_gallery(bucket: Storage, house: House):
    publish_rows(bucket, [])
    house.watch.look()
    assert count(house) == 0
    assert not house.watch.standing.problems


def test_details_are_the_whole_row(bucket: Storage, house: House):
    row = a_design(5)
    publish_rows(bucket, [a_design(4), row])
    house.watch.look()
    found = house.collection.find(row["design_id"])
    assert found is not None
    told = house.collection.details(found)
    assert told["seed"] == 5
    assert told["texture_descriptor"] == row["texture_descriptor"]
    assert "file_row_number" not in told


@pytest.mark.parametrize("name", ["", "../etc", "0" * 31, "0" * 32, "g" * 32, "' or 1=1"])
def test_an_id_that_nobody_listed_is_no_design(bucket: Storage, house: House, name: str):
    publish_rows(bucket, [a_design(0)])
    house.watch.look()
    assert house.collection.find(name) is None


def test_descriptors_lie_at_the_number_of_their_design(bucket: Storage, house: House):
    rows = [a_failure(0), a_design(4), a_design(9)]
    publish_rows(bucket, rows)
    house.watch.look()
    house.watch.describe()
    for row in rows:
        found = house.collection.find(row["design_id"])
        assert found is not None
        kept = house.collection.descriptors["look"].rows()[found.number]
        assert kept.tolist() == (row["texture_descriptor"] or [0] * 96)
    assert house.collection.descriptors["palette"].rows().dtype == np.int8


def test_a_manifest_that_breaks_in_its_middle_leaves_nothing_of_what_came_before(
    bucket: Storage, house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "_ROWS", 2)
    monkeypatch.setattr(intake, "_ROWS_AT_ONCE", 2)
    rows = [a_design(number) for number in range(8)]
    rows[6]["design_id"] = "no id"
    publish_rows(bucket, rows, "night-1")
    house.watch.look()
    assert count(house) == 0
    assert "is no manifest" in house.watch.standing.problems[manifest_key("night-1")]
    publish_rows(bucket, [a_design(number) for number in range(8)], "night-2")
    house.watch.look()
    assert count(house) == 8
    assert house.watch.standing.batches == ("night-2",)


def test_a_large_manifest_is_the_same_table_in_however_many_parts_it_comes(
    bucket: Storage, house: House, monkeypatch: pytest.MonkeyPatch
):
    rows = [a_design(number % 9) for number in range(11)]
    publish_rows(bucket, rows, "night-1")
    house.watch.look()
    monkeypatch.setattr(reading, "_ROWS", 2)
    monkeypatch.setattr(intake, "_ROWS_AT_ONCE", 4)
    compressed: list[int] = []
    monkeypatch.setattr(Collection, "_compress", lambda one: compressed.append(one.version))
    in_parts = Collection()
    Watch(bucket, in_parts).look()
    assert len(compressed) == 2  # after 4 and after 8 of 11
    everything = "select * from designs order by n"
    assert in_parts.ask(everything).fetchall() == house.collection.ask(everything).fetchall()
    listed = "select * from appearances order by all"
    assert in_parts.ask(listed).fetchall() == house.collection.ask(listed).fetchall()
    in_parts.close()


def test_rows_are_kept_compressed(bucket: Storage, house: House):
    publish_rows(bucket, [a_design(number) for number in range(300)], "night-1")
    publish_rows(bucket, [a_design(number) for number in range(200, 400)], "night-2")
    house.watch.look()
    house.collection.compress()
    kept = house.collection.ask(
        "select column_name from pragma_storage_info('designs') where compression = 'Uncompressed' "
        "and segment_type not in ('UUID', 'VALIDITY')"
    )
    assert kept.fetchall() == []


def test_a_night_is_seen_while_another_is_still_described(bucket: Storage, house: House):
    described, go_on = threading.Event(), threading.Event()
    describe = house.collection.describe

    def slowly(batch_id: str) -> None:
        described.set()
        assert go_on.wait(20)
        describe(batch_id)

    house.collection.describe = slowly  # type: ignore[method-assign]
    watch = Watch(bucket, house.collection, every_s=0.01)
    publish_rows(bucket, [a_design(0)], "night-1")
    watch.start()
    assert described.wait(20)
    publish_rows(bucket, [a_design(1)], "night-2")
    wait_until(lambda: "night-2" in watch.standing.batches)
    go_on.set()
    wait_until(lambda: len(house.collection.descriptors["look"].rows()) == 2)
    watch.close()


def test_what_breaks_the_first_look_is_raised_where_it_is_waited_for(
    bucket: Storage, house: House, monkeypatch: pytest.MonkeyPatch
):
    def out_of_memory(*_: object) -> None:
        raise MemoryError("no room")

    publish_rows(bucket, [a_design(0)], "night-1")
    monkeypatch.setattr(house.collection, "put_all", out_of_memory)
    with pytest.raises(MemoryError, match="no room"):
        house.watch.start()


def test_whoever_waits_for_changes_is_told_of_each_once(bucket: Storage):
    told: list[int] = []
    collection = Collection()
    watch = Watch(bucket, collection, every_s=0.01, changed=lambda: told.append(collection.version))
    publish_rows(bucket, [a_design(0)], "night-1")
    watch.start()
    wait_until(lambda: len(told) >= 2)  # what the starter saw, and what designs are alike by
    seen = len(told)
    publish_rows(bucket, [a_design(1)], "night-2")
    wait_until(lambda: len(told) >= seen + 2)
    watch.close()
    collection.close()
    assert told == sorted(told)
    assert len(told) == seen + 2


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)
