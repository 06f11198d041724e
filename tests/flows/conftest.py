"""Fixtures of the flows: Prefect's own temporary API, once for all tests, and a small house to run in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.equipment import equipped
from tests.flows.small_house import SmallHouse


@pytest.fixture(scope="session")
def prefect_api() -> Iterator[None]:
    """Start Prefect's temporary server with a database of its own."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def house(tmp_path: Path) -> Iterator[SmallHouse]:
    """A filled bucket, a batch of 15 designs in 4 shards, and an engine that paints at once."""
    small = SmallHouse(tmp_path).fill()
    with equipped(small.equipment()):
        yield small
