"""The cloth that a garment is sewn of: its colour, its yarn, its bulk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Field, Rng, fractal, noise
from catalogs.demo.studio.frame import Frame

Hand = Literal["jersey", "poplin", "linen", "fleece", "twill", "crepe"]


@dataclass(frozen=True)
class Cloth:
    """A plain cloth.

    Attributes:
        colour: sRGB, written ``"#c8b79b"``.
        hand: how it is made, which decides its surface.
        thickness_mm: of one layer, as it lifts its edge off the table.
    """

    colour: str
    hand: Hand
    thickness_mm: float = 2.2


def dyed(frame: Frame, rng: Rng, cloth: Cloth) -> Field:
    """Return ``(H, W, 3)`` linear light: the colour, uneven as dye and yarn are."""
    shape = frame.shape
    uneven = 0.012 * fractal(rng, shape, frame.px(120), 3)
    slub, speck = _YARN[cloth.hand]
    yarn = slub * (noise(rng, shape, frame.px(14), 1.6) + noise(rng, shape, 1.6, frame.px(14))) / 2
    fibre = speck * noise(rng, shape, 2.2)
    tone = np.exp(uneven + yarn + fibre).astype(np.float32)
    colour = linear(cloth.colour)
    # Where cloth is lighter it is also a little paler, as worn yarn is.
    pale = np.float32(0.25) * (tone - 1)[..., None]
    return np.asarray(colour * tone[..., None] * (1 - pale) + pale * colour.mean(), np.float32)


def surface(frame: Frame, rng: Rng, cloth: Cloth) -> Field:
    """Return the relief of the yarn in mm: weave, knit or nap."""
    shape, depth = frame.shape, _DEPTH[cloth.hand]
    x, y = frame.x_mm, frame.y_mm
    if cloth.hand == "fleece":
        return np.asarray(depth * fractal(rng, shape, frame.px(3.2), 3, fade=0.8), np.float32)
    if cloth.hand in ("jersey", "crepe"):
        return np.asarray(depth * noise(rng, shape, 2.0, 3.0), np.float32)
    pitch = 3.6 if cloth.hand == "linen" else 2.6
    lean = 1.0 if cloth.hand == "twill" else 0.0
    drift = 0.8 * noise(rng, shape, frame.px(30))
    warp_yarn = np.sin(2 * np.pi * (x + lean * y) / pitch + drift)
    weft_yarn = np.sin(2 * np.pi * y / pitch + drift) if not lean else 0.3 * warp_yarn
    slubs = noise(rng, shape, frame.px(22), 2.0) + noise(rng, shape, 2.0, frame.px(22))
    return np.asarray(depth * (0.6 * warp_yarn + 0.6 * weft_yarn + 0.7 * slubs), np.float32)


_YARN: dict[Hand, tuple[float, float]] = {
    "jersey": (0.014, 0.012),
    "poplin": (0.018, 0.014),
    "linen": (0.060, 0.020),
    "fleece": (0.012, 0.050),
    "twill": (0.022, 0.018),
    "crepe": (0.012, 0.024),
}
_DEPTH: dict[Hand, float] = {
    "jersey": 0.016,
    "poplin": 0.022,
    "linen": 0.050,
    "fleece": 0.05,
    "twill": 0.035,
    "crepe": 0.040,
}
