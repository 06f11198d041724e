"""A picture's colours: the few that a person would name, and a descriptor of all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.oklab import oklab_of, rgb_of_oklab
from nst_core.garment.pixels import Image
from nst_core.scoring.alike.signs import normals

NAMED, FEATURES = 6, 32
# A colour of less is not named.
LEAST_SHARE = 0.02
# Colours nearer than this are one: to the descriptor in OKLab × 100, to a person who names them in hue first.
NEAR, ONE = 10.0, 9.0
# Folds change how light a colour is, seldom its hue.
HUE_FIRST = np.array([0.6, 2.0, 2.0])
# So many px are looked at, spread over the picture.
LOOKED_AT = 20_000
_ROUNDS = 8
# More cubes a side than OKLab × 100 fills, whatever the axis.
_AXIS = 1024

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Colours:
    """What a picture is coloured like.

    Attributes:
        named: at most six colours, hex, the one with the largest share first.
        shares: of the garment that is nearest to each; they add up to 1.
        descriptor: 32 whole numbers within ±127; empty without any colours.
    """

    named: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    descriptor: tuple[int, ...] = ()


def colours_of(rgb: NDArray[np.uint8], where: Image | None = None) -> Colours:
    """Return the colours of a picture, or of the part of it that is garment.

    The descriptor is the mean of 32 random waves over the colours in OKLab: the distance of two is about how
    far the two clouds of colours are apart (maximum mean discrepancy with a Gaussian of 10).

    Args:
        rgb: ``(H, W, 3)`` uint8.
        where: ``(H, W)`` in [0, 1]: of what is over .5; None: of all.

    Source:
        Rahimi, Recht (2007), "Random features for large-scale kernel machines"; Lloyd's rounds from the
        farthest colours for those that are named.
    """
    seen = rgb.reshape(-1, 3) if where is None else rgb[where > 0.5]
    if not len(seen):
        return Colours()
    every = -(-len(seen) // LOOKED_AT)
    lab = oklab_of(seen[::every]).astype(np.float64)
    centres = _centres(lab)
    shares = _shares(lab, centres)
    centres = centres[shares >= LEAST_SHARE]
    shares = _shares(lab, centres)
    nearest = _distances(lab * HUE_FIRST, centres).argmin(1)
    order = np.argsort(-shares, kind="stable")
    told = np.stack([_purest(lab[nearest == one]) for one in order])
    hexes = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in rgb_of_oklab(told)]
    return Colours(tuple(hexes), tuple(round(float(s), 4) for s in shares[order]), _descriptor(lab))


def _shares(lab: Floats, centres: Floats) -> Floats:
    nearest = _distances(lab * HUE_FIRST, centres).argmin(1)
    counts: Floats = np.bincount(nearest, minlength=len(centres)).astype(np.float64)
    return counts / len(lab)


def _descriptor(lab: Floats) -> tuple[int, ...]:
    waves = normals("colour waves", 3, FEATURES) / NEAR
    phases = 2 * np.pi * (np.arange(FEATURES) * 0.6180339887 % 1)
    return tuple(int(one) for one in np.rint(127 * np.cos(lab @ waves + phases).mean(0)))


def _purest(lab: Floats) -> Floats:
    """Return the colour that px are meant to have: folds and woven edges mix white and black into it."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    meant: Floats = np.median(lab[chroma >= np.quantile(chroma, 0.7)], axis=0)
    return meant


def _centres(lab: Floats) -> Floats:
    """Return at most six centres, no two nearer than ``ONE``, in hue rather than in light."""
    colours, counts = _cubes(lab)
    points = colours * HUE_FIRST
    centres: Floats = points[[counts.argmax()]]
    while len(centres) < NAMED:
        # far and frequent: a thread of another colour is not named before a ground's second shade
        far = _distances(points, centres).min(1)
        far[far < ONE**2] = 0
        gain = np.sqrt(counts) * far
        if not gain.any():
            break
        centres = np.concatenate([centres, points[[gain.argmax()]]])
    for _ in range(_ROUNDS):
        nearest = _distances(points, centres).argmin(1)
        total = np.bincount(nearest, counts, len(centres))
        sums = np.stack([np.bincount(nearest, counts * axis, len(centres)) for axis in points.T], 1)
        centres = np.where(total[:, None] > 0, sums / np.maximum(total, 1)[:, None], centres)
    return centres


def _cubes(lab: Floats) -> tuple[Floats, Floats]:
    """Return the mean colour of each filled cube of 4 a side, and how many px are in it."""
    light, a, b = np.floor(lab / 4).astype(np.int64).T + _AXIS // 2
    _, cube = np.unique((light * _AXIS + a) * _AXIS + b, return_inverse=True)
    counts = np.bincount(cube).astype(np.float64)
    return np.stack([np.bincount(cube, axis) for axis in lab.T], 1) / counts[:, None], counts


def _distances(points: Floats, centres: Floats) -> Floats:
    columns = np.ascontiguousarray(points.T)
    found = np.empty((len(points), len(centres)))
    for place, centre in enumerate(centres):
        light, a, b = (columns - centre[:, None]) ** 2
        found[:, place] = light + a + b
    return found
