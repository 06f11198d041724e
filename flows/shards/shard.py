"""A shard: designs that are rendered, retried and marked as done together, and what rendering them needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from catalogs.layout import part_key
from configs.recipe import Recipe
from flows.progress import Outcome
from flows.shards.rows import PlanRow

if TYPE_CHECKING:
    from nst_core.design import DesignJob, Painted, Prepared, Recolouring, RgbImage
    from nst_core.dressing import Shelf
    from nst_core.errors import EngineError
    from nst_core.training.pairs import PairPlanes

OnSettled = Callable[[str, Outcome], None]
OnStep = Callable[[int, int], None]


class PaintingEngine(Protocol):
    """What planning and rendering need of an engine; :class:`nst_core.engine.Engine` is one."""

    version: str

    @property
    def device_name(self) -> str:
        """The device as a person would name it."""
        ...

    @property
    def precision(self) -> str:
        """What the backbone's trunk runs in."""
        ...

    def weights_sha256(self, backbone: str) -> str:
        """Return the sha256 of the weights that a backbone would have."""
        ...

    def prepare(self, job: DesignJob, recipe: Recipe, *, tile: RgbImage | None = None) -> Prepared:
        """Decode and lay out a design, in a finished ``tile`` where there is one; raises EngineError."""
        ...

    def batch_size(self, prepared: Prepared) -> int:
        """Return how many designs like this one fit at once."""
        ...

    def paint(
        self,
        prepared: Sequence[Prepared],
        recipe: Recipe,
        *,
        should_stop: Callable[[], bool],
        on_step: OnStep | None,
        shelf: Shelf = ...,
    ) -> list[Painted | EngineError]:
        """Paint designs, in order; an error in the place of one that failed; tiles come from the shelf."""
        ...

    def pair(self, prepared: Prepared, recipe: Recipe, *, side_px: int) -> PairPlanes:
        """Return what a recipe's steps make of a design's cloth, to learn from; raises EngineError."""
        ...

    def paint_originals(
        self,
        prepared: Sequence[Prepared],
        recipe: Recipe,
        *,
        should_stop: Callable[[], bool],
        on_step: OnStep | None,
        shelf: Shelf = ...,
    ) -> Sequence[Painted | Recolouring | EngineError]:
        """Paint as ``paint`` does, but leave colorways to be made, on any thread and without the device."""
        ...


@dataclass(frozen=True)
class Shard:
    """Designs of one recipe and size that are rendered, retried and marked as done together.

    ``planned`` holds a row of the plan a design; ``extras`` names the catalogs' extra columns in them.
    """

    batch_id: str
    shard_id: int
    recipe: Recipe
    planned: tuple[PlanRow, ...]
    extras: tuple[str, ...] = ()

    @property
    def design_ids(self) -> tuple[str, ...]:
        """The ids of its designs, in order."""
        return tuple(row["design_id"] for row in self.planned)

    @property
    def part_key(self) -> str:
        """Where its part of the manifest lies."""
        return part_key(self.batch_id, self.shard_id, self.design_ids)


@dataclass(frozen=True)
class ShardReport:
    """What became of a shard; plain values.

    ``painted`` by this call, ``there`` before it, ``failed`` and ``skipped`` with rows that say why.
    """

    shard_id: int
    painted: int
    there: int
    failed: int
    skipped: int
    seconds: float
    compute_s: float


@dataclass(frozen=True)
class Pace:
    """How many hands a shard has, and how patient they are.

    Attributes:
        prepare_threads: read, decode, mask, lay.
        finish_threads: encode and upload.
        patience_s: how long a storage may be away before the shard gives up, seconds.
        retry_delays_s: pauses before the shard is tried again after that, seconds.
    """

    prepare_threads: int = field(default_factory=lambda: min(16, os.cpu_count() or 1))
    finish_threads: int = field(default_factory=lambda: max(4, min(16, os.cpu_count() or 1)))
    patience_s: float = 120.0
    retry_delays_s: tuple[float, ...] = (10.0, 20.0, 40.0, 80.0, 160.0)
