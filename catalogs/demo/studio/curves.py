"""Smooth lines through a few points, ``(N, 2)`` x, y: outlines of pattern pieces, folds, seams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
PointLike = Sequence[Sequence[float] | Points] | Points


def spline(points: PointLike, step: int = 12) -> Points:
    """Return a smooth open line through ``points`` (centripetal Catmull-Rom), ``step`` pieces between two.

    Two points give a straight line.
    """
    knots = np.asarray(points, np.float64)
    if len(knots) < 3:
        return np.linspace(knots[0], knots[-1], step + 1)
    ends = [2 * knots[0] - knots[1], *knots, 2 * knots[-1] - knots[-2]]
    pieces = [_between(ends[i : i + 4], step) for i in range(len(knots) - 1)]
    return np.concatenate([*pieces, knots[-1:]])


def ring(points: PointLike, step: int = 8) -> Points:
    """Return a smooth closed line through ``points``; the last point is not the first again."""
    knots = np.asarray(points, np.float64)
    count = len(knots)
    pieces = [_between([knots[(i + j) % count] for j in (-1, 0, 1, 2)], step) for i in range(count)]
    return np.concatenate(pieces)


def path(*runs: PointLike) -> Points:
    """Return the runs one after the other, each smooth in itself, a corner between two."""
    return np.concatenate([spline(run) for run in runs])


def mirrored(points: PointLike) -> Points:
    """Return the line reflected at x = 0, run backwards: it goes on where the line ended."""
    flipped = np.asarray(points, np.float64)[::-1].copy()
    flipped[:, 0] *= -1
    return flipped


def reflected(points: PointLike) -> Points:
    """Return the line reflected at x = 0, run forwards."""
    flipped = np.array(points, np.float64)
    flipped[:, 0] *= -1
    return flipped


def symmetric(*runs: PointLike) -> Points:
    """Return a closed outline of a right half, which starts and ends on x = 0, and its mirror image.

    Where a run meets x = 0 it passes smoothly into its mirror image.
    """
    halves = [_half(run) for run in runs]
    return np.concatenate([*halves, *(mirrored(half) for half in reversed(halves))])


def spanning(half: PointLike) -> Points:
    """Return the line from left to right whose right half, from x = 0 outwards, runs through ``half``."""
    right = _half(half)
    return np.concatenate([mirrored(right), right[1:]])


def offset(points: PointLike, distance: float) -> Points:
    """Return the line moved sideways, to its right (seen along it, y downwards) for positive distances."""
    line = np.asarray(points, np.float64)
    tangent = np.gradient(line, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    return np.asarray(line + distance * np.stack([-tangent[:, 1], tangent[:, 0]], axis=1))


def lengths(points: Points) -> NDArray[np.float64]:
    """Return the length of the line up to each point."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def at(points: Points, distances: Iterable[float]) -> Points:
    """Return the points that lie ``distances`` along the line."""
    run = lengths(points)
    wanted = np.asarray(list(distances), np.float64)
    return np.stack([np.interp(wanted, run, points[:, axis]) for axis in (0, 1)], axis=1)


def part_of(points: Points, start: float, end: float) -> Points:
    """Return the stretch between two shares (0..1) of the line's length, in equal steps."""
    total = lengths(points)[-1]
    return at(points, np.linspace(start * total, end * total, max(8, len(points))))


def _half(run: PointLike) -> Points:
    knots = np.asarray(run, np.float64)
    if len(knots) < 3:
        return spline(knots)
    if abs(knots[0, 0]) < 1e-9:
        whole = spline(np.concatenate([mirrored(knots), knots[1:]]))
        return whole[len(whole) // 2 :]
    if abs(knots[-1, 0]) < 1e-9:
        return _half(knots[::-1])[::-1]
    return spline(knots)


def _between(knots: Sequence[Points], step: int) -> Points:
    # Barry and Goldman's pyramid with knots spaced by the square root of the chord: no loops, no overshoot.
    p0, p1, p2, p3 = knots
    t0 = 0.0
    t1 = t0 + max(float(np.linalg.norm(p1 - p0)) ** 0.5, 1e-6)
    t2 = t1 + max(float(np.linalg.norm(p2 - p1)) ** 0.5, 1e-6)
    t3 = t2 + max(float(np.linalg.norm(p3 - p2)) ** 0.5, 1e-6)
    t = np.linspace(t1, t2, step, endpoint=False)[:, None]
    a1 = (t1 - t) / (t1 - t0) * p0 + (t - t0) / (t1 - t0) * p1
    a2 = (t2 - t) / (t2 - t1) * p1 + (t - t1) / (t2 - t1) * p2
    a3 = (t3 - t) / (t3 - t2) * p2 + (t - t2) / (t3 - t2) * p3
    b1 = (t2 - t) / (t2 - t0) * a1 + (t - t0) / (t2 - t0) * a2
    b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
    return np.asarray((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2)
