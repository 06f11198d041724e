from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogs.gallery.house import House
from catalogs.gallery.settings import GallerySettings
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage


@pytest.fixture
def bucket(tmp_path: Path) -> Storage:
    return DirectoryStorage(tmp_path / "bucket")


@pytest.fixture
def house(bucket: Storage) -> Iterator[House]:
    """A house on the test's bucket; nothing is read before ``house.watch.look()``."""
    house = House.of(bucket, GallerySettings())
    yield house
    house.close()
