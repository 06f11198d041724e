"""A bucket that was meddled with: each flaw is told, and mended from what is left; nothing is deleted."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.done import done_index
from catalogs.errors import NotFound
from catalogs.keeping import pictures
from catalogs.keeping.repair import mend, repair
from catalogs.keeping.trash import put_aside
from catalogs.keeping.verification import verify
from catalogs.layout import (
    LATEST_KEY,
    batch_manifest_key,
    design_key,
    manifest_key,
    notice_key,
    plan_key,
    summary_key,
    thumb_key,
)
from catalogs.parts import read_columns, to_parquet, write_part
from catalogs.plan import Plan, plan_shard, write_plan
from catalogs.publication import publish, read_latest, read_manifest
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from tests.catalogs.wardrobe import a_batch, a_plan, failed_row, ok_row, picture, put_shop
from tests.faulty_storage import FaultyStorage


class Painter:
    """Knows an image by the design's id in its bytes; its thumbnail says which image it is of."""

    def row_inside(self, image, design_id):
        return {} if design_id.encode() in image and not image.endswith(b"cut") else None

    def thumb_of(self, image):
        return None if image.endswith(b"cut") else b"thumb of " + image


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def a_night(storage: Storage, batch_id: str = "night", *, garments="abc", fail=0) -> Plan:
    """A published batch whose rows tell the digests of its pictures; the first ``fail`` designs failed."""
    put_shop(storage, garments, "xy")
    plan = a_plan(storage, a_batch(batch_id=batch_id, shard_size=2), batch_id=batch_id)
    write_plan(storage, plan)
    bad = set(plan.render_ids.to_pylist()[:fail])
    for shard_id in plan.shard_ids:
        rows = []
        for row in plan_shard(plan, shard_id):
            name = row["design_id"]
            image = picture(name)
            if name in bad:
                rows.append(failed_row(row))
                continue
            storage.write_atomic(design_key(name), image)
            storage.write_atomic(thumb_key(name), b"thumb of " + image)
            digests = {"image_sha256": sha(image), "thumb_sha256": sha(b"thumb of " + image)}
            rows.append(ok_row(row, **digests))
        write_part(storage, batch_id, shard_id, rows)
    publish(storage, plan, max_failure_rate=1)
    return plan


def kinds(found) -> dict[str, int]:
    return {flaw.kind: flaw.objects for flaw in found.flaws}


def mended(storage: Storage, *, deep: bool = True):
    """Repair, and return what was done; nothing may be left to mend, and no object be gone but moved."""
    before = {one.key for one in storage.list("")}
    told, _ = mend(storage, verify(storage, deep=deep), Painter(), datetime.now(UTC))
    after = {one.key for one in storage.list("")}
    lost = before - after
    assert all(any(key.endswith(one) for key in after) for one in lost if not one.startswith("trash/"))
    assert verify(storage, deep=deep).sound, verify(storage, deep=deep).flaws
    return told


def rows_of(storage: Storage, batch_id: str = "night") -> dict[str, dict]:
    return {row["design_id"]: row for row in read_manifest(storage, batch_id).to_pylist()}


@pytest.mark.parametrize("deep", [False, True])
def test_what_a_run_has_published_is_sound(storage: Storage, deep):
    a_night(storage, fail=1)
    found = verify(storage, deep=deep)
    assert found.sound
    assert found.flaws == []
    assert (len(found.checks), found.designs) == (1, 5)


