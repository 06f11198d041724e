"""The objective of a tile: the endless cloth, looked at from another corner every few steps.

Pooling cuts a picture into squares of 16 px, and what is optimised for one way of cutting looks worse for
every other. A picture with an edge has one way; cloth that repeats has none, so the corner moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import OptimisePart
from nst_core.backbones import Backbone
from nst_core.lattice import roll_planes, symmetric
from nst_core.optimise.canvas import Canvas
from nst_core.optimise.objective import Objective

# Steps between two corners, and the corners, px down and right: far from each other modulo 2, 4, 8 and 16.
EVERY = 5
CORNERS = ((0, 0), (11, 6), (6, 13), (13, 3), (3, 10), (8, 8))


@dataclass(frozen=True)
class TileObjective:
    """What :class:`Objective` is for pictures, for tiles: values and gradients of the endless cloth.

    A mirror tile stays its own reflection: its gradient is made symmetric.
    """

    inner: Objective
    canvas: Canvas
    part: OptimisePart
    repeat: Repeat
    most_px: int | None
    corner: tuple[int, int] = CORNERS[0]

    @classmethod
    def of(
        cls, canvas: Canvas, part: OptimisePart, backbone: Backbone, repeat: Repeat, *, most_px: int | None
    ) -> TileObjective:
        """Build the objective of a recipe's ``refine`` block for a canvas of tiles."""
        inner = Objective.of(canvas, part, backbone, most_px=most_px)
        return cls(inner, canvas, part, repeat, most_px)

    def values(self, pictures: Tensor) -> Tensor:
        """Return the losses ``(B,)`` of tiles ``(B, 3, H, W)``."""
        return self.inner.values(self._rolled(pictures))

    def gradient(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the losses ``(B,)`` and their gradients ``(B, 3, H, W)``."""
        values, gradients = self.inner.gradient(self._rolled(pictures))
        down, right = self.corner
        gradients = roll_planes(gradients, self.repeat, down_px=-down, right_px=-right)
        return values, symmetric(gradients) if self.repeat == "mirror" else gradients

    def advanced(self, step: int, steps: int, pictures: Tensor) -> TileObjective:
        """Return the objective that holds from a step on: from another corner every few steps."""
        corner = CORNERS[step // EVERY % len(CORNERS)]
        if corner == self.corner:
            inner = self.inner.advanced(step, steps, self._rolled(pictures))
            return self if inner is self.inner else replace(self, inner=inner)
        rolled = self.canvas.rolled(*corner)
        inner = Objective.of(rolled, self.part, self.inner.backbone, most_px=self.most_px)
        return replace(self, inner=inner, corner=corner)

    def only(self, samples: Tensor) -> TileObjective:
        """Return the objective of some of the samples (indices)."""
        return replace(self, inner=self.inner.only(samples), canvas=self.canvas.only(samples))

    def _rolled(self, pictures: Tensor) -> Tensor:
        down, right = self.corner
        if not (down or right):
            return pictures
        return roll_planes(pictures, self.repeat, down_px=down, right_px=right)
