"""The benchmarks name what is there: a part that has moved is missed here and not by who runs them."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest


def test_every_part_whose_time_is_counted_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "bench"))
    parts = importlib.import_module("design").parts()
    assert len(parts) > 20
    assert [name for owner, name, _part in parts if not callable(getattr(owner, name, None))] == []
