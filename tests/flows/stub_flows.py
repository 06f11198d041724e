"""The flows with an engine that only waits, as a worker's processes import them.

``TOILE_TEST_HOUSE`` names the small house's folder; its bucket is what ``TOILE_STORAGE`` says, else in that
folder. ``TOILE_TEST_SECONDS`` is how long a design takes, ``TOILE_TEST_KILL_AT`` after how many designs the
first process of all that run here dies. What ``ill.json`` there names has something wrong with it, by the
fake engine's names for that (``nan``, ``poison``, ``refuse``, ``too_large``). Into the folder go a line for
each painted design and each process's peak of memory, kB. ``python -m tests.flows.stub_flows`` waits for
waves, two at once.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
from contextlib import AbstractContextManager
from pathlib import Path

from prefect import serve
from prefect.deployments.runner import RunnerDeployment

from catalogs.storage import open_storage
from configs.loading import load_storage
from flows import nightly, waves
from flows.equipment import Equipment, equipped
from flows.shards.shard import Pace
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import SmallHouse

nightly_designs = nightly.nightly_designs
rerun_failed = nightly.rerun_failed
render_wave = waves.render_wave

HOUSE = "TOILE_TEST_HOUSE"
KILL_AT = "TOILE_TEST_KILL_AT"
SECONDS = "TOILE_TEST_SECONDS"
# Design ids by what is wrong with them, in the house's folder.
ILL = "ill.json"


def environment(folder: Path) -> dict[str, str]:
    """Return what tells a process where this module is, wherever it begins, and in which house it works."""
    here = str(Path(__file__).parents[2])
    return {
        HOUSE: str(folder),
        "PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH")))),
    }


def wave_deployment() -> RunnerDeployment:
    """Return the deployment of waves whose processes come here."""
    return RunnerDeployment(
        name=waves.WAVES, flow_name=waves.WAVES, entrypoint=f"{__package__}.stub_flows.render_wave"
    )


def _engine(folder: Path) -> FakeEngine:
    once = folder / "killed"
    kill_at = None if once.exists() else int(os.environ.get(KILL_AT, "0")) or None
    if kill_at is not None:
        once.touch()
    seconds = float(os.environ.get(SECONDS, "0"))
    file = folder / ILL
    ill = (
        {kind: frozenset(ids) for kind, ids in json.loads(file.read_text()).items()} if file.exists() else {}
    )
    return FakeEngine(log=folder / "painted.log", kill_at=kill_at, seconds=seconds, **ill)


def _equip(folder: Path) -> AbstractContextManager[Equipment]:
    house = SmallHouse(folder, engine=_engine(folder), pace=Pace())
    if os.environ.get("TOILE_STORAGE"):
        house.storage = open_storage(load_storage())
    return equipped(house.equipment())


def _note_peak(folder: Path) -> None:
    if not folder.exists():
        return
    with (folder / "peaks.log").open("a") as file:
        file.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


if __name__ == "__main__":
    serve(wave_deployment(), limit=2, print_starting_message=False)
elif HOUSE in os.environ:
    _folder = Path(os.environ[HOUSE])
    _for_good = _equip(_folder)
    _for_good.__enter__()
    atexit.register(_note_peak, _folder)
