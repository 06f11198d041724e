"""L-BFGS for a batch of pictures: one look at the network a step, and every decision a sample's own."""

from __future__ import annotations

import torch
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import LbfgsSpec
from nst_core.optimise.curvature import Curvature, Point
from nst_core.optimise.metric import PictureMetric

# How far the first step moves a picture: root mean square, in pixel values (1.3 of 255). 1/‖g‖₁, as libraries
# have it, moves nothing that can be seen and costs a look; from .01 on some starts climb first.
FIRST_STEP_RMS = 0.005
# A look is progress when its loss is not above the worst of so many accepted ones: who may climb a little is
# down earlier.
LOOK_BACK = 3
# A sample whose next look differs from the last by less than this anywhere has arrived (a 25th of 1/255).
LEAST_MOVE = 1.5e-4


class Lbfgs:
    """L-BFGS with unit steps; a look at the network is one step, whether it turns out well or not.

    What is looked at is clamped to [0, 1], and the pairs that curvature is learned from hold the moves that
    the clamp left over. A look whose loss lies above the last three accepted ones is taken back and the
    same direction tried again, shortened by the parabola through what is known. There is no strong-Wolfe
    search: it asks for a second look at most steps and gains less than that costs. The first guess at the
    curvature is that of pictures (:class:`~nst_core.optimise.metric.PictureMetric`).

    Source:
        Nocedal (1980), "Updating Quasi-Newton Matrices with Limited Storage"; the acceptance follows Grippo,
        Lampariello, Lucidi (1986), "A Nonmonotone Line Search Technique for Newton's Method".
    """

    def __init__(self, spec: LbfgsSpec, start: Tensor, repeat: Repeat | None = None) -> None:
        self._metric = PictureMetric(start, repeat, colour_share=spec.colour_share)
        self._curvature = Curvature(start, spec.history)
        self._accepted = start
        self._gradients = self._smooth = torch.zeros_like(start)
        self._recent: Tensor | None = None
        self._share = start.new_ones(len(start))
        self._finished = torch.zeros(len(start), dtype=torch.bool, device=start.device)

    @classmethod
    def of(cls, spec: LbfgsSpec, steps: int, start: Tensor, repeat: Repeat | None = None) -> Lbfgs:
        """Build it from a recipe's block."""
        del steps
        return cls(spec, start, repeat)

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        """Return the pictures to look at next."""
        if self._recent is None:
            self._recent = losses[:, None].repeat(1, LOOK_BACK)
            self._accepted, self._gradients, self._smooth = pictures, gradients, self._metric(gradients)
        else:
            progress = losses <= self._recent.amax(1)
            self._share = self._shortened(pictures, losses, progress, self._recent[:, -1])
            self._recent = self._accept(pictures, losses, gradients, progress, self._recent)
        direction = self._direction()
        following = torch.addcmul(self._accepted, direction, _wide(self._share)).clamp_(0, 1)
        furthest = torch.linalg.vector_norm((following - self._accepted).flatten(1), ord=torch.inf, dim=1)
        self._finished = furthest < LEAST_MOVE
        return following

    def settle(self, pictures: Tensor, losses: Tensor) -> Tensor:
        """Return the last pictures where they are better than the last accepted ones, else those."""
        if self._recent is None:
            return pictures
        return torch.where(_wide(losses <= self._recent[:, -1]), pictures, self._accepted)

    def forget_losses(self) -> None:
        """Stand where the next look is, whatever its loss; the curvature learned so far is a first guess."""
        self._recent = None
        self._share = torch.ones_like(self._share)

    def finished(self) -> Tensor | None:
        """Return which samples would not visibly move any more."""
        return self._finished

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._curvature.only(samples)
        self._accepted, self._gradients = self._accepted[samples], self._gradients[samples]
        self._smooth = self._smooth[samples]
        self._share, self._finished = self._share[samples], self._finished[samples]
        if self._recent is not None:
            self._recent = self._recent[samples]

    def _shortened(self, pictures: Tensor, losses: Tensor, progress: Tensor, accepted: Tensor) -> Tensor:
        """Return how much of the direction to go: all, or to where the parabola of a bad look is lowest."""
        slope = _dot(self._gradients, pictures - self._accepted)
        bend = losses - accepted - slope
        shorter = (-slope / (2 * bend)).nan_to_num(nan=0.5).clamp(0.1, 0.5)
        return torch.where(progress, torch.ones_like(shorter), self._share * shorter)

    def _accept(
        self, pictures: Tensor, losses: Tensor, gradients: Tensor, progress: Tensor, recent: Tensor
    ) -> Tensor:
        """Learn from the looks that were progress and stand there; returns the recent losses."""
        smooth = self._metric(gradients)
        before = Point(self._accepted.flatten(1), self._gradients.flatten(1), self._smooth.flatten(1))
        now = Point(pictures.flatten(1), gradients.flatten(1), smooth.flatten(1))
        self._curvature.learn(before, now, progress)
        self._accepted = torch.where(_wide(progress), pictures, self._accepted)
        self._gradients = torch.where(_wide(progress), gradients, self._gradients)
        self._smooth = torch.where(_wide(progress), smooth, self._smooth)
        newer = torch.cat((recent[:, 1:], losses[:, None]), 1)
        return torch.where(progress[:, None], newer, recent)

    def _direction(self) -> Tensor:
        """Return the quasi-Newton direction; the smoothed gradient's where none is known or it leads up."""
        gradients, smooth = self._gradients, self._smooth
        direction = self._curvature.direction(gradients.flatten(1), smooth.flatten(1)).view_as(gradients)
        down = self._curvature.known() & (_dot(direction, gradients) < 0)
        rms = (_dot(smooth, smooth) / smooth[0].numel()).sqrt()
        plain = -FIRST_STEP_RMS / rms.clamp_min(torch.finfo(rms.dtype).tiny)
        known = torch.where(_wide(down), direction, 0.0)
        return known.addcmul_(smooth, _wide(torch.where(down, 0.0, plain)))


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return torch.bmm(one.flatten(1).unsqueeze(1), other.flatten(1).unsqueeze(2)).flatten()


def _wide(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)
