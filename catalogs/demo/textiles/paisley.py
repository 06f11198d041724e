"""A hand-blocked paisley: botehs in half-drop rows, filled with dots, combs and flowers, on madder red."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.curves import Points, at, lengths, ring, spline
from catalogs.demo.studio.fields import Rng
from catalogs.demo.textiles.blooms import Place, daisy, petal, turned
from catalogs.demo.textiles.loom import OVERSAMPLE, printed, weave
from catalogs.demo.textiles.press import Press

GROUND, LINE, CREAM = "#8e2f33", "#2a1a22", "#f2e4c9"
OCHRE, TEAL, ROSE, INK = "#dba04a", "#2f7a78", "#dd8f82", "#22365a"
COLUMNS = 4


def paisley(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Print the paisley: four botehs across, in two rows that lean to either side."""
    press = Press(size_px * OVERSAMPLE, GROUND)
    for column in range(COLUMNS):
        for row in range(2):
            x, y = (column + 0.5) / COLUMNS, (row + 0.5) / 2 + 0.25 * (column % 2)
            colours = (INK, TEAL, ROSE) if (column + row) % 2 else (TEAL, INK, OCHRE)
            _boteh(press, rng, Place(x, y, 0.178, rng.normal(0, 0.03)), 1 if column % 2 else -1, colours)
            between = Place(x + rng.normal(0, 0.004), y + 0.25, 0.042, rng.uniform(0, 6))
            daisy(press, rng, between, ink=CREAM, light="#fff8ea", line=LINE, heart=OCHRE)
            for way in (-1, 1):
                _spray(press, rng, Place(x + 0.030 * way, y + 0.25, 0.055, way * 1.75), way)
    _specks(press, rng)
    return printed(weave(rng, size_px, 320, "plain"), press.picture(), rng, depth=0.5)


def _outline(way: int) -> Points:
    knots = [
        [0.02, 0.98], [0.42, 0.82], [0.60, 0.42], [0.50, 0.02], [0.26, -0.34], [0.14, -0.64], [0.26, -0.88],
        [0.52, -0.96], [0.30, -1.06], [0.00, -1.00], [-0.24, -0.74], [-0.42, -0.30], [-0.58, 0.16],
        [-0.58, 0.56], [-0.36, 0.88],
    ]  # fmt: skip
    return ring(np.array(knots)) * [way, 1]


def _boteh(press: Press, rng: Rng, place: Place, way: int, colours: tuple[str, str, str]) -> None:
    deep, second, bright = colours
    outline = _outline(way)
    edge = np.concatenate([outline, outline[:1]])
    spine = spline(
        np.array([[0.0, 0.40], [-0.03, 0.02], [-0.08, -0.36], [-0.06, -0.70], [0.16, -0.93]]) * [way, 1]
    )
    _hairs(press, place, edge, spine)
    shells = (
        (1.0, CREAM),
        (0.91, deep),
        (0.70, OCHRE),
        (0.64, LINE),
        (0.60, CREAM),
        (0.45, second),
        (0.25, CREAM),
    )
    for share, ink in shells:
        shell = _drawn_in(edge, spine, share)
        press.fill(place.put(shell), ink)
        if share in (0.91, 0.45):
            press.line(place.put(shell), LINE, 0.014 * place.size)
    for share, ink, gap, size in (
        (0.805, CREAM, 0.125, 0.032),
        (0.525, deep, 0.115, 0.030),
        (0.35, OCHRE, 0.10, 0.022),
    ):
        row = _drawn_in(edge, spine, share)
        run = lengths(row)[-1]
        for point in at(row, np.arange(0, run - gap / 2, run / round(run / gap))):
            press.dot_at(place.put(point[None])[0], size * place.size, ink)
    stem = spline(np.array([[0.0, 0.30], [-0.04, 0.0], [-0.08, -0.42]]) * [way, 1])
    press.line(place.put(stem), deep, 0.030 * place.size)
    for rank, share in enumerate((0.30, 0.50, 0.70, 0.88)):
        root = stem[int(share * (len(stem) - 1))]
        for side in (-1, 1):
            leaf = turned(petal(0.17 - 0.022 * rank, 0.055 - 0.008 * rank, tip=0.55), 0.85 * side) + root
            press.fill(place.put(leaf), bright if rank % 2 else second)
    x, y = place.put(np.array([[0.0, 0.38]]))[0]
    flower = Place(float(x), float(y), 0.20 * place.size, rng.uniform(0, 6))
    daisy(press, rng, flower, ink=bright, light=CREAM, line=LINE, heart=OCHRE)


def _drawn_in(edge: Points, spine: Points, share: float) -> Points:
    # Each point of the outline moves straight towards the spine, so that the bent neck narrows evenly.
    nearest = np.argmin(np.linalg.norm(edge[:, None] - spine[None], axis=2), axis=1)
    nearest = np.minimum(nearest, len(spine) - 6)
    return np.asarray(spine[nearest] * (1 - share) + edge * share)


def _hairs(press: Press, place: Place, edge: Points, spine: Points) -> None:
    roots = at(edge, np.arange(0, lengths(edge)[-1], 0.115))
    for root, tip in zip(roots, _drawn_in(roots, spine, 1.17), strict=True):
        press.line(place.put(np.stack([root, tip])), CREAM, 0.016 * place.size)
        press.dot_at(place.put(tip[None])[0], 0.026 * place.size, OCHRE)


def _spray(press: Press, rng: Rng, place: Place, way: int) -> None:
    stem = spline([[0, 0], [0.25 * way, -0.6], [0.1 * way, -1.3]])
    press.line(place.put(stem), OCHRE, 0.07 * place.size)
    for share in (0.35, 0.6, 0.85, 1.0):
        root = stem[int(share * (len(stem) - 1))]
        for side in (-1, 1):
            leaf = turned(petal(0.42, 0.13, tip=0.55), side * 0.8) + root
            press.fill(place.put(leaf), TEAL if rng.uniform() < 0.7 else ROSE)


def _specks(press: Press, rng: Rng) -> None:
    # The block's little pins, on the ground between the motifs.
    for row in range(24):
        for column in range(24):
            x, y = (column + 0.5 * (row % 2)) / 24, row / 24
            press.speck(x + rng.normal(0, 0.001), y + rng.normal(0, 0.001), 0.0026, CREAM, only_on=GROUND)
