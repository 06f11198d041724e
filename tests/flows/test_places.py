"""Who paints a batch: as the run says, else the batch; Ray is refused where it is not installed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import flows
from configs.batch import Batch
from configs.errors import ConfigError
from flows import places
from flows.errors import ClusterUnavailable
from flows.places import Place

ON_RAY = Batch(name="demo", task_runner="ray")


def test_what_the_run_says_goes_before_what_the_batch_says():
    assert Place().runner_for(Batch(name="demo")) == "threads"
    assert Place(task_runner="threads").runner_for(ON_RAY) == "threads"


def test_without_the_extra_ray_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setattr(places, "_NEEDED", ("ray_that_is_not_there",))
    with pytest.raises(ClusterUnavailable, match=r"ray_that_is_not_there is not installed.*toile\[ray\]"):
        Place().runner_for(ON_RAY)
    assert Place().runner_for(Batch(name="demo")) == "threads"


@pytest.mark.parametrize("place", [Place(task_runner="dask"), Place(task_runner="ray", device="cuda:1")])
def test_other_runners_and_single_devices_of_a_cluster_are_refused(place):
    with pytest.raises(ConfigError, match="got '"):
        place.runner_for(Batch(name="demo"))


def test_ray_is_loaded_only_by_runs_that_want_it():
    loaded = "import flows.nightly, flows.waves, sys; print({'ray', 'prefect_ray'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_nobody_but_the_cluster_knows_ray():
    root = Path(flows.__file__).parents[1]
    knowing = {
        file.relative_to(root).parent.as_posix()
        for package in ("configs", "nst_core", "catalogs", "flows")
        for file in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
        if name.split(".")[0] in ("ray", "prefect_ray")
    }
    assert knowing == {"flows/cluster"}
