"""Fixtures of every package's tests: real pictures where they are at hand, and a private home."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

STORAGE_FIXTURES = "tests.storage_fixtures"
pytest_plugins = [STORAGE_FIXTURES] if importlib.util.find_spec(STORAGE_FIXTURES) else []


# How long an example takes is a matter of what else the machine does.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# They start servers and whole runs, and wait more than they compute.
WITH_SERVERS = (
    "tests/chaos/test_chaos.py",
    "tests/flows/cli/test_batches.py",
    "tests/flows/cli/test_doctor.py",
    "tests/flows/cli/test_no_secret_is_shown.py",
    "tests/flows/cli/test_verify.py",
    "tests/flows/cluster/",
    "tests/flows/requests/test_flow.py",
    "tests/flows/stack/",
    "tests/flows/training/test_flow.py",
    "tests/flows/test_bucket_policies.py",
    "tests/flows/test_housekeeping.py",
    "tests/flows/test_nightly.py",
    "tests/flows/test_several_devices.py",
    "tests/flows/test_waves.py",
    "tests/ui/test_retry",
)


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled modules in pytest's cache where nothing may be written beside sources.

    Dozens of interpreters start in a run of the tests, and each would compile anew all that it imports.
    """
    if sys.dont_write_bytecode and config.pluginmanager.has_plugin("cacheprovider"):
        folder = str(config.cache.mkdir("compiled"))
        sys.dont_write_bytecode, sys.pycache_prefix = False, folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each file whole to one process of pytest-xdist, and all those with servers to the same one.

    Stacks do not compete with each other, and Prefect's temporary server is started once.
    """
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ServersTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "servers" if nodeid.startswith(WITH_SERVERS) else super()._split_scope(nodeid)

    return ServersTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits, so that the other process computes meanwhile."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not item.nodeid.startswith(WITH_SERVERS))


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
