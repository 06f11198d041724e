"""Form: how a garment of the mask's outline would catch the light, where its photo shows nothing of it."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.pixels import Image, blurred, floats

# How far from the edge cloth still turns away, as a share of the garment's half width; how steeply.
REACH = 0.55
STEEPNESS = 1.2
# From the upper left, as most rooms and all drawings are lit.
LIGHT = (-0.35, -0.45, 0.82)


def rounded(alpha: Image) -> Image:
    """Return the log light on a cushion of the garment's outline, of range 1.

    The garment is taken to be as high as a quarter circle over the distance from its edge; light falls on
    it from the upper left. It says nothing about folds, only that the cloth has a body.

    Args:
        alpha: ``(H, W)`` in [0, 1].

    Returns:
        ``(H, W)``, log light, 0 in the flat middle, p95 − p5 = 1 inside; zeros where nothing turns away
        from the light (an empty mask, or one without an outside).
    """
    inside = alpha > 0.5
    flat = np.zeros(alpha.shape, np.float32)
    if not inside.any() or inside.all():
        return flat
    framed = np.pad(inside.astype(np.uint8), 1)
    distance = floats(cv2.distanceTransform(framed, cv2.DIST_L2, 5))[1:-1, 1:-1]
    reach = REACH * float(distance.max())
    height = reach * np.sqrt(1 - (1 - np.minimum(distance / reach, 1)) ** 2)
    # Where two edges are equally near lies a crease that no cloth has.
    height = blurred(floats(height), max(1.0, reach / 5))
    down, across = (STEEPNESS * floats(slope) for slope in np.gradient(height))
    facing = (LIGHT[2] - across * LIGHT[0] - down * LIGHT[1]) / np.sqrt(1 + across**2 + down**2)
    light = np.log(np.maximum(facing / LIGHT[2], 0.05))
    low, high = np.percentile(light[inside], [5, 95])
    return floats(light / (high - low)) if high - low > 1e-3 else flat
