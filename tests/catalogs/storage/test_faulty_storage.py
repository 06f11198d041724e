"""The fake that other tests lean on fails as it says, and otherwise is the storage behind it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalogs.errors import StorageDenied, StorageFull, StorageUnavailable
from tests.faulty_storage import FaultyStorage


def test_without_faults_every_call_is_passed_on(directory_storage):
    faulty = FaultyStorage(directory_storage)
    written = faulty.write_atomic("a/b", b"1", if_absent=True)
    assert faulty.read("a/b") == b"1"
    assert faulty.exists("a/b")
    assert faulty.stat("a/b") == written
    assert list(faulty.list("a")) == [written]
    assert faulty.presign("a/b", expires_s=1) == directory_storage.presign("a/b", expires_s=1)
    assert faulty.reap(older_than_s=0) == 0
    faulty.delete("a/b")
    assert not directory_storage.exists("a/b")
    assert faulty.root == directory_storage.root
    assert faulty.log[:2] == [("write_atomic", "a/b"), ("read", "a/b")]


def test_a_bucket_vanishes_after_so_many_operations_and_comes_back(directory_storage):
    faulty = FaultyStorage(directory_storage, vanish_after=2)
    faulty.write_atomic("a", b"1")
    faulty.read("a")
    for call in (
        lambda: faulty.read("a"),
        lambda: faulty.write_atomic("b", b"2"),
        lambda: faulty.exists("a"),
        lambda: faulty.stat("a"),
        lambda: faulty.list(""),
        lambda: faulty.delete("a"),
        lambda: faulty.presign("a", expires_s=1),
        lambda: faulty.reap(older_than_s=0),
    ):
        with pytest.raises(StorageUnavailable):
            call()
    faulty.come_back()
    assert faulty.read("a") == b"1"
    faulty.vanish()
    with pytest.raises(StorageUnavailable):
        faulty.read("a")


def test_the_writes_with_these_numbers_fail(directory_storage):
    faulty = FaultyStorage(directory_storage, fail_writes={2}, lose_answers={3})
    faulty.write_atomic("a", b"1")
    for key in ("b", "c"):
        with pytest.raises(StorageUnavailable, match=f"'{key}'"):
            faulty.write_atomic(key, b"1")
    faulty.write_atomic("d", b"1")
    assert [found.key for found in directory_storage.list("")] == ["a", "c", "d"]


def test_a_bucket_refuses_writes_and_still_reads(directory_storage):
    directory_storage.write_atomic("a", b"1")
    faulty = FaultyStorage(directory_storage, refuse_writes=True)
    for call in (lambda: faulty.write_atomic("b", b"1"), lambda: faulty.delete("a")):
        with pytest.raises(StorageDenied):
            call()
    assert faulty.read("a") == b"1"
    assert not faulty.exists("b")


def test_a_disk_fills_up(directory_storage):
    faulty = FaultyStorage(directory_storage, capacity_bytes=10)
    faulty.write_atomic("a", b"123456")
    with pytest.raises(StorageFull, match="'b'"):
        faulty.write_atomic("b", b"12345")
    faulty.write_atomic("c", b"1234")
    assert [found.key for found in directory_storage.list("")] == ["a", "c"]


def test_a_slow_bucket_is_slow_in_every_call(directory_storage, monkeypatch):
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    faulty = FaultyStorage(directory_storage, delay_s=5.0)
    faulty.write_atomic("a", b"1")
    faulty.read("a")
    faulty.delete("a")
    assert waited == [5.0, 5.0, 5.0]


def test_only_the_chosen_keys_fail(directory_storage):
    faulty = FaultyStorage(directory_storage, fail_writes={1}, touches=lambda key: key.startswith("thumbs/"))
    faulty.write_atomic("designs/a", b"1")
    with pytest.raises(StorageUnavailable):
        faulty.write_atomic("thumbs/a", b"1")
    faulty.write_atomic("thumbs/a", b"1")


def test_threads_are_counted_once_each(directory_storage):
    faulty = FaultyStorage(directory_storage, vanish_after=50)

    def ask(number):
        try:
            return faulty.exists(f"a{number}")
        except StorageUnavailable:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(80)))
    assert answers.count(False) == 50
    assert answers.count(None) == 30
