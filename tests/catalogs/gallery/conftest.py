from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.settings import GallerySettings
from catalogs.gallery.web.app import create_app
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from tests.catalogs.gallery.people import passer_by, signed_in


@pytest.fixture
def bucket(tmp_path: Path) -> Storage:
    return DirectoryStorage(tmp_path / "bucket")


@pytest.fixture
def house(bucket: Storage) -> Iterator[House]:
    """A house on the test's bucket; nothing is read before ``house.watch.look()``."""
    house = House.of(bucket, GallerySettings())
    yield house
    house.close()


@pytest.fixture
def app(house: House) -> FastAPI:
    """The house's pages; more people than these two come by ``people.signed_in(app, name, role)``."""
    return create_app(house)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """The browser of mia, who is an editor."""
    return signed_in(app)


@pytest.fixture
def reader(app: FastAPI) -> TestClient:
    """The browser of somebody who never signed in."""
    return passer_by(app)
