"""The one loop of all recipes: look, record, step; what fails or has arrived leaves the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from configs.recipe import OptimisePart
from nst_core.backbones import Backbone
from nst_core.errors import Stopped
from nst_core.optimise.canvas import Canvas, resize
from nst_core.optimise.methods import method_of
from nst_core.optimise.objective import Objective
from nst_core.optimise.phases import TileObjective

OnStep = Callable[[int, Tensor], None]

# After so many steps samples that are lost or have arrived leave the batch: to ask is to wait for the device.
LOOK_AROUND_EVERY = {"cpu": 1, "cuda": 10}


@dataclass(frozen=True)
class Optimised:
    """What the optimisation made of a canvas.

    Args:
        images: ``(B, 3, H, W)``, in [0, 1], float32: x, not relit. Where ``finite`` is False: the start.
        finite: ``(B,)`` bool: whether a sample's losses and gradients stayed real numbers to the end.
        losses: one ``(B,)`` tensor per step and a last one for the result at each size; NaN after a sample
            left the real numbers, its last value after it arrived.
        steps: how many looks with a gradient the batch took, over all sizes.
    """

    images: Tensor
    finite: Tensor
    losses: Sequence[Tensor]
    steps: int


def optimise(
    canvas: Canvas,
    part: OptimisePart,
    backbone: Backbone,
    *,
    most_px: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_step: OnStep | None = None,
) -> Optimised:
    """Walk down a recipe's losses from a canvas, coarse to fine where the recipe has several sizes.

    Each sample goes its own way: B together end where B alone end (up to the rounding of a batched
    convolution), one that leaves the real numbers is dropped without touching the others, and one that has
    arrived costs nothing more. From one size to the next the change is carried over and the start's own
    detail comes back; from noise, the picture itself is.

    Args:
        canvas: the batch; not changed.
        part: the recipe's ``optimise`` block.
        backbone: the network that the losses look through.
        most_px: how many px of a picture it may look at at once; a larger picture is looked at through
            windows, with the same losses and gradients. None: all.
        should_stop: asked before every step.
        on_step: called after every look with the number of steps taken and the losses ``(B,)``.

    Raises:
        Stopped: ``should_stop`` said so; nothing is kept.
        LossUnknown, LayerUnknown: a loss asks for what the canvas or the backbone does not have.
        WholePictureNeeded: a loss does not go together with windows, and ``most_px`` asks for them.
    """
    walk = _Walk(part, backbone, most_px, should_stop, on_step, losses=[], steps=0)
    finite = torch.ones(len(canvas.start), dtype=torch.bool, device=canvas.start.device)
    coarser = [side for side in part.scales_px if side < canvas.long_side_px]
    done: tuple[Tensor, Tensor] | None = None
    for long_side in (*coarser, None):
        here = canvas if long_side is None else canvas.resized(long_side, part, backbone, most_px=most_px)
        start = here.start if done is None else _carried(*done, here.start, part)
        images, finite = walk.down(here, start, finite)
        done = here.start, images
    images = torch.where(finite.view(-1, 1, 1, 1), images, canvas.start)
    return Optimised(images, finite, walk.losses, walk.steps)


@dataclass
class _Walk:
    """The steps taken so far and who wants to hear of them."""

    part: OptimisePart
    backbone: Backbone
    most_px: int | None
    should_stop: Callable[[], bool]
    on_step: OnStep | None
    losses: list[Tensor]
    steps: int

    def down(self, canvas: Canvas, start: Tensor, finite: Tensor) -> tuple[Tensor, Tensor]:
        """Take the recipe's steps at one size; returns the pictures and which samples are still finite."""
        finite = finite.clone()
        # Pictures are put together when the first one is done: until then nobody needs a second copy.
        images: Tensor | None = None
        last = torch.where(finite, 0.0, torch.nan)
        walking = finite.nonzero().flatten()
        real = torch.ones_like(walking, dtype=torch.bool)
        objective = self._objective(canvas)
        if len(walking) < len(finite):
            objective = objective.only(walking)
        pictures = start[walking]
        method = method_of(self.part.optimiser, self.part.steps, pictures, canvas.repeat)
        for step in range(self.part.steps):
            if not len(walking):
                break
            if self.should_stop():
                raise Stopped(f"stopped after {self.steps} steps, as asked; nothing of the batch is kept")
            advanced = objective.advanced(step, self.part.steps, pictures)
            if advanced is not objective:
                objective = advanced
                method.forget_losses()
            values, gradients = objective.gradient(pictures)
            last = self._record(last, walking, values)
            real = real & values.isfinite() & _finite(gradients) & _finite(pictures)
            pictures = method.step(pictures, values, gradients)
            del gradients
            if (step + 1) % LOOK_AROUND_EVERY.get(pictures.device.type, 1):
                continue
            arrived = method.finished()
            staying = real if arrived is None else real & ~arrived
            if not bool(staying.all()):
                images = start.clone() if images is None else images
                images[walking], finite[walking] = pictures, real
                last[walking[~real]] = torch.nan
                kept = staying.nonzero().flatten()
                walking, pictures, real = walking[kept], pictures[kept], real[kept]
                method.only(kept)
                objective = objective.only(kept)
        if len(walking):
            values = objective.values(pictures).where(real, torch.nan)
            last = self._record(last, walking, values, looked=False)
            settled = method.settle(pictures, values)
            finite[walking] = values.isfinite() & _finite(pictures)
            if images is None and len(walking) == len(start):
                return settled, finite
            images = start.clone() if images is None else images
            images[walking] = settled
        return start.clone() if images is None else images, finite

    def _objective(self, canvas: Canvas) -> Objective | TileObjective:
        if canvas.repeat is None:
            return Objective.of(canvas, self.part, self.backbone, most_px=self.most_px)
        return TileObjective.of(canvas, self.part, self.backbone, canvas.repeat, most_px=self.most_px)

    def _record(self, last: Tensor, walking: Tensor, values: Tensor, *, looked: bool = True) -> Tensor:
        last = last.index_copy(0, walking, values)
        self.losses.append(last)
        if looked:
            self.steps += 1
            if self.on_step is not None:
                self.on_step(self.steps, last)
        return last


def _finite(planes: Tensor) -> Tensor:
    # Pictures are asked too: oneDNN's ReLU makes 0 of NaN, so that a loss may not notice.
    return planes.flatten(1).sum(1).isfinite()


def _carried(before: Tensor, after: Tensor, start: Tensor, part: OptimisePart) -> Tensor:
    """Return where the next size starts: its own start with the change of the last size, or its picture."""
    size = (start.shape[-2], start.shape[-1])
    if part.start == "noise":
        return resize(after, size).clamp_(0, 1)
    return (start + resize(after - before, size)).clamp_(0, 1)
