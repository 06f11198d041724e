"""How a textile's motifs may be turned, scaled and flipped so that it stays the same cloth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nst_core.cloth.makers.direction import Directions
from nst_core.cloth.makers.scattering import Turn
from nst_core.garment.pixels import Image

SCALES = (0.9, 1.15)
# Directional cloth is turned so little; its motifs would lie on their side.
SWAY_DEG = 12.0
# As it lay, or turned by eighths, a motif is a copy: it lies between them, or is swayed by so much at least.
ANY_WAY_DEG, EIGHTH_DEG, BETWEEN_DEG, LEAST_SWAY = 180.0, 45.0, 10.0, 0.6


@dataclass(frozen=True)
class Sway:
    """How far motifs may be turned, and whether they may be flipped.

    Attributes:
        most_deg: how far they may be turned, to either side.
        flips: whether they may be flipped left to right.
    """

    most_deg: float
    flips: bool

    @classmethod
    def of(cls, style: Image) -> Sway:
        """Return how the motifs of a textile ``(h, w, 3)`` may be laid."""
        directions = Directions(style)
        flips = directions.allows(turn_deg=0.0, flipped=True)
        return cls(ANY_WAY_DEG if directions.any_way else SWAY_DEG, flips)

    def drawn(self, random: np.random.Generator) -> Turn:
        """Draw how a motif is turned, scaled and perhaps flipped."""
        scale = random.uniform(*SCALES)
        if self.most_deg == ANY_WAY_DEG:
            angle = EIGHTH_DEG * (random.integers(8) + 0.5) + random.uniform(-BETWEEN_DEG, BETWEEN_DEG)
        else:
            angle = random.choice([-1, 1]) * random.uniform(LEAST_SWAY, 1.0) * self.most_deg
        return Turn(float(angle), scale, bool(random.random() < 0.5) and self.flips)
