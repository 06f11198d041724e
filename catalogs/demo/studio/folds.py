"""How cloth gives way: creases, drapes, gathers and puckers, in mm of height over a frame."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.curves import Points, spline
from catalogs.demo.studio.fields import Field, Rng, blur, enlarged, fractal, noise, ridges, smoothstep, warp
from catalogs.demo.studio.frame import Frame, Patch

Taper = Literal["both", "end", "none"]


def crease(
    frame: Frame,
    height: Field,
    line: Points,
    *,
    width_mm: float,
    depth_mm: float,
    skew: float = 0.0,
    taper: Taper = "both",
) -> None:
    """Raise one fold along ``line`` in ``height``: a crest between two shallow valleys.

    Args:
        width_mm: from the crest to where the flank crosses the ground.
        depth_mm: height of the crest; negative for a valley.
        skew: -1..1, which flank is the gentle one.
        taper: where the fold dies away: at both ends, at its end only, or nowhere.
    """
    ribbon = frame.ribbon(line, width_mm * 4.5)
    flank = np.where(ribbon.across_mm > 0, width_mm * (1 + 0.6 * skew), width_mm * (1 - 0.6 * skew))
    u = np.clip(ribbon.across_mm / flank.astype(np.float32), -9, 9)
    profile = (1 - 0.5 * u**2) * np.exp(-0.5 * u**2)
    t = ribbon.along_mm / np.float32(max(ribbon.length_mm, 1e-6))
    profile *= _tapered(t, taper)
    height[ribbon.window] += np.asarray(depth_mm * profile, np.float32)


def fan(
    frame: Frame,
    height: Field,
    rng: Rng,
    *,
    origin: tuple[float, float],
    towards_deg: tuple[float, float],
    count: int,
    length_mm: tuple[float, float],
    width_mm: float,
    depth_mm: float,
    spread_mm: float = 14.0,
    way: int = 1,
    bend: float = 0.12,
) -> None:
    """Raise folds that radiate from a point under tension (an armpit, a crotch, a knot) and die away.

    Angles are in degrees from the x axis, clockwise as y runs down; ``way`` -1 mirrors them left to right.
    Lengths are drawn from the range.
    """
    for angle in np.linspace(*towards_deg, count):
        angle = angle if way > 0 else 180 - angle
        heading = np.radians(angle + rng.normal(0, 4))
        reach = rng.uniform(*length_mm)
        along = np.array([np.cos(heading), np.sin(heading)])
        aside = np.array([-along[1], along[0]])
        start = (
            np.asarray(origin)
            + along * rng.uniform(-0.5, 1.5) * spread_mm
            + aside * rng.normal(0, spread_mm / 2)
        )
        sway = rng.normal(0, bend) * reach
        middle = start + along * reach * 0.5 + aside * sway
        end = start + along * reach + aside * sway * rng.uniform(-0.3, 1.2)
        crease(
            frame,
            height,
            spline([start, middle, end]),
            width_mm=width_mm * rng.uniform(0.7, 1.3),
            depth_mm=depth_mm * rng.uniform(0.4, 1.2),
            skew=rng.uniform(-0.8, 0.8),
            taper="end",
        )


def crumple(frame: Frame, rng: Rng, *, grain_mm: float, slope: float, lean: float = 1.0) -> Field:
    """Return the unrest of cloth that was worn or folded: soft swells and a few sharper, wandering crests.

    Args:
        grain_mm: from one swell to the next.
        slope: how steep their flanks are on average, mm per mm; .1 is calm, .3 is slept in.
        lean: above 1 the swells run down the picture, below 1 across.
    """
    coarse = max(1, int(frame.px(grain_mm) / 24))
    shape = (-(-frame.shape[0] // coarse), -(-frame.shape[1] // coarse))
    grain = frame.px(grain_mm) / coarse
    swells = noise(rng, shape, grain, grain * lean)
    crests = blur(ridges(rng, shape, grain * 0.8, grain * 0.8 * lean), grain / 16)
    here = smoothstep(noise(rng, shape, grain * 1.5), 0.0, 1.5)
    bend = grain * 0.3
    field = swells + 1.4 * crests * here
    field = warp(field, bend * noise(rng, shape, grain * 1.1), bend * noise(rng, shape, grain * 1.1))
    down, right = np.gradient(field)
    steep = float(np.sqrt((right**2 + down**2).mean())) * frame.scale / coarse
    return enlarged((field - np.quantile(field, 0.25)) * np.float32(slope / steep), frame.shape)


class Gathers:
    """The pipes of gathered cloth: many and small at the gathering seam, few and deep at the hem.

    Args:
        rng: decides where the pipes fall.
        count: pipes at the hem.
        fine: pipes at the seam.
        depth_mm: from valley to crest at the hem.
    """

    def __init__(self, rng: Rng, *, count: int, fine: int, depth_mm: float) -> None:
        self._rows = [_pipes(rng, n) for n in (count, (count + fine) // 2, fine)]
        self._depth = depth_mm

    def relief(self, across: Field, down: Field) -> Field:
        """Return the height in mm.

        Args:
            across: -1 at the left edge of the cloth, 1 at its right edge, whatever its width there.
            down: 0 at the gathering seam, 1 at the hem.
        """
        sway = 0.03 * np.sin(down * 4 + 3 * across) * down
        coarse, middle, small = (
            np.interp(across + part * sway, _ACROSS, row).astype(np.float32)
            for part, row in zip((1.0, 0.7, 0.4), self._rows, strict=True)
        )
        low, high = smoothstep(down, 0.05, 0.75), smoothstep(down, 0.5, 0.02)
        between = np.clip(1 - low - high, 0, 1)
        pipes = coarse * low * (0.35 + 0.65 * down) + 0.30 * middle * between + 0.14 * small * high
        return np.asarray(np.float32(self._depth) * pipes, np.float32)


def pucker(frame: Frame, rng: Rng, line: Points, *, depth_mm: float, reach_mm: float) -> Patch:
    """Return how a seam draws the cloth beside it together, in mm: ripples that fade away from it."""
    ribbon = frame.ribbon(line, reach_mm * 2.5)
    steps = max(4, int(ribbon.length_mm / 3))
    beat = fractal(rng, (1, 2 * steps), 7.0, 3)[0]
    along = np.clip(ribbon.along_mm / np.float32(3.0), 0, steps - 1)
    ripple = np.interp(along, np.arange(len(beat)), beat).astype(np.float32)
    fade = np.exp(-np.minimum(np.abs(ribbon.across_mm) / np.float32(reach_mm), 60))
    return Patch(ribbon.window, np.float32(depth_mm) * ripple * fade)


def _tapered(t: Field, taper: Taper) -> Field:
    if taper == "none":
        return np.ones_like(t)
    if taper == "end":
        return smoothstep(t, 0.0, 0.22) * (1 - smoothstep(t, 0.25, 1.0))
    return np.asarray(np.maximum(np.sin(np.pi * np.clip(t, 0, 1)), 0) ** 0.8, np.float32)


_ACROSS = np.linspace(-1.2, 1.2, 2048)


def _pipes(rng: Rng, count: int) -> NDArray[np.float64]:
    # One row of unequal bumps: crests round, valleys narrow, none like its neighbour.
    gaps = rng.uniform(0.55, 1.5, count)
    edges = np.concatenate([[0.0], np.cumsum(gaps)]) / gaps.sum() * 2.4 - 1.2
    heights = rng.uniform(0.5, 1.0, count)
    index = np.clip(np.searchsorted(edges, _ACROSS, side="right") - 1, 0, count - 1)
    t = np.clip((_ACROSS - edges[index]) / (edges[index + 1] - edges[index]), 0, 1)
    skew = rng.uniform(0.75, 1.35, count)[index]
    return np.asarray(heights[index] * np.maximum(np.sin(np.pi * t**skew), 0) ** 0.85)
