"""Dynamic weights: what the style loss is multiplied with, so that style and content pull in proportion."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from torch import Tensor

from configs.recipe import BalancePart

log = logging.getLogger(__name__)

# One look may be a bad one: it changes β at most so many times, up or down. At an optimum both pulls are
# equal whatever β is, so that a wanted ratio far from 1 is never reached: the way is limited too.
MOST_AT_ONCE = 4.0
MOST_IN_ALL = 256.0


@dataclass(frozen=True)
class Balance:
    """A factor on β for each sample, which follows the ratio of the two gradients.

    Every so many steps β is multiplied so that ‖β∇L_s‖ / ‖α∇L_c‖ moves towards the wanted ratio: by
    (wanted / found)^(1 − memory), an average over the looks that is taken in logarithms, at most 4 times up
    or down. A sample whose content has no gradient (the photo itself) or whose numbers are not finite keeps
    its factor.

    Source:
        Duggal et al., "Neural Style Transfer: Creating Art with Deep Learning", names dynamic content and
        style weights without a formula; this one is ours.
    """

    part: BalancePart
    factors: Tensor

    @classmethod
    def of(cls, part: BalancePart, start: Tensor) -> Balance:
        """Begin with the recipe's own β for a batch that starts at ``start``."""
        return cls(part, start.new_ones(len(start)))

    def due(self, step: int) -> bool:
        """Whether the gradients are looked at before this step (from 0)."""
        return step > 0 and step % self.part.every == 0

    def moved(self, style: Tensor, content: Tensor, *, step: int) -> Balance:
        """Return the factors after a look.

        Args:
            style: ``(B,)``, ‖β∇L_s‖ with the factors that hold.
            content: ``(B,)``, ‖α∇L_c‖.
            step: for the log.
        """
        found = style / content
        known = found.isfinite() & (found > 0)
        change = (self.part.ratio / found.where(known, self.part.ratio)) ** (1 - self.part.memory)
        change = change.clamp(1 / MOST_AT_ONCE, MOST_AT_ONCE)
        factors = (self.factors * change).clamp(1 / MOST_IN_ALL, MOST_IN_ALL)
        if log.isEnabledFor(logging.INFO):
            log.info(
                "step %d: style pulls %s times as hard as content (wanted %g); beta times %s",
                step,
                _told(found),
                self.part.ratio,
                _told(factors),
            )
        return replace(self, factors=factors)

    def only(self, samples: Tensor) -> Balance:
        """Return the factors of some of the samples."""
        return replace(self, factors=self.factors[samples])


def _told(values: Tensor) -> str:
    return ", ".join(f"{value:.3g}" for value in values.tolist())
