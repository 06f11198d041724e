from __future__ import annotations

import hashlib

import pytest

from catalogs.catalog import load_catalog
from catalogs.errors import StorageDenied, StorageUnavailable
from catalogs.storage import Storage
from tests.catalogs.wardrobe import garment, picture, put_catalog
from tests.faulty_storage import FaultyStorage


def images_read(storage: FaultyStorage) -> list[str]:
    return sorted(key for operation, key in storage.log if operation == "read" and key.endswith(".png"))


def test_images_are_read_once_and_remembered(storage: Storage):
    put_catalog(storage, "content", [garment("a", mask="m.png"), garment("b")])
    first, second = FaultyStorage(storage), FaultyStorage(storage)
    before = load_catalog(first, "content").rows
    assert images_read(first) == ["content/a.png", "content/b.png", "content/m.png"]
    assert before["image_sha256"][0] == hashlib.sha256(picture("content/a.png")).hexdigest()
    assert before["mask_sha256"].tolist() == [hashlib.sha256(picture("content/m.png")).hexdigest(), ""]
    assert load_catalog(second, "content").rows.equals(before)
    assert images_read(second) == []


def test_an_image_that_changed_is_read_again(storage: Storage):
    put_catalog(storage, "content", [garment("a"), garment("b")])
    load_catalog(storage, "content")
    storage.write_atomic("content/a.png", picture("another"))
    watched = FaultyStorage(storage)
    rows = load_catalog(watched, "content").rows
    assert images_read(watched) == ["content/a.png"]
    assert rows["image_sha256"][0] == hashlib.sha256(picture("another")).hexdigest()


def test_what_was_no_picture_is_remembered_too_until_it_is_mended(directory_storage: Storage):
    directory_storage.write_atomic("content/a.png", b"words")
    put_catalog(directory_storage, "content", [garment("a")])
    load_catalog(directory_storage, "content")
    watched = FaultyStorage(directory_storage)
    assert [row.code for row in load_catalog(watched, "content").broken] == ["not_an_image"]
    assert images_read(watched) == []
    directory_storage.write_atomic("content/a.png", picture("a"))
    assert load_catalog(directory_storage, "content").broken == ()


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"not a parquet file"])
def test_a_damaged_memory_costs_one_reading(
    directory_storage: Storage, damage: bytes, caplog: pytest.LogCaptureFixture
):
    put_catalog(directory_storage, "content", [garment("a")])
    before = load_catalog(directory_storage, "content").rows
    directory_storage.write_atomic("cache/digests/content.parquet", damage)
    assert load_catalog(directory_storage, "content").rows.equals(before)
    assert "is made anew" in caplog.text
    watched = FaultyStorage(directory_storage)
    load_catalog(watched, "content")
    assert images_read(watched) == []


def test_a_storage_that_goes_away_is_an_error_not_a_catalog_of_broken_rows(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment(name) for name in "abcdef"])
    gone = FaultyStorage(directory_storage, vanish_after=2, touches=lambda key: key.endswith(".png"))
    with pytest.raises(StorageUnavailable):
        load_catalog(gone, "content")
    assert not directory_storage.exists("cache/digests/content.parquet")


class OneDenied(FaultyStorage):
    """Refuses to read one object, as a bucket does with a stray permission."""

    def read(self, key: str) -> bytes:
        if key == "content/a.png":
            raise StorageDenied(f"no permission to read {key}", key=key)
        return super().read(key)


def test_one_object_that_may_not_be_read_breaks_its_row_and_is_asked_again(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a"), garment("b")])
    catalog = load_catalog(OneDenied(directory_storage), "content")
    assert [(row.id, row.code) for row in catalog.broken] == [("a", "storage_denied")]
    assert load_catalog(directory_storage, "content").broken == ()


def test_who_may_only_read_can_still_check_a_catalog(
    directory_storage: Storage, caplog: pytest.LogCaptureFixture
):
    put_catalog(directory_storage, "content", [garment("a")])
    assert len(load_catalog(FaultyStorage(directory_storage, refuse_writes=True), "content").rows) == 1
    assert "are not remembered" in caplog.text


def test_progress_is_told_for_every_image(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment(name) for name in "abc"])
    told: list[tuple[int, int]] = []
    load_catalog(directory_storage, "content", on_read=lambda done, all_: told.append((done, all_)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_object_too_large_to_read_is_not_read(directory_storage: Storage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("catalogs.digests.MAX_IMAGE_BYTES", 10)
    put_catalog(directory_storage, "content", [garment("a")])
    watched = FaultyStorage(directory_storage)
    assert [row.code for row in load_catalog(watched, "content").broken] == ["file_too_large"]
    assert images_read(watched) == []
