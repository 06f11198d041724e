"""Flowers, leaves and berries, drawn petal by petal: filled shapes, lighter hearts, veins, an outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalogs.demo.studio.curves import Points, offset, ring, spline
from catalogs.demo.studio.fields import Rng
from catalogs.demo.textiles.press import Press, blend


@dataclass(frozen=True)
class Place:
    """Where a motif stands on the sheet: middle, size (its radius) and turn in radians."""

    x: float
    y: float
    size: float
    turn: float

    def put(self, points: Points) -> Points:
        """Return points of the motif (radius 1, facing up) as points of the sheet."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]) * self.size + [self.x, self.y])


def petal(length: float, width: float, *, notch: float = 0.0, tip: float = 0.75) -> Points:
    """Return a petal that grows up from (0, 0), broadest at ``tip`` of it, dented by ``notch``."""
    right = [[0.10 * width, 0], [0.62 * width, -0.45 * tip * length], [width, -tip * length]]
    top = [[0.55 * width, -0.97 * length], [0, -(1 - notch) * length], [-0.55 * width, -0.97 * length]]
    left = [[-x, y] for x, y in reversed(right)]
    return ring(np.array([*right, *top, *left]))


def turned(points: Points, angle: float) -> Points:
    """Return points turned about (0, 0), clockwise as y runs down."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def peony(press: Press, rng: Rng, place: Place, *, ink: str, light: str, line: str, heart: str) -> None:
    """Print a full bloom: four rings of notched petals, each smaller and paler, round a heart of stamens."""
    pen = 0.020 * place.size
    for rank, (count, length, width) in enumerate(
        ((8, 1.0, 0.36), (7, 0.78, 0.32), (6, 0.56, 0.26), (5, 0.36, 0.19))
    ):
        base = blend(ink, light, 0.12 + 0.20 * rank)
        start = rng.uniform(0, 2 * np.pi)
        for k in range(count):
            angle = start + 2 * np.pi * k / count + rng.normal(0, 0.07)
            reach = length * rng.uniform(0.93, 1.05)
            shape = turned(petal(reach, width, notch=rng.uniform(0.05, 0.14), tip=0.72), angle)
            _shaded(press, place, shape, base, light, line, pen)
            for spread in (-0.45, -0.15, 0.15, 0.45):
                vein = spline([[0.2 * spread * width, -0.35 * reach], [0.9 * spread * width, -0.62 * reach],
                               [1.1 * spread * width, -0.86 * reach]])  # fmt: skip
                press.line(place.put(turned(vein, angle)), line, 0.6 * pen, 0.45)
    for _ in range(26):
        angle, reach = rng.uniform(0, 2 * np.pi), 0.17 * np.sqrt(rng.uniform(0, 1))
        x, y = place.put(np.array([[reach * np.cos(angle), reach * np.sin(angle)]]))[0]
        press.dot(x, y, 0.024 * place.size, heart)


def anemone(press: Press, rng: Rng, place: Place, *, ink: str, light: str, line: str, heart: str) -> None:
    """Print an open flower: two rings of broad petals with fine veins, a dark eye in a crown of stamens."""
    pen = 0.022 * place.size
    for rank, count in enumerate((6, 5)):
        start = rng.uniform(0, 2 * np.pi)
        for k in range(count):
            angle = start + 2 * np.pi * k / count + rng.normal(0, 0.06)
            reach = (1.0, 0.84)[rank] * rng.uniform(0.94, 1.04)
            shape = turned(petal(reach, 0.42, notch=0.02, tip=0.62), angle)
            _shaded(press, place, shape, blend(ink, light, 0.2 * rank), light, line, pen)
            for spread in np.linspace(-0.7, 0.7, 7):
                vein = spline(
                    [[0, -0.22 * reach], [0.22 * spread, -0.5 * reach], [0.30 * spread, -0.80 * reach]]
                )
                press.line(place.put(turned(vein, angle)), line, 0.5 * pen, 0.40)
    for k in range(24):
        angle = 2 * np.pi * k / 24 + rng.normal(0, 0.05)
        reach = rng.uniform(0.27, 0.36)
        tip = np.array([np.sin(angle), -np.cos(angle)]) * reach
        press.line(place.put(np.stack([tip * 0.3, tip])), heart, 0.5 * pen)
        press.dot_at(place.put(tip[None])[0], 0.026 * place.size, heart)
    press.dot(place.x, place.y, 0.17 * place.size, heart)
    press.dot(place.x, place.y, 0.11 * place.size, blend(heart, light, 0.25))


def daisy(press: Press, rng: Rng, place: Place, *, ink: str, light: str, line: str, heart: str) -> None:
    """Print a small flower with many narrow petals."""
    pen = 0.035 * place.size
    count = int(rng.integers(9, 13))
    for k in range(count):
        angle = 2 * np.pi * k / count + rng.normal(0, 0.05) + place.turn
        reach = rng.uniform(0.9, 1.05)
        shape = turned(petal(reach, 0.21, notch=0.03, tip=0.7), angle)
        _shaded(press, place, shape, ink, light, line, pen)
        press.line(place.put(turned(np.array([[0, -0.4], [0, -0.75 * reach]]), angle)), line, 0.6 * pen, 0.4)
    press.dot(place.x, place.y, 0.28 * place.size, line)
    press.dot(place.x, place.y, 0.24 * place.size, heart)
    for _ in range(10):
        angle, reach = rng.uniform(0, 2 * np.pi), 0.18 * np.sqrt(rng.uniform(0, 1))
        x, y = place.put(np.array([[reach * np.cos(angle), reach * np.sin(angle)]]))[0]
        press.dot(x, y, 0.035 * place.size, line, 0.6)


def leaf(press: Press, rng: Rng, place: Place, *, ink: str, light: str, line: str) -> None:
    """Print a leaf with a bent midrib, one half lighter, side veins."""
    pen = 0.028 * place.size
    bend = rng.uniform(-0.25, 0.25)
    rib = spline([[0, 0.9], [0.6 * bend, 0.3], [bend, -0.3], [0.5 * bend, -1.0]])
    t = np.linspace(0, 1, len(rib))
    swell = 0.40 * np.sin(np.pi * t**0.8) ** 0.9
    sides = [rib + (offset(rib, 1.0) - rib) * (way * swell)[:, None] for way in (1, -1)]
    press.fill(place.put(np.concatenate([sides[0], sides[1][::-1]])), ink)
    press.fill(place.put(np.concatenate([sides[0], rib[::-1]])), blend(ink, light, 0.45))
    for share in np.linspace(0.18, 0.82, 7):
        k = int(share * (len(rib) - 1))
        for side in sides:
            end = min(k + len(rib) // 7, len(rib) - 1)
            vein = np.stack([rib[k], 0.45 * rib[k] + 0.55 * side[end], 0.14 * rib[end] + 0.86 * side[end]])
            press.line(place.put(spline(vein)), line, 0.55 * pen, 0.55)
    press.line(place.put(rib), line, 0.9 * pen)
    press.line(place.put(np.concatenate([sides[0], sides[1][::-1], sides[0][:1]])), line, 0.6 * pen, 0.75)


def sprig(press: Press, rng: Rng, place: Place, *, stem: str, berry: str, light: str) -> None:
    """Print a twig with berries on short stalks."""
    pen = 0.035 * place.size
    bow = rng.uniform(-0.35, 0.35)
    rib = spline([[0, 1.0], [bow, 0.2], [0.4 * bow, -0.9]])
    press.line(place.put(rib), stem, pen)
    for k, share in enumerate(np.linspace(0.25, 1.0, 7)):
        root = rib[int(share * (len(rib) - 1))]
        way = 1 if k % 2 else -1
        reach = 0.42 * (1.15 - 0.5 * share)
        tip = root + np.array([way * reach, -0.30 * reach]) if share < 1 else root
        press.line(place.put(spline([root, (root + tip) / 2 + [0, 0.05], tip])), stem, 0.7 * pen)
        x, y = place.put(tip[None])[0]
        size = 0.125 * place.size * rng.uniform(0.8, 1.15)
        press.dot(x, y, size, berry)
        press.dot(x - 0.3 * size, y - 0.3 * size, 0.32 * size, light, 0.8)


def _shaded(press: Press, place: Place, shape: Points, base: str, light: str, line: str, pen: float) -> None:
    # Paler towards the tip, in three flat steps as blocks print them, then the outline.
    outline = place.put(shape)
    press.fill(outline, base)
    tip = shape[int(np.argmax(np.hypot(shape[:, 0], shape[:, 1])))]
    for share, opacity in ((0.74, 0.30), (0.48, 0.38)):
        press.fill(place.put(tip * (1 - share) * 0.86 + shape * share), light, opacity)
    press.line(np.concatenate([outline, outline[:1]]), line, pen, 0.85)
