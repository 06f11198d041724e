"""The inks that a picture is best printed with: k-means in look, from several careful starts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Rgb
from nst_core.inks.look import STRETCH, look_of, rgb_of_look
from nst_core.palettes import Ink, Palette

STARTS, CANDIDATES, ROUNDS = 8, 6, 60
# Rounds in which a colour far off its ink, in look, counts ever less.
PURER, OUTLYING = 10, 8.0
# A colour counts by its area to this power: an accent of a hundredth gets an ink before a ground of a half
# gets its third shade.
AREA_POWER = 0.6
# And once more for every 5 of its chroma (OKLab × 100): a grey more is not seen, a missing blue is.
CHROMA = 5.0
# Colours are taken one by one up to so many, else in cubes of 8 steps a side, each as its mean.
_EXACT, _CUBE_BITS = 4096, 3

Floats = NDArray[np.float64]


def choose_inks(rgb: Rgb, count: int) -> Palette:
    """Return the inks for a picture: fewer than asked for where it has no more colours.

    The same for the same pixels in any order, so also for a tile that was rolled.

    Args:
        rgb: ``(H, W, 3)`` uint8; its edges crisp, or mixes along them count as colours.
        count: 2..24.

    Source:
        Arthur, Vassilvitskii (2007), "k-means++: the advantages of careful seeding", the greedy
        form; Lloyd's rounds; the best of eight starts. Departure: at last each mean moves to the
        thick of its colours (Geman, McClure's weights), because means of photographed cloth are dull.
    """
    colours, counts = _counted(rgb)
    if len(colours) <= count:
        found = colours
    else:
        points, weights = _thinned(colours, counts)
        found = _drawn(colours, counts, _means(points, weights, count))
    ordered = sorted({(int(r), int(g), int(b)) for r, g, b in found}, key=_light_first)
    return Palette(tuple(Ink(colour) for colour in ordered), "chosen")


def best_of(rgb: Rgb, palette: Palette, count: int, *, keep: tuple[int, ...] = ()) -> Palette:
    """Return the inks of a palette that print a picture best, in the palette's order.

    One after the other, each time the ink that helps most, then exchanged for as long as that helps.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        palette: to choose from; all of it where it has no more.
        count: 2..24.
        keep: places of those that are taken in any case.
    """
    if count >= len(palette):
        return palette
    points, weights = _thinned(*_counted(rgb))
    inks = look_of([ink.rgb for ink in palette.inks]).astype(np.float64)
    costs = weights[:, None] * _squared_distances(points, inks)
    chosen = list(keep)
    while len(chosen) < count:
        chosen.append(_best_addition(costs, chosen))
    while True:
        current = costs[:, chosen].min(axis=1).sum()
        for place in range(len(keep), count):
            others = chosen[:place] + chosen[place + 1 :]
            better = _best_addition(costs, others)
            if costs[:, [*others, better]].min(axis=1).sum() < current * (1 - 1e-9):
                chosen[place] = better
                break
        else:
            return Palette(tuple(palette.inks[index] for index in sorted(chosen)), palette.name)


def _best_addition(costs: Floats, chosen: list[int]) -> int:
    left = [index for index in range(costs.shape[1]) if index not in chosen]
    totals = [costs[:, [*chosen, index]].min(axis=1).sum() for index in left]
    return left[int(np.argmin(totals))]


def has_at_most(rgb: Rgb, count: int) -> bool:
    """Tell whether a picture has no more colours than that, so that it is in inks already."""
    return len(_counted(rgb)[0]) <= count


def _counted(rgb: Rgb) -> tuple[Rgb, NDArray[np.int64]]:
    """Return the different colours ``(K, 3)``, sorted, and how often each occurs."""
    wide = rgb.reshape(-1, 3).astype(np.int64)
    keys, counts = np.unique(wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2], return_counts=True)
    colours = np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=-1)
    return colours.astype(np.uint8), counts.astype(np.int64)


def _thinned(colours: Rgb, counts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return points in look ``(K, 3)`` and what each counts."""
    points = look_of(colours).astype(np.float64)
    if len(colours) > _EXACT:
        cubes = (colours >> _CUBE_BITS).astype(np.int64)
        _, cube = np.unique(cubes[:, 0] << 16 | cubes[:, 1] << 8 | cubes[:, 2], return_inverse=True)
        total = np.bincount(cube, counts)
        sums = [np.bincount(cube, counts * axis) for axis in points.T]
        points, counts = np.stack(sums, axis=-1) / total[:, None], total.astype(np.int64)
    chroma = np.hypot(points[:, 1], points[:, 2]) / STRETCH
    return points, counts.astype(np.float64) ** AREA_POWER * (1 + chroma / CHROMA)


def _drawn(colours: Rgb, counts: NDArray[np.int64], centres: Floats) -> Rgb:
    """Return the centres as colours; where one colour makes up a third of an ink's, that colour."""
    nearest = _squared_distances(look_of(colours).astype(np.float64), centres).argmin(axis=1)
    found = rgb_of_look(centres)
    for index in range(len(centres)):
        own = np.flatnonzero(nearest == index)
        if len(own) and 3 * counts[own].max() >= counts[own].sum():
            found[index] = colours[own[counts[own].argmax()]]
    return found


def _means(points: Floats, weights: Floats, count: int) -> Floats:
    found = [_lloyd(points, weights, _seeds(points, weights, count, start)) for start in range(STARTS)]
    return _purer(points, weights, min(found, key=lambda one: one[0])[1])


def _seeds(points: Floats, weights: Floats, count: int, start: int) -> Floats:
    random = np.random.default_rng(start)
    seeds = [points[random.choice(len(points), p=weights / weights.sum())]]
    near = _squared_distances(points, seeds[0][None])[:, 0]
    while len(seeds) < count and near.any():
        chance = weights * near
        tried = random.choice(len(points), size=CANDIDATES, p=chance / chance.sum())
        after = np.minimum(near[:, None], _squared_distances(points, points[tried]))
        best = int(np.argmin(weights @ after))
        seeds.append(points[tried[best]])
        near = after[:, best]
    return np.array(seeds)


def _lloyd(points: Floats, weights: Floats, centres: Floats) -> tuple[float, Floats]:
    """Return the cost and the centres after so many rounds or once they stay."""
    for _ in range(ROUNDS):
        nearest = _squared_distances(points, centres).argmin(axis=1)
        total = np.bincount(nearest, weights, len(centres))
        sums = [np.bincount(nearest, weights * axis, len(centres)) for axis in points.T]
        kept = total > 0
        moved = centres.copy()
        moved[kept] = (np.stack(sums, axis=-1)[kept]) / total[kept, None]
        if np.abs(moved - centres).max() < 1e-3:
            break
        centres = moved
    return float(weights @ _squared_distances(points, centres).min(axis=1)), centres


def _purer(points: Floats, weights: Floats, centres: Floats) -> Floats:
    """Return centres drawn to where their points are dense, away from what is left of mixes."""
    nearest = _squared_distances(points, centres).argmin(axis=1)
    found = centres.copy()
    for index in range(len(centres)):
        own, share = points[nearest == index], weights[nearest == index]
        for _ in range(PURER if len(own) else 0):
            off = ((own - found[index]) ** 2).sum(axis=1)
            near = share / (1 + off / OUTLYING**2) ** 2
            found[index] = near @ own / near.sum()
    return found


def _squared_distances(points: Floats, centres: Floats) -> Floats:
    return np.stack([((points - centre) ** 2).sum(axis=1) for centre in centres], axis=1)


def _light_first(colour: tuple[int, int, int]) -> tuple[float, tuple[int, int, int]]:
    return -float(look_of(colour)[0]), colour