@pytest.mark.parametrize("lookups", [0, 2_000])
def test_an_image_that_is_gone_becomes_missing_and_the_next_run_paints_it(storage, lookups, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_LOOKUPS", lookups)
    plan = a_night(storage)
    gone, empty, *kept = plan.render_ids.to_pylist()
    storage.delete(design_key(gone))
    if lookups:
        storage.write_atomic(design_key(empty), b"")
    else:
        storage.delete(design_key(empty))
    assert kinds(verify(storage)) == {"image_missing": 2}
    before = read_latest(storage)
    mended(storage)
    rows = rows_of(storage)
    for name in (gone, empty):
        assert (rows[name]["status"], rows[name]["error_code"]) == ("failed", "missing")
        assert rows[name]["image_key"] is rows[name]["ssim"] is rows[name]["rendered_at_utc"] is None
    assert {rows[name]["status"] for name in kept} == {"ok"}
    latest = read_latest(storage)
    assert (latest.ok, latest.failed) == (4, 2)
    assert latest.published_at_utc == before.published_at_utc
    assert latest.sha256 == sha(storage.read(latest.manifest))
    assert json.loads(storage.read(summary_key("night")))["failures"] == {"missing": 2}
    assert not {gone, empty} & done_index(storage, plan).ids


def test_an_image_in_the_trash_comes_back_instead(storage: Storage):
    plan = a_night(storage)
    name = plan.render_ids[0].as_py()
    put_aside(storage, [design_key(name)], datetime.now(UTC))
    mended(storage)
    assert storage.read(design_key(name)) == picture(name)
    assert rows_of(storage)[name]["status"] == "ok"


def test_a_damaged_image_is_moved_away_and_its_row_set_to_missing(storage: Storage):
    plan = a_night(storage)
    name = plan.render_ids[0].as_py()
    storage.write_atomic(design_key(name), picture(name) + b"cut")
    assert kinds(verify(storage)) == {}
    assert kinds(verify(storage, deep=True)) == {"image_altered": 1}
    mended(storage)
    assert rows_of(storage)[name]["error_code"] == "missing"
    assert [storage.read(one.key) for one in storage.list("damaged/")] == [picture(name) + b"cut"]
    assert name not in done_index(storage, plan)


def test_another_version_of_an_image_keeps_its_place_for_good(storage: Storage):
    plan = a_night(storage)
    name = plan.render_ids[0].as_py()
    storage.write_atomic(design_key(name), picture(name) + b"signed")
    mended(storage)
    assert rows_of(storage)[name]["image_sha256"] == sha(picture(name) + b"signed")
    # the parts say so too: publishing again takes nothing back
    publish(storage, plan, max_failure_rate=1)
    assert verify(storage, deep=True).sound


@pytest.mark.parametrize("body", [None, b"", b"another picture"])
def test_a_thumbnail_is_made_again_from_its_image(storage: Storage, body):
    plan = a_night(storage)
    name = plan.render_ids[0].as_py()
    if body is None:
        storage.delete(thumb_key(name))
    else:
        storage.write_atomic(thumb_key(name), body)
    manifest = storage.read(manifest_key("night"))
    told = mended(storage)
    assert told.done == {"thumbnail made again": 1}
    assert storage.read(thumb_key(name)) == b"thumb of " + picture(name)
    assert storage.read(manifest_key("night")) == manifest


def test_a_torn_manifest_is_made_again_as_it_was(storage: Storage):
    a_night(storage, fail=2)
    whole = storage.read(manifest_key("night"))
    for key in (manifest_key("night"), batch_manifest_key("night")):
        storage.write_atomic(key, whole[: len(whole) // 2])
    assert {"manifest_unreadable", "latest_wrong"} <= set(kinds(verify(storage)))
    mended(storage)
    assert storage.read(manifest_key("night")) == storage.read(batch_manifest_key("night")) == whole


@pytest.mark.parametrize("change", ["a row less", "a row twice", "a foreign row"])
def test_a_manifest_that_is_not_its_plan_is_made_again(directory_storage: Storage, change):
    storage = directory_storage
    a_night(storage)
    whole = storage.read(manifest_key("night"))
    table = read_columns(whole, key="manifest")
    rows = table.to_pylist()
    rows = {
        "a row less": rows[1:],
        "a row twice": [rows[0], *rows],
        "a foreign row": [*rows[1:], rows[0] | {"design_id": "0" * 32}],
    }[change]
    storage.write_atomic(manifest_key("night"), to_parquet(table.from_pylist(rows, schema=table.schema)))
    assert "manifest_incomplete" in kinds(verify(storage))
    mended(storage)
    assert storage.read(manifest_key("night")) == whole


def test_a_batch_planned_anew_is_not_held_against_its_old_manifest(directory_storage: Storage):
    a_night(directory_storage)
    put_shop(directory_storage, "abcd", "xy")
    plan = a_plan(directory_storage, a_batch(batch_id="night", shard_size=2), batch_id="night")
    write_plan(directory_storage, plan)
    assert verify(directory_storage, deep=True).sound


@pytest.mark.parametrize("own_is_whole", [True, False])
def test_a_published_manifest_that_is_gone_is_made_again(storage: Storage, own_is_whole):
    a_night(storage, fail=1)
    whole = storage.read(manifest_key("night"))
    storage.delete(manifest_key("night"))
    if not own_is_whole:
        storage.write_atomic(batch_manifest_key("night"), b"PAR1")
    assert "manifest_missing" in kinds(verify(storage))
    mended(storage)
    assert storage.read(manifest_key("night")) == whole


def test_a_batch_that_was_never_published_lacks_nothing(directory_storage: Storage):
    a_night(directory_storage)
    told = json.loads(directory_storage.read(summary_key("night"))) | {"published_at_utc": None}
    directory_storage.write_atomic(summary_key("night"), json.dumps(told).encode())
    for key in (manifest_key("night"), LATEST_KEY):
        directory_storage.delete(key)
    assert verify(directory_storage).sound


def test_a_manifest_without_plan_or_parts_is_left_and_told(directory_storage: Storage):
    a_night(directory_storage)
    a_night(directory_storage, "older", garments="ab")
    directory_storage.write_atomic(manifest_key("night"), b"PAR1")
    for key in (plan_key("night"), batch_manifest_key("night")):
        directory_storage.delete(key)
    told = repair(directory_storage, verify(directory_storage), Painter(), datetime.now(UTC))
    assert any("manifests/night.parquet cannot be made again" in words for words in told.left)
    assert not verify(directory_storage).sound


@pytest.mark.parametrize("change", ["gone", "damaged", "names what is gone", "names other bytes"])
def test_the_pointer_is_set_to_a_whole_manifest(storage: Storage, change):
    a_night(storage, "monday")
    a_night(storage, "tuesday", garments="abcd")
    latest = json.loads(storage.read(LATEST_KEY))
    if change == "gone":
        storage.delete(LATEST_KEY)
    elif change == "damaged":
        storage.write_atomic(LATEST_KEY, b"{")
    elif change == "names what is gone":
        storage.write_atomic(LATEST_KEY, json.dumps(latest | {"manifest": "manifests/x.parquet"}).encode())
    else:
        storage.write_atomic(LATEST_KEY, json.dumps(latest | {"sha256": "0" * 64}).encode())
    assert kinds(verify(storage)) == {"latest_wrong": 1}
    mended(storage)
    pointer = read_latest(storage)
    assert pointer.sha256 == sha(storage.read(pointer.manifest))
    assert (pointer.rows, pointer.ok) in {(8, 8), (6, 6)}
    if isinstance(storage, DirectoryStorage):  # S3 counts whole seconds: either may be the newest
        assert pointer.batch_id == "tuesday"


def test_totals_that_count_otherwise_are_summed_up_again(directory_storage: Storage):
    a_night(directory_storage, fail=1)
    right = json.loads(directory_storage.read(summary_key("night")))
    directory_storage.write_atomic(summary_key("night"), json.dumps(right | {"ok": 99}).encode())
    assert kinds(verify(directory_storage)) == {"summary_wrong": 1}
    mended(directory_storage)
    assert json.loads(directory_storage.read(summary_key("night"))) == right


def test_one_batch_is_looked_at_without_the_others(directory_storage: Storage):
    a_night(directory_storage, "monday")
    plan = a_night(directory_storage, "tuesday", garments="abcd")
    new = plan.render_ids.to_pylist()
    old = set(rows_of(directory_storage, "monday"))
    directory_storage.delete(design_key(next(name for name in new if name not in old)))
    assert verify(directory_storage, ["monday"], deep=True).sound
    assert kinds(verify(directory_storage, ["tuesday"])) == {"image_missing": 1}
    with pytest.raises(NotFound, match="no batch 'friday'"):
        verify(directory_storage, ["friday"])


def test_a_flaw_that_two_nights_share_is_mended_in_both(directory_storage: Storage):
    a_night(directory_storage, "monday")
    plan = a_night(directory_storage, "tuesday")
    name = plan.render_ids[0].as_py()
    directory_storage.delete(design_key(name))
    mended(directory_storage)
    for night in ("monday", "tuesday"):
        assert rows_of(directory_storage, night)[name]["error_code"] == "missing"
    assert read_latest(directory_storage).batch_id == "tuesday"


def test_orphans_are_told_and_are_no_fault(directory_storage: Storage):
    a_night(directory_storage)
    directory_storage.write_atomic(design_key("f" * 32), b"12345")
    found = verify(directory_storage)
    assert kinds(found) == {"orphans": 1}
    assert found.sound
    assert "5 bytes" in found.flaws[0].says


def test_what_people_were_told_of_is_no_flaw_whole_torn_or_of_no_batch(directory_storage: Storage):
    a_night(directory_storage)
    told = {notice_key("night", "ended"): b'{"done": tr', notice_key("gone", "retry-1"): b'{"done": true}'}
    for key, body in told.items():
        directory_storage.write_atomic(key, body)
    assert verify(directory_storage, deep=True).flaws == []
    mended(directory_storage)
    assert {one.key: directory_storage.read(one.key) for one in directory_storage.list("notices/")} == told


def test_each_picture_is_read_once_however_many_nights_name_it(directory_storage: Storage):
    for night in ("monday", "tuesday", "wednesday"):
        a_night(directory_storage, night)
    watched = FaultyStorage(directory_storage)
    assert verify(watched, deep=True).sound
    read = [key for operation, key in watched.log if operation == "read" and key.startswith("designs/")]
    assert len(read) == len(set(read)) == 6


def test_what_is_published_meanwhile_is_not_written_over(directory_storage: Storage):
    plan = a_night(directory_storage)
    directory_storage.delete(design_key(plan.render_ids[0].as_py()))
    found = verify(directory_storage)
    publish(directory_storage, plan, max_failure_rate=1)
    theirs = directory_storage.read(manifest_key("night"))
    told = repair(directory_storage, found, Painter(), datetime.now(UTC) + timedelta(seconds=1))
    assert directory_storage.read(manifest_key("night")) == theirs
    assert any("published anew" in words for words in told.left)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_deleted_cut_or_swapped_one_repair_makes_the_bucket_sound(tmp_path_factory, data):
    storage = DirectoryStorage(tmp_path_factory.mktemp("bucket"))
    plan = a_night(storage, fail=1)
    ids = plan.render_ids.to_pylist()[1:]
    harmed = [*map(design_key, ids), *map(thumb_key, ids), manifest_key("night"), LATEST_KEY]
    # with the totals gone too, nobody could tell whether the batch was published
    harmed += [batch_manifest_key("night")]
    for key in data.draw(st.lists(st.sampled_from(harmed), max_size=6, unique=True)):
        body = storage.read(key)
        how = data.draw(st.sampled_from(["delete", "cut", "empty", "swap"]))
        if how == "delete":
            storage.delete(key)
        else:
            cut = {"cut": body[: len(body) // 2] + b"cut", "empty": b"", "swap": b"something else"}
            storage.write_atomic(key, cut[how])
    mended(storage)
    rows = rows_of(storage)
    assert set(rows) == set(plan.render_ids.to_pylist())
    for name in ids:
        assert (rows[name]["status"] == "ok") == storage.exists(design_key(name))
