"""What garments are photographed on: seamless paper, painted plaster, oak boards, washed linen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Field, Rng, blur, fractal, noise, smoothstep, warp
from catalogs.demo.studio.frame import Frame


@dataclass(frozen=True)
class Backdrop:
    """A surface: ``albedo`` ``(H, W, 3)`` linear light, ``height_mm`` ``(H, W)``."""

    albedo: Field
    height_mm: Field


def paper(frame: Frame, rng: Rng, colour: str) -> Backdrop:
    """Return a roll of seamless studio paper: nearly even, a trace of tooth, lighter in the middle."""
    tone = 0.010 * fractal(rng, frame.shape, frame.px(300), 3) + 0.006 * noise(rng, frame.shape, 2.0)
    return Backdrop(_toned(colour, tone - _vignette(frame, 0.16)), 0.012 * noise(rng, frame.shape, 2.4))


def plaster(frame: Frame, rng: Rng, colour: str) -> Backdrop:
    """Return a painted wall: trowel strokes under matt paint, cloudy, a few pits."""
    shape = frame.shape
    clouds = 0.040 * fractal(rng, shape, frame.px(420), 6, fade=0.62)
    strokes = noise(rng, shape, frame.px(34), frame.px(11)) + noise(rng, shape, frame.px(12), frame.px(40))
    bend = frame.px(9)
    strokes = warp(strokes, bend * noise(rng, shape, frame.px(60)), bend * noise(rng, shape, frame.px(60)))
    here = smoothstep(noise(rng, shape, frame.px(150)), -0.8, 1.4)
    pits = smoothstep(noise(rng, shape, frame.px(4)), 3.0, 3.8)
    height = 0.10 * strokes * here + 0.05 * fractal(rng, shape, frame.px(9), 3) - 0.5 * pits
    return Backdrop(
        _toned(colour, clouds + 0.008 * strokes - _vignette(frame, 0.20)), np.asarray(height, np.float32)
    )


def boards(frame: Frame, rng: Rng, colour: str, *, width_mm: float = 135.0, upright: bool = True) -> Backdrop:
    """Return oiled boards with grain, cathedrals, a few knots and dark joints."""
    shape = frame.shape if upright else frame.shape[::-1]
    scale = frame.scale
    across = ((np.arange(shape[1], dtype=np.float32) + 0.5) / scale)[None, :] + rng.uniform(0, width_mm)
    along = ((np.arange(shape[0], dtype=np.float32) + 0.5) / scale)[:, None]
    index = np.floor(across / width_mm).astype(int)
    index = index - index.min()
    within = np.mod(across, width_mm) / width_mm - 0.5
    tone, height = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    hue = np.zeros(shape, np.float32)
    length = 900.0
    for board in range(int(index.max()) + 1):
        columns = np.flatnonzero(index[0] == board)
        here = (slice(None), slice(int(columns[0]), int(columns[-1]) + 1))
        board_tone, board_hue = _board(within[:, here[1]], along, rng)
        tone[here], hue[here] = board_tone, board_hue
        ends = np.mod(along + rng.uniform(0, length), length)
        height[here] -= 1.6 * smoothstep(np.minimum(ends, length - ends), 1.6, 0.4)
    gap = np.abs(np.abs(within) - 0.5) * width_mm
    height -= 1.8 * smoothstep(gap, 2.0, 0.5) + 0.5 * smoothstep(gap, 6.0, 1.0)
    pores = smoothstep(noise(rng, shape, 1.6, 26.0), 1.2, 2.4)
    tone -= 0.16 * pores + 0.55 * smoothstep(-height, 0.6, 1.6)
    height -= 0.05 * pores
    if not upright:
        tone, hue, height = tone.T, hue.T, height.T
    albedo = _toned(colour, np.ascontiguousarray(tone) - _vignette(frame, 0.14))
    albedo = albedo * (1 + hue[..., None] * np.array([0.05, 0.0, -0.10], np.float32))
    return Backdrop(np.asarray(albedo, np.float32), np.ascontiguousarray(height))


def linen(frame: Frame, rng: Rng, colour: str) -> Backdrop:
    """Return a washed linen sheet: slubby threads, soft creases from the line."""
    shape = frame.shape
    sway = 1.5 * noise(rng, shape, frame.px(60))
    pitch = 3.4 / frame.scale * 1.15
    warps = np.sin(2 * np.pi * (frame.x_mm / pitch / 1.0) + sway)
    wefts = np.sin(2 * np.pi * (frame.y_mm / pitch / 1.0) + sway)
    slubs = noise(rng, shape, frame.px(36), 1.8) + noise(rng, shape, 1.8, frame.px(36))
    waves = noise(rng, shape, frame.px(190), frame.px(120))
    crests = np.exp(-np.abs(noise(rng, shape, frame.px(210), frame.px(260))) * 14)
    crests = blur(crests, frame.px(3)) * smoothstep(noise(rng, shape, frame.px(260)), 0.0, 1.4)
    height = 1.5 * waves + 2.4 * crests + 0.035 * (warps + wefts) + 0.05 * slubs
    tone = 0.028 * slubs + 0.015 * (warps * wefts) + 0.02 * fractal(rng, shape, frame.px(200), 3)
    return Backdrop(_toned(colour, tone - _vignette(frame, 0.14)), np.asarray(height, np.float32))


def _board(within: Field, along: Field, rng: Rng) -> tuple[Field, Field]:
    # Growth rings cut lengthways: contour lines of a long, shallow hill give straight grain and cathedrals.
    shape = (along.shape[0], within.shape[1])
    centre = rng.uniform(-0.5, 0.5)
    hill = 10.0 * (within - centre) ** 2 * rng.uniform(0.5, 1.4)
    drift = 0.9 * noise(rng, shape, 120, 700) + 0.12 * noise(rng, shape, 14, 160)
    slope = along * np.float32(rng.uniform(0.0008, 0.004) * rng.choice([-1, 1]))
    rings = (hill + slope) * 9 + drift
    phase = np.mod(rings, 1.0)
    late = smoothstep(phase, 0.25, 0.95) * smoothstep(phase, 1.0, 0.95)
    tone = rng.normal(0, 0.11) - 0.13 * late + 0.05 * noise(rng, shape, 8, 220)
    hue = np.float32(rng.normal(0, 0.7)) + 0.25 * noise(rng, shape, 40, 300)
    return np.asarray(tone, np.float32), np.asarray(hue, np.float32)


def _toned(colour: str, tone: Field) -> Field:
    return np.asarray(linear(colour) * np.exp(tone)[..., None], np.float32)


def _vignette(frame: Frame, depth: float) -> Field:
    x, y = frame.x_mm / frame.width_mm - 0.5, frame.y_mm / frame.height_mm - 0.5
    return np.asarray(np.float32(depth) * smoothstep(np.sqrt(x**2 + y**2), 0.25, 0.85), np.float32)
