"""The command line run in this process, with a small house as the only storage there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from catalogs.manifest import MANIFEST_SCHEMA
from catalogs.storage import open_storage
from configs.storage import StorageConfig
from flows.cli import app
from flows.patience import Patience
from flows.shards.finished import FinishedDesigns
from flows.shards.rows import RunFacts
from flows.stopping import StopFlag
from tests.catalogs.report.night import tile

TILE_ID = "ab" * 16
SHA256 = ("content_sha256", "style_sha256", "recipe_hash", "weights_sha256")


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


def painted() -> np.ndarray:
    """A straight tile of soft blotches in no strong colour."""
    waves = np.fft.rfft2(np.random.default_rng(3).random((64, 64)))
    waves[4:-4], waves[:, 4:] = 0, 0
    plane = np.fft.irfft2(waves, s=(64, 64))
    plane = 100 + 60 * (plane - plane.min()) / np.ptp(plane)
    return np.stack([plane, plane, 0.9 * plane], axis=-1).astype(np.uint8)


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """A root in which a tile of yardage can be written."""
    root = tmp_path / "bucket"
    storage = open_storage(StorageConfig(root=str(root)))
    monkeypatch.setenv("TOILE_ROOT", str(root))

    def write(image=None, **told) -> None:
        ids = {"design_id": TILE_ID, "image_key": f"designs/ab/{TILE_ID}.png", "mask_source": "none"}
        row = tile(1, **({"seam": 0.98, "repeat_width_mm": 32.0, "repeat": "straight"} | ids | told))
        whole = dict.fromkeys(MANIFEST_SCHEMA.names) | dict.fromkeys(SHA256, "1" * 64) | row
        finished = FinishedDesigns(storage, Patience(0, stop=StopFlag()))
        facts = RunFacts(datetime(2026, 11, 21, tzinfo=UTC), statement="Acme")
        finished.write(whole, painted() if image is None else image, facts=facts, source_type="x")

    return write
