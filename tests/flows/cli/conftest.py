"""The command line run in this process, with a small house as the only storage there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Everything on stdout with single spaces, for sentences that a table breaks."""
        return " ".join(self.out.split())


Toile = Callable[..., Answer]


@pytest.fixture
def toile(monkeypatch: pytest.MonkeyPatch) -> Toile:
    """Run ``toile`` with these arguments."""
    for name in ("TOILE_ROOT", "TOILE_STORAGE", "TOILE_CONFIGS", "TOILE_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Answer:
        result = CliRunner().invoke(app, list(arguments), prog_name="toile")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run
