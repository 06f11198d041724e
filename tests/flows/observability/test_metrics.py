"""Counts that outlive the process that made them, and are neither lost nor doubled."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from flows.observability import metrics_files
from flows.observability.metrics import METRICS
from flows.observability.metrics_files import forget_the_dead
from flows.observability.metrics_server import registry_of

# A process that begins a run, paints so many designs, and does not come to its end.
RUN = """
import os, signal, sys
from flows.observability import events
from flows.observability.metrics import begin_metrics
from flows.observability.signals import at_work_on, happened, span
begin_metrics()
happened(events.RUN_BEGAN, max_failure_rate=.05)
for at in range(int(sys.argv[1])):
    happened(events.DESIGN_PAINTED, design=str(at), recipe="laid", seconds=2.0)
    with at_work_on(device="cpu"), span("paint"):
        pass
happened(events.DESIGN_FAILED, recipe="laid", code="nan")
if sys.argv[2] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
print("painted", flush=True)
sys.stdin.read()
"""


def run(folder: Path, designs: int, end: str = "killed") -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", RUN, str(designs), end],
        env={"TOILE_METRICS": str(folder), "PYTHONPATH": str(Path(__file__).parents[3])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if end == "killed":
        assert child.wait(60) == -signal.SIGKILL
    else:
        assert child.stdout.readline() == "painted\n"
    return child


def scraped(folder: Path) -> dict[str, float]:
    """Return the samples as Prometheus reads them, ``name{label=value}``."""
    text = generate_latest(registry_of(folder)).decode()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {" ".join([one.name, *(v for _, v in sorted(one.labels.items()))]): one.value for one in samples}


def test_what_killed_processes_counted_still_counts_and_they_are_not_at_work(tmp_path):
    run(tmp_path, 3)
    at_work = run(tmp_path, 2, end="waits")
    found = scraped(tmp_path)
    assert found["toile_designs_total laid painted"] == 3 + 2
    assert found["toile_failures_total nan"] == 2
    assert found["toile_runs_at_work"] == 1
    assert found["toile_max_failure_rate"] == 0.05
    assert found["toile_design_seconds_sum laid"] == 2.0 * (3 + 2)
    assert found["toile_design_seconds_bucket 2.5 laid"] == 5
    at_work.communicate(timeout=30)
    after = scraped(tmp_path)
    assert "toile_runs_at_work" not in after
    assert after["toile_designs_total laid painted"] == 5


def test_adding_the_dead_up_loses_and_doubles_nothing(tmp_path):
    run(tmp_path, 3)
    run(tmp_path, 4)
    before = scraped(tmp_path)
    forget_the_dead(tmp_path, many=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counter_kept.db", "histogram_kept.db"]
    assert scraped(tmp_path) == before
    run(tmp_path, 1)
    forget_the_dead(tmp_path, many=1)
    assert scraped(tmp_path)["toile_designs_total laid painted"] == 3 + 4 + 1


@pytest.mark.parametrize("killed_at", ["replace", "unlink"])
def test_killed_while_adding_up_it_comes_out_the_same(tmp_path, monkeypatch, killed_at):
    run(tmp_path, 3)
    before = scraped(tmp_path)
    with monkeypatch.context() as patch:
        if killed_at == "replace":
            patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        else:
            patch.setattr(metrics_files, "_finish_merging", _only_first(metrics_files._finish_merging))
        with pytest.raises(KeyboardInterrupt):
            forget_the_dead(tmp_path, many=1)
    assert scraped(tmp_path) == before


def _only_first(real):
    calls = []

    def finish(folder):
        calls.append(folder)
        if len(calls) > 1:
            raise KeyboardInterrupt
        real(folder)

    return finish


def test_every_metric_has_the_house_s_prefix_and_a_unit_or_a_total():
    for one in METRICS:
        assert one.name.startswith("toile_")
        assert one.name.endswith("_total") == (one.kind == "counter"), one.name
        assert one.says.endswith(".")
        assert one.kind != "histogram" or one.name.endswith("_seconds")
