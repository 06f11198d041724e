"""A small house with photos and textiles to learn from, and networks that learn at once."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from flows.stopping import StopFlag
from flows.training.asked import Asked
from flows.training.carrying_out import train_asked
from nst_core.networks import KINDS
from nst_core.training.lessons import LESSONS
from tests.flows.cli.conftest import toile  # noqa: F401 (a fixture)
from tests.flows.small_house import SmallHouse
from tests.flows.training.toy import ALL, BOTH, OWN, PAIRS, RECIPE, TRAIN, ToyKinds


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps: list[int] = []
        self.samples: list[str] = []

    def say(self, line):
        self.lines.append(line)

    def checked(self, piece, checks):
        self.steps.append(checks[-1].step)

    def shown(self, piece, checks, sample_key):
        self.samples.append(sample_key)

    @property
    def words(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> ToyKinds:
    """Toy networks in the places of ``johnson``, ``stylebank``, ``adain`` and ``toile-fast``."""
    kinds = ToyKinds()
    for name in (OWN, BOTH, ALL, PAIRS):
        monkeypatch.setitem(KINDS, name, kinds.kind(name))
        monkeypatch.setitem(LESSONS, name, kinds.lessons(name))
    return kinds


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def recipe(house: SmallHouse) -> Callable[..., str]:
    """Write a recipe of a toy network, and return its path."""

    def write(kind: str = OWN, *, name: str = "tiny", **more: float) -> str:
        path = house.folder / f"{name}.yaml"
        base = kind if kind == PAIRS else OWN
        path.write_text(RECIPE.format(base=base, kind=kind, name=name, train=json.dumps(TRAIN | more)))
        return str(path)

    return write


@pytest.fixture
def train(house: SmallHouse, heard: Heard) -> Callable[..., list[dict]]:
    """Train as the command does, in this process."""

    def run(recipe: str, *styles: str, stop: StopFlag | None = None, **wanted) -> list[dict]:
        asked = Asked(recipe, styles, **({"compare": False} | wanted))
        return train_asked(asked, house.root, device="cpu", listener=heard, stop=stop)

    return run
