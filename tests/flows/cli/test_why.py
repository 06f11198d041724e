"""``toile why``: causes with remedies, from the bucket alone."""

from __future__ import annotations

import pytest

from catalogs.done import done_index
from catalogs.keeping.causes import diagnose
from catalogs.plan import write_plan
from flows.artifacts import causes
from flows.run_links import run_link
from tests.catalogs.keeping.test_causes import tried
from tests.catalogs.wardrobe import a_batch, a_plan, paint, put_shop


@pytest.fixture
def plan(directory_storage, monkeypatch):
    """A batch of 4 designs in 2 shards: one shard failed, the other was not reached."""
    monkeypatch.setenv("TOILE_ROOT", directory_storage.root)
    for name in ("PREFECT_UI_URL", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    put_shop(directory_storage, "ab", "xy")
    made = a_plan(directory_storage, a_batch(shard_size=2))
    write_plan(directory_storage, made)
    said = [f"content/{name}.jpg: it ends after {at} kB [red]\x1b[0m" for at, name in enumerate("ab")]
    tried(directory_storage, made, 0, said, error_code="truncated", prefect_run_id="0badc0de-1")
    return made


def test_why_names_cause_remedy_designs_and_shard(toile, plan):
    answer = toile("why", "night")
    assert answer.code == 1
    assert "night: 0 of 4 designs are there" in answer.out
    assert "2 failed (50.0%) × truncated" in answer.out
    assert "2 missing (50.0%) × missing" in answer.out
    assert "Export the image again" in answer.out
    assert "kB [red]" in answer.out
    assert "\x1b" not in answer.out
    assert "shards   0" in answer.out
    assert "run      0badc0de-1" in answer.out
    assert plan.render_ids[0].as_py() in answer.out


def test_why_links_the_log_where_a_server_is_known(toile, plan, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example:4200/api")
    [failed] = toile("why", "night", "--json").json["failed"]
    assert failed["logs"] == ["http://prefect.example:4200/runs/flow-run/0badc0de-1"]
    monkeypatch.setenv("PREFECT_UI_URL", "https://house.example/prefect/")
    assert run_link("7") == "https://house.example/prefect/runs/flow-run/7"
    assert run_link("") == ""


def test_a_finished_batch_has_nothing_to_ask(toile, plan, directory_storage):
    for shard_id in plan.shard_ids:
        paint(directory_storage, plan, shard_id)
    assert toile("why", "night").code == 0
    assert toile("why", "night", "--json").json["missing"] == []


def test_the_artifact_shows_a_catalogs_words_and_obeys_none(plan, directory_storage):
    said = ["style [x](http://evil.example) <img src=x>", "**bold** | cell"]
    tried(directory_storage, plan, 0, said, error_code="corrupt")
    text = causes(diagnose(plan, done_index(directory_storage, plan)))
    assert text.startswith("# Why 4 of 4 designs of night are not there")
    assert r"style \[x\]\(http://evil.example\) \<img src=x\>" in text
    assert r"\*\*bold\*\* \| cell" in text
