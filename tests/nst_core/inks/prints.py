"""Pictures painted with known inks, by hand and by chance, that repeat as they are asked to."""

from __future__ import annotations

import numpy as np

from nst_core.lattice import mirrored, straightened
from nst_core.palettes import Ink, Palette

FIVE = ((235, 225, 205), (212, 85, 60), (40, 60, 130), (90, 140, 80), (25, 22, 30))


def palette(colours=FIVE) -> Palette:
    return Palette(tuple(Ink(colour) for colour in colours), "known")


def blobs(height_px, width_px, count, seed=0):
    """Return an ink map of blobs some 9 px across; it repeats straight."""
    random = np.random.default_rng(seed)
    down, right = (np.minimum(np.arange(side), side - np.arange(side)) for side in (height_px, width_px))
    near = np.exp(-(down[:, None] ** 2 + right**2) / (2 * 4.0**2))
    waves = np.fft.rfft2(random.normal(size=(count, height_px, width_px))) * np.fft.rfft2(near)
    return np.fft.irfft2(waves, s=(height_px, width_px)).argmax(axis=0).astype(np.uint8)


def painted(inks, colours=FIVE):
    return np.array(colours, np.uint8)[inks]


def noisy(inks, colours=FIVE, spread=6.0, seed=0):
    """Return a picture of the map with every pixel's colour off by chance."""
    random = np.random.default_rng(seed)
    off = random.normal(0, spread, (*inks.shape, 3))
    return np.clip(painted(inks, colours) + off, 0, 255).round().astype(np.uint8)


def cloth_of(repeat, seed=0):
    """Return a noisy tile of 48 × 64 px, or 64 × 96 where the repeat is a mirror's."""
    if repeat == "mirror":
        return mirrored(noisy(blobs(32, 48, 5, seed), seed=seed))
    return noisy(blobs(48, 64, 5, seed), seed=seed)


def endless_labels(inks, repeat):
    """Return the map three times as high and wide as its straight repeat, for another library to look at."""
    piece = straightened(inks, repeat)
    return np.tile(piece, (3, 3))
