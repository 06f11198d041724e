"""Fixtures of every package's tests: real pictures where they are at hand, and a private home."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

STORAGE_FIXTURES = "tests.storage_fixtures"
pytest_plugins = [STORAGE_FIXTURES] if importlib.util.find_spec(STORAGE_FIXTURES) else []


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with real garments, textiles and hostile files that ``TOILE_TEST_DATA`` names."""
    named = os.environ.get("TOILE_TEST_DATA")
    if not named:
        pytest.skip("TOILE_TEST_DATA names no folder with real pictures")
    folder = Path(named)
    if not folder.is_dir():
        pytest.skip(f"TOILE_TEST_DATA names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session", autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory):
    """Keep Prefect's database and results of the test run out of the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.delenv("TOILE_ROOT", raising=False)
        patch.delenv("TOILE_STORAGE", raising=False)
        yield
