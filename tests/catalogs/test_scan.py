from __future__ import annotations

import csv
import io

import pytest

from catalogs.catalog import load_catalog
from catalogs.errors import CatalogMissing
from catalogs.refusals import CatalogExists, LicenceUnknown
from catalogs.scan import scan
from catalogs.storage import Storage
from tests.catalogs.wardrobe import picture, put_picture


def rows_of(storage: Storage, key: str = "content/catalog.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(storage.read(key).decode("utf-8-sig"))))


def put(storage: Storage, *keys: str) -> None:
    for key in keys:
        put_picture(storage, key)


def test_a_scanned_folder_is_a_catalog_that_loads(storage: Storage):
    put(storage, "content/tee_white.jpg", "content/tee_white_mask.png", "content/jeans/blue-1.png")
    put(storage, "content/jeans/masks/blue-1.png", "content/Sommer Kleid (neu) é.webp")
    put(storage, "content/jeans/protect/blue-1.png")
    found = scan(storage, "content", licence="cc0", source="studio")
    assert (found.key, found.rows, found.with_mask, found.unused) == ("content/catalog.csv", 3, 2, ())
    catalog = load_catalog(storage, "content")
    assert catalog.problems == ()
    rows = catalog.rows.set_index("content_id")
    assert rows["title"].to_dict() == {
        "Sommer-Kleid-neu-é": "Sommer Kleid (neu) é",
        "blue-1": "Blue 1",
        "tee_white": "Tee white",
    }
    assert rows["mask_key"].to_dict() == {
        "Sommer-Kleid-neu-é": "",
        "blue-1": "content/jeans/masks/blue-1.png",
        "tee_white": "content/tee_white_mask.png",
    }
    assert rows["protect_key"].to_dict() == {
        "Sommer-Kleid-neu-é": "",
        "blue-1": "content/jeans/protect/blue-1.png",
        "tee_white": "",
    }
    assert rows["category"].to_dict()["blue-1"] == "jeans"
    assert set(rows["licence"]) == {"CC0-1.0"}


def test_without_a_licence_every_row_waits_for_one(directory_storage: Storage):
    put(directory_storage, "style/a.png", "style/b.png")
    scan(directory_storage, "style")
    catalog = load_catalog(directory_storage, "style")
    assert [problem.code for problem in catalog.problems] == ["licence_missing"] * 2
    assert catalog.unlicensed == len(catalog.rows) == 2


def test_a_png_and_a_jpg_of_one_name_are_two_rows(directory_storage: Storage):
    put(directory_storage, "style/a.png", "style/a.jpg", "style/A.webp", "style/x/a.png")
    scan(directory_storage, "style", licence="own")
    catalog = load_catalog(directory_storage, "style")
    assert catalog.problems == ()
    assert catalog.rows["style_id"].tolist() == ["A-webp", "a-jpg", "a-png", "x-a-png"]


def test_masks_belong_to_garments_only(directory_storage: Storage):
    put(directory_storage, "style/domino_mask.png", "style/masks/venice.png")
    scan(directory_storage, "style", licence="own")
    assert [row["style_id"] for row in rows_of(directory_storage, "style/catalog.csv")] == [
        "domino_mask",
        "venice",
    ]


def test_what_is_not_used_is_told(directory_storage: Storage):
    put(directory_storage, "content/a.png", "content/b_mask.png", "content/notes.txt", "content/._a.png")
    found = scan(directory_storage, "content", licence="own")
    assert found.rows == 1
    assert found.unused == ("content/._a.png"[8:], "b_mask.png", "notes.txt")


def test_a_catalog_is_never_overwritten_unasked(directory_storage: Storage):
    put(directory_storage, "content/a.png")
    scan(directory_storage, "content", licence="own")
    before = directory_storage.read("content/catalog.csv")
    put(directory_storage, "content/b.png")
    with pytest.raises(CatalogExists, match="--overwrite"):
        scan(directory_storage, "content", licence="own")
    assert directory_storage.read("content/catalog.csv") == before
    assert scan(directory_storage, "content", licence="own", overwrite=True).rows == 2


def test_a_parquet_catalog_is_never_doubled(directory_storage: Storage):
    put(directory_storage, "content/a.png")
    directory_storage.write_atomic("content/catalog.parquet", b"PAR1")
    with pytest.raises(CatalogExists, match="remove it first"):
        scan(directory_storage, "content", licence="own", overwrite=True)


def test_a_folder_without_images_is_told(directory_storage: Storage):
    directory_storage.write_atomic("content/readme.txt", b"soon")
    with pytest.raises(CatalogMissing, match=r"no image under content/.*other files: 1.*png"):
        scan(directory_storage, "content")


def test_a_licence_is_checked_before_anything_is_written(directory_storage: Storage):
    put(directory_storage, "content/a.png")
    with pytest.raises(LicenceUnknown):
        scan(directory_storage, "content", licence="CC-BY-9")
    assert not directory_storage.exists("content/catalog.csv")


def test_another_prefix_is_scanned_where_it_lies(directory_storage: Storage):
    directory_storage.write_atomic("content/summer/a.png", picture("a"))
    assert (
        scan(directory_storage, "content", "content/summer/", licence="own").key
        == "content/summer/catalog.csv"
    )
    assert len(load_catalog(directory_storage, "content", "content/summer/catalog").rows) == 1
