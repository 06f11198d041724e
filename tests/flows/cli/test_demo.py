"""The demo catalog through the command line: drawn, checked, planned, and nobody's files drawn over."""

from __future__ import annotations

from flows.cli.exits import Exit


def test_the_demo_can_be_checked_and_planned_and_is_drawn_once(toile, tmp_path):
    root = ("--root", str(tmp_path))
    first = toile("demo", "--long-side-px", "128", "--json", *root)
    assert first.code == 0
    assert first.json["garments"] >= 6
    assert first.json["textiles"] >= 4
    answer = toile("catalog", "check", "--json", *root)
    assert answer.code == 0
    assert [catalog["broken"] for catalog in answer.json] == [0, 0]
    facts = toile("plan", "demo", "--json", *root).json
    assert (facts["to_paint"], facts["failed"]) == (24, 0)
    again = toile("demo", "--long-side-px", "128", "--json", *root).json
    assert again["drawn"] == []


def test_the_demo_draws_over_nobody_s_pictures(toile, tmp_path):
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "tee.png").write_bytes(b"mine")
    answer = toile("demo", "--root", str(tmp_path))
    assert answer.code == Exit.USAGE
    assert "content/tee.png" in answer.err
    assert (tmp_path / "content" / "tee.png").read_bytes() == b"mine"
