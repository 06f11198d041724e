"""A warp ikat: lozenges dyed into the threads before weaving, their edges feathered along the warp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Field, Rng, noise
from catalogs.demo.textiles.loom import OVERSAMPLE, threads_of, weave, yarn_dyed

THREADS = 360
CREAM, INK, MADDER = linear("#efe2c8"), linear("#1c2c52"), linear("#a8323a")
SAFFRON, TEAL, ROSE = linear("#dd9a36"), linear("#2a7c80"), linear("#d98a80")


def ikat(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Weave the ikat: red and blue lozenges that fill the cloth, two of each across."""
    cloth = weave(rng, size_px, THREADS, "rep")
    side = size_px * OVERSAMPLE
    down = ((np.arange(side, dtype=np.float32) + 0.5) / side)[:, None]
    bled = 0.0030 * noise(rng, (side, side), side / 320, side / 50)
    ends = cloth.thread[..., 0]
    y = down + _slip(rng)[ends] + bled
    x = (ends + 0.5) / THREADS
    warp = _pattern(np.asarray(x, np.float32), np.asarray(y, np.float32))
    uneven = np.exp(0.07 * rng.standard_normal(THREADS))[ends]
    weft = threads_of(rng, [(MADDER * 0.35 + INK * 0.3, 1)], THREADS)
    return yarn_dyed(cloth, np.asarray(warp * uneven[..., None], np.float32), weft)


def _slip(rng: Rng) -> Field:
    # Threads are dyed in bundles; on the loom bundles and single threads slip against each other.
    bundle = np.repeat(rng.normal(0, 0.0058, THREADS // 6), 6)
    single = rng.normal(0, 0.0040, THREADS)
    return np.asarray(bundle + single, np.float32)


def _pattern(x: Field, y: Field) -> Field:
    u = np.abs(np.mod(2 * x, 1) - 0.5) * 2
    v = np.abs(np.mod(y, 1) - 0.5) * 2
    red = u + v < 1
    # Seen from the middle of its own lozenge, every point lies at 0..1 of the way to the edge.
    u, v = np.where(red, u, 1 - u), np.where(red, v, 1 - v)
    # Stepped flanks: dyers bind whole bundles, so that a slope becomes a stair.
    stair = np.floor(u * 12) / 12 + 0.25 * (u - np.floor(u * 12) / 12)
    far = stair + v
    colours = np.where(red[..., None], MADDER, INK).astype(np.float32)
    for edge, in_red, in_blue in (
        (0.93, CREAM, CREAM), (0.885, INK, MADDER), (0.80, CREAM, CREAM), (0.765, MADDER, INK),
        (0.565, SAFFRON, ROSE), (0.495, INK, CREAM), (0.44, CREAM, TEAL), (0.27, TEAL, CREAM),
        (0.20, CREAM, MADDER), (0.115, MADDER, SAFFRON),
    ):  # fmt: skip
        here = far < edge
        colours[here] = np.where(red[..., None], in_red, in_blue)[here]
    # Combs along the broad band and a cross of small diamonds at the heart.
    comb = np.abs(np.mod(v * 13, 1) - 0.5) < 0.24
    colours[comb & (far > 0.63) & (far < 0.765) & red] = CREAM
    colours[comb & (far > 0.66) & (far < 0.765) & ~red] = TEAL
    beads = np.abs(np.mod(v * 7, 1) - 0.5) + 2.2 * np.abs(u - 0.02) < 0.34
    colours[beads & (far > 0.30) & (far < 0.43)] = SAFFRON
    return colours
