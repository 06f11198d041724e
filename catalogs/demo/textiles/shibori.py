"""A tied indigo cotton: rings of puckers bound by hand, in rows, the dye run into every fold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Field, Rng, fractal, grid, noise, smoothstep
from catalogs.demo.textiles.loom import OVERSAMPLE, printed, weave

ROWS = 4


def shibori(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Dye the cotton: sixteen webs, each row half a web beside the next."""
    side = size_px * OVERSAMPLE
    shape = (side, side)
    rows, columns = grid(shape)
    bend = side * 0.008
    y = np.asarray((rows + bend * noise(rng, shape, side / 12)) / side, np.float32)
    x = np.asarray((columns + bend * noise(rng, shape, side / 12)) / side, np.float32)
    undyed = np.zeros(shape, np.float32)
    for row in range(ROWS):
        for column in range(ROWS):
            middle = ((column + 0.5 * (row % 2) + 0.25) / ROWS, (row + 0.5) / ROWS)
            window = _around(middle, side)
            undyed[window] = np.maximum(undyed[window], _web(rng, x[window], y[window], middle))
    streaks = fractal(rng, shape, side / 18, 5, fade=0.62)
    depth = np.clip(1 - undyed + 0.10 * streaks, 0, 1.15)
    white, pale, indigo = linear("#f1efe6"), linear("#7f9fc0"), linear("#16264f")
    half = smoothstep(depth, 0.0, 0.55)[..., None]
    full = smoothstep(depth, 0.35, 1.1)[..., None]
    picture = (white * (1 - half) + pale * half) * (1 - full) + indigo * full
    return printed(weave(rng, size_px, 320, "plain"), np.asarray(picture, np.float32), rng, depth=0.55)


def _around(middle: tuple[float, float], side: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    # The pixels that a web can reach, over the sheet's edge if need be.
    reach = int(0.68 / ROWS * side)
    columns, rows = (np.arange(round(at * side) - reach, round(at * side) + reach) % side for at in middle)
    return rows[:, None], columns[None, :]


def _web(rng: Rng, x: Field, y: Field, middle: tuple[float, float]) -> Field:
    # Thread wound round a gathered point leaves rings; the gathers leave rays that cross them.
    right = np.mod(x - middle[0] + 0.5, 1) - 0.5
    down = np.mod(y - middle[1] + 0.5, 1) - 0.5
    angle = np.arctan2(down, right)
    ragged = sum(rng.normal(0, 0.05) * np.cos(k * angle + rng.uniform(0, 6)) for k in (2, 3, 5, 9))
    far = np.hypot(right, down) * ROWS / (0.47 * (1 + ragged))
    count = int(rng.integers(26, 34))
    rays = 0.5 + 0.5 * np.cos(count * angle + 2.2 * np.sin(5 * angle + rng.uniform(0, 6)) + 1.5 * far)
    rings = 0.5 + 0.5 * np.cos(2 * np.pi * (far * 5.2 + 0.10 * np.sin(7 * angle + rng.uniform(0, 6))))
    edge = smoothstep(far, 1.0, 0.86)
    rim = np.exp(-(((far - 0.90) / 0.06) ** 2))
    inside = (0.25 + 0.75 * rings) * (0.30 + 0.70 * rays)
    heart = smoothstep(far, 0.16, 0.05)
    return np.asarray(
        edge * np.clip(0.85 * inside + 0.75 * rim * (0.5 + 0.5 * rays) + heart, 0, 1), np.float32
    )
