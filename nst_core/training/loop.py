"""The one loop of all trainings: draw, step, check, keep; back to the last good checkpoint after a NaN."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from configs.network import TrainPart
from nst_core.errors import Stopped, TrainingImpossible
from nst_core.training.checkpoint import Check, Checkpoint, copied
from nst_core.training.lesson import Drawn, Lesson
from nst_core.training.photos import Photos

MOST_ROLLED_BACK = 3
# A held-out loss counts as lower by so much of the lowest.
LOWER_BY = 1e-3


@dataclass(frozen=True, eq=False)
class Trained:
    """A training that has come to its end.

    Attributes:
        weights: the learnt ones, of the lowest held-out loss.
        checks: the learning curve.
        ended: what ended it.
        rolled_back: how often it left the real numbers.
        seconds: of work, over all sessions.
    """

    weights: Mapping[str, Tensor]
    checks: tuple[Check, ...]
    ended: Literal["steps", "patience", "minutes"]
    rolled_back: int
    seconds: float


def train(
    lesson: Lesson,
    photos: Photos,
    part: TrainPart,
    *,
    of: str,
    steps: int,
    begun: Checkpoint | None = None,
    keep: Callable[[Checkpoint], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train a lesson to its end; the network then has the weights of the lowest held-out loss.

    The same settings, photos and machine give the same numbers, whether it was cut off in between or not.

    Args:
        lesson: what is learnt.
        photos: from which.
        part: the recipe's ``train:`` block.
        of: what stands for settings and data in checkpoints.
        steps: how many, at most.
        begun: the checkpoint to go on from.
        keep: given every checkpoint.
        should_stop: asked before every step.

    Raises:
        Stopped: ``should_stop`` said so; what was kept last is where it goes on.
        TrainingImpossible: ``diverged``, NaN losses again and again; ``another_training``, ``begun`` is one
            of other settings or data.
    """
    walk = _Walk(lesson, photos, part, of, steps)
    walk.go_on_from(begun if begun is not None else walk.checkpoint(None))
    while (ended := walk.ended()) is None:
        if should_stop():
            raise Stopped(f"stopped after {walk.step} steps, as asked; it goes on from its last checkpoint")
        if not walk.step_down():
            walk.roll_back()
        elif walk.step % part.check_every == 0 or walk.step == steps or walk.is_late():
            check = walk.check()
            if math.isfinite(check.held_out):
                keep(walk.checkpoint(check))
            else:
                walk.roll_back()
    walk.take(walk.good.best)
    good = walk.good
    return Trained(copied(good.best), good.checks, ended, good.rolled_back, walk.seconds())


