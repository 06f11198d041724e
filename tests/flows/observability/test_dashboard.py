"""What Grafana and Prometheus are given asks for nothing that is not counted, and the README tells of all."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import flows
from flows.observability.events import EVENTS
from flows.observability.metrics import METRICS, Metric

FOLDER = Path(flows.__file__).parent / "observability"
DASHBOARD = json.loads((FOLDER / "grafana/toile.json").read_text())
RULES = yaml.safe_load((FOLDER / "prometheus/toile-rules.yml").read_text())
README = (Path(flows.__file__).parent / "README.md").read_text()
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
EXPRESSIONS += [rule["expr"] for rule in ALERTS]
# of every target, whoever counts
PROMETHEUS_OWN = {"instance", "job", "le"}


def series() -> dict[str, Metric]:
    """Return every name that a metric has in Prometheus."""
    names = {}
    for one in METRICS:
        suffixes = ("_bucket", "_sum", "_count") if one.kind == "histogram" else ("",)
        names |= {one.name + suffix: one for suffix in suffixes}
    return names


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_question_asks_only_for_what_is_counted(expression):
    asked = re.findall(r"\b(toile_\w+)(?:\{([^}]*)\})?", expression)
    assert asked or expression.startswith("up{")
    labels = set(PROMETHEUS_OWN)
    for name, filters in asked:
        assert name in series(), name
        labels |= set(series()[name].labels)
        filtered = re.findall(r"(\w+)\s*[=!]~?\"", filters or "")
        assert set(filtered) <= {*series()[name].labels, *PROMETHEUS_OWN}, expression
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {one.strip() for one in grouped.split(",")} <= labels, expression


def test_every_metric_is_on_the_dashboard_or_in_an_alert():
    shown = " ".join(EXPRESSIONS)
    assert [one.name for one in METRICS if one.name not in shown] == []


def test_a_legend_names_only_what_its_question_is_grouped_by():
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert re.search(rf"\bby \([^)]*\b{label}\b", target["expr"]), target


def test_the_dashboard_is_one_that_grafana_loads():
    # Grafana's schema of a dashboard, as far as provisioning looks at it
    assert {"uid", "title", "schemaVersion", "panels", "templating", "time"} <= set(DASHBOARD)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", DASHBOARD["uid"])
    assert "id" not in DASHBOARD
    [source] = DASHBOARD["templating"]["list"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in DASHBOARD["panels"]:
        assert panel["type"] in {"timeseries", "stat"}
        assert panel["datasource"]["uid"] == f"${{{source['name']}}}"
        place = panel["gridPos"]
        assert 0 <= place["x"] <= place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert [target["refId"] for target in panel["targets"]] == list("ABC")[: len(panel["targets"])]


def test_an_alert_says_what_is_wrong_and_what_helps():
    for rule in ALERTS:
        assert set(rule["annotations"]) == {"summary", "remedy"}
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}


def test_the_readme_s_tables_hold_every_event_and_every_metric():
    for event in EVENTS:
        assert f"| `{event.name}` |" in README, event.name
        for fact in event.says:
            line = next(line for line in README.splitlines() if line.startswith(f"| `{event.name}` |"))
            assert f"`{fact}`" in line, (event.name, fact)
    for metric in METRICS:
        line = next((one for one in README.splitlines() if one.startswith(f"| `{metric.name}` |")), "")
        assert line, metric.name
        for label in metric.labels:
            assert f"`{label}`" in line, (metric.name, label)


def test_prometheus_itself_takes_the_rules_and_the_scrape_example():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian's package prometheus brings it)")
    for kind, name in (("rules", "toile-rules.yml"), ("config", "prometheus.yml")):
        done = subprocess.run(
            [promtool, "check", kind, str(FOLDER / "prometheus" / name)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
