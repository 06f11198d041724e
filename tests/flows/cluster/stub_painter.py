"""What the processes of a small Ray cluster do before their first task: take the stub engine."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from flows.equipment import equipment
from flows.shards.shard import PaintingEngine
from tests.flows import stub_flows
from tests.flows.fake_engine import FakeEngine

# Ray's own way to have something run in each process before its tasks, here for all processes of a node.
HOOK = {"__RAY_WORKER_PROCESS_SETUP_HOOK_ENV_VAR": f"{__package__}.stub_painter.wake"}
ENGINES = "engines.log"
# After so many designs the first painter of all dies.
KILL_AT = "TOILE_TEST_KILL_A_PAINTER_AT"


def wake() -> None:
    """Note each engine that is made in this process; importing this module has brought the stub's."""
    tools = equipment()
    make = tools.make_engine

    def noted(device: str, deterministic: bool) -> PaintingEngine:
        folder = Path(os.environ[stub_flows.HOUSE])
        with (folder / ENGINES).open("a") as file:
            file.write(f"{os.getpid()}\n")
        engine = make(device, deterministic)
        assert isinstance(engine, FakeEngine)
        if KILL_AT in os.environ and not (folder / "killed").exists():
            (folder / "killed").touch()
            engine.kill_at = int(os.environ[KILL_AT])
        return engine

    tools.make_engine = noted


def engines(folder: Path) -> Counter[str]:
    """Return how many engines each process made."""
    log = folder / ENGINES
    return Counter(log.read_text().split() if log.exists() else ())