class _Walk:
    """Where a training stands: the weights live in the lesson's network."""

    def __init__(self, lesson: Lesson, photos: Photos, part: TrainPart, of: str, steps: int) -> None:
        self.lesson, self.photos, self.part, self.of, self.steps = lesson, photos, part, of, steps
        self.step = 0
        self.learns = dict(lesson.learns)
        self.device = next(iter(self.learns.values())).device
        for weight in lesson.module.parameters():
            weight.requires_grad_(False)
        for weight in self.learns.values():
            weight.requires_grad_(True)
        self._adam = torch.optim.Adam(self.learns.values(), lr=part.lr)
        self._began, self._before_s = time.monotonic(), 0.0
        self._totals: dict[str, float] = {}
        self._held_out = photos.kept_out(part.crop_px).to(self.device)
        self.good: Checkpoint

    def go_on_from(self, found: Checkpoint) -> None:
        """Take up a checkpoint, which is the last good one from here on."""
        if found.of != self.of or set(found.now) != set(self.learns):
            raise TrainingImpossible(
                "a training of other settings, photos or style was begun there; delete its checkpoint to "
                "begin anew",
                code="another_training",
            )
        self.good = found
        self.step = found.step
        self._before_s = found.checks[-1].seconds if found.checks else 0.0
        self._began = time.monotonic()
        self._restore()

    def step_down(self) -> bool:
        """Take one step; returns whether its loss was a real number."""
        part = self.part
        self._adam.param_groups[0]["lr"] = self._lr()
        squares = self.photos.drawn(self.step, batch=part.batch, crop_px=part.crop_px, seed=part.seed)
        terms = self._losses(squares, np.random.default_rng([part.seed, 3, self.step]))
        loss = torch.stack(list(terms.values())).sum()
        self._adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if not math.isfinite(float(loss.detach())):
            return False
        self._adam.step()
        self.step += 1
        for name, term in terms.items():
            self._totals[name] = self._totals.get(name, 0.0) + float(term.detach())
        return True

    def check(self) -> Check:
        """Return the losses since the last check and on the photos held out."""
        since = max(1, self.step - (self.good.checks[-1].step if self.good.checks else 0))
        terms = {name: total / since for name, total in self._totals.items()}
        return Check(self.step, sum(terms.values()), terms, self._held_out_loss(), self.seconds())

    def checkpoint(self, check: Check | None) -> Checkpoint:
        """Return where it stands; with a check it is the last good one from here on."""
        now = copied(self.learns)
        if check is None:
            empty = {name: torch.zeros_like(values) for name, values in now.items()}
            return Checkpoint(self.of, 0, now, now, (empty, copied(empty)))
        lowest = min((one.held_out for one in self.good.checks), default=math.inf)
        self.good = replace(
            self.good,
            step=self.step,
            now=now,
            best=now if check.held_out < lowest else self.good.best,
            moments=(self._moment("exp_avg"), self._moment("exp_avg_sq")),
            checks=(*self.good.checks, check),
        )
        self._totals = {}
        return self.good

    def roll_back(self) -> None:
        """Go back to the last good checkpoint with half the learning rate.

        Raises:
            TrainingImpossible: it was done too often.
        """
        if self.good.rolled_back == MOST_ROLLED_BACK:
            raise TrainingImpossible(
                f"the loss became NaN or infinite near step {self.step}, for the "
                f"{MOST_ROLLED_BACK + 1}th time; the learning rate had been halved to {self._lr():.1e}: "
                f"lower lr, or the weights of the losses",
                code="diverged",
            )
        self.good = replace(
            self.good, rolled_back=self.good.rolled_back + 1, lr_factor=self.good.lr_factor / 2
        )
        self.step = self.good.step
        self._restore()

    def ended(self) -> Literal["steps", "patience", "minutes"] | None:
        """Say what ends the training here, if anything does; asked between steps."""
        if self.step >= self.steps:
            return "steps"
        if self.step != self.good.step or not self.good.checks:
            return None
        if self.is_late():
            return "minutes"
        held_out = [check.held_out for check in self.good.checks]
        late = held_out[-self.part.patience :]
        before = held_out[: -self.part.patience]
        stands_still = bool(before) and min(late) > (1 - LOWER_BY) * min(before)
        return "patience" if stands_still else None

    def is_late(self) -> bool:
        """Say whether the minutes are over: then it is checked once more, so that nothing learnt is lost."""
        return bool(self.part.minutes) and self.seconds() >= 60 * self.part.minutes

    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Put weights into the network."""
        with torch.no_grad():
            for name, values in weights.items():
                self.learns[name].copy_(values)

    def seconds(self) -> float:
        """Return the work until now, over all sessions."""
        return self._before_s + time.monotonic() - self._began

    def _lr(self) -> float:
        falling = 0.5 * (1 + math.cos(math.pi * self.step / self.steps))
        return self.part.lr * self.good.lr_factor * falling

    def _restore(self) -> None:
        self.take(self.good.now)
        self._totals = {}
        for name, weight in self.learns.items():
            self._adam.state[weight] = {
                "step": torch.tensor(float(self.step)),
                "exp_avg": self.good.moments[0][name].to(self.device).clone(),
                "exp_avg_sq": self.good.moments[1][name].to(self.device).clone(),
            }

    def _moment(self, name: str) -> dict[str, Tensor]:
        return copied({own: self._adam.state[weight][name] for own, weight in self.learns.items()})

    def _losses(self, photos: Tensor, rng: np.random.Generator) -> Mapping[str, Tensor]:
        return self.lesson.losses(Drawn(photos.to(self.device), rng))

    def _held_out_loss(self) -> float:
        total, batch = 0.0, self.part.batch
        with torch.no_grad():
            for begin in range(0, len(self._held_out), batch):
                seen = self._held_out[begin : begin + batch]
                # the same dice at every check, so that checks can be compared
                terms = self._losses(seen, np.random.default_rng([self.part.seed, 4, begin]))
                total += float(torch.stack(list(terms.values())).sum()) * len(seen)
        return total / len(self._held_out)
