"""How the loss of a design falls, step by step and second by second, under several recipes."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from configs.errors import ConfigError
from configs.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from nst_core.design import DesignJob, RgbImage
    from nst_core.engine import Engine

Point = tuple[int, float, float]
"""Steps taken, seconds since the loss of the start was known, the loss there."""


@dataclass(frozen=True)
class Trace:
    """How a recipe's loss fell; ``image`` is None where it left the real numbers, ``refusal`` says why."""

    recipe: str
    points: Sequence[Point]
    image: RgbImage | None
    refusal: str = ""


def siblings(recipe: Recipe, known: Iterable[Recipe]) -> list[Recipe]:
    """Return a recipe and those of ``known`` that have its losses and another optimiser or other steps."""
    others = [other for other in known if other.name != recipe.name]
    return [recipe, *(other for other in others if _losses(other) == _losses(recipe))]


def require_same_losses(recipes: Sequence[Recipe]) -> None:
    """Refuse recipes whose losses cannot stand on one axis.

    Raises:
        ConfigError: one takes no steps, or two differ in more than ``optimiser`` and ``steps``.
    """
    for recipe in recipes:
        if recipe.optimise is None:
            raise ConfigError(f"{recipe.name} takes no steps: there is no loss to trace")
        if _losses(recipe) != _losses(recipes[0]):
            raise ConfigError(
                f"{recipes[0].name} and {recipe.name} do not have the same losses, and their values cannot "
                "stand on one axis; trace recipes that differ in optimiser: and steps: alone"
            )


def trace(
    recipes: Iterable[Recipe],
    job: DesignJob,
    engine: Engine,
    *,
    on_step: Callable[[str, int], None] = lambda _recipe, _step: None,
) -> Iterator[Trace]:
    """Paint a design by each recipe in turn and yield how its loss fell.

    Reading files and working out targets, which is the same for all, is before the clock starts.

    Raises:
        EngineError: the design cannot be prepared or painted.
    """
    from nst_core.errors import NonFinite

    for recipe in recipes:
        prepared = engine.prepare(job, recipe)
        watch = _Stopwatch(recipe.name, on_step)
        (painted,) = engine.paint([prepared], recipe, on_losses=watch)
        if isinstance(painted, NonFinite):
            yield Trace(recipe.name, watch.points, None, painted.message)
        elif isinstance(painted, Exception):
            raise painted
        else:
            yield Trace(recipe.name, watch.points, painted.image)


def to_csv(traces: Iterable[Trace]) -> str:
    """Return the points of all traces as CSV: ``recipe``, ``step``, ``seconds``, ``loss``."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("recipe", "step", "seconds", "loss"))
    for one in traces:
        table.writerows(
            (one.recipe, step, f"{seconds:.4f}", f"{loss:.6g}") for step, seconds, loss in one.points
        )
    return out.getvalue()


class _Stopwatch:
    """Writes down each loss of one design and when it was known."""

    def __init__(self, recipe: str, on_step: Callable[[str, int], None]) -> None:
        self.points: list[Point] = []
        self._recipe = recipe
        self._on_step = on_step
        self._began = 0.0

    def __call__(self, step: int, losses: Tensor) -> None:
        loss = float(losses[0])
        now = time.perf_counter()
        if not self.points:
            self._began = now
        self.points.append((step - 1, now - self._began, loss))
        self._on_step(self._recipe, step)


def _losses(recipe: Recipe) -> object:
    if recipe.optimise is None:
        return None
    return (
        recipe.backbone,
        recipe.cloth,
        recipe.garment,
        recipe.optimise.model_dump(exclude={"optimiser", "steps"}),
    )
