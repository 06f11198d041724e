"""Scalar fields over a picture: blur, noise of a chosen grain, warping. All of them close on themselves."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]
Rng = np.random.Generator


def blur(field: Field, sigma_px: float, sigma_y_px: float | None = None) -> Field:
    """Return ``field`` under a Gaussian, wrapped at the borders.

    Args:
        field: ``(H, W)``.
        sigma_px: standard deviation across, and down too unless ``sigma_y_px`` says otherwise.
        sigma_y_px: standard deviation down.
    """
    spectrum = np.fft.rfft2(field)
    spectrum *= _gaussian(field.shape, sigma_px, sigma_px if sigma_y_px is None else sigma_y_px)
    return np.fft.irfft2(spectrum, s=field.shape).astype(np.float32)


def noise(rng: Rng, shape: tuple[int, int], grain_px: float, grain_y_px: float | None = None) -> Field:
    """Return smooth noise of mean 0 and standard deviation 1 whose blobs measure about ``grain_px``."""
    down = grain_px if grain_y_px is None else grain_y_px
    return _unit(blur(rng.standard_normal(shape, dtype=np.float32), grain_px / 2, down / 2))


def fractal(rng: Rng, shape: tuple[int, int], grain_px: float, octaves: int, fade: float = 0.5) -> Field:
    """Return noise of mean 0 and deviation 1 with ever finer and fainter octaves."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        grain = grain_px / 2**octave
        if octave and grain < 1.0:
            break
        total += np.float32(fade**octave) * noise(rng, shape, grain)
    return _unit(total)


def ridges(rng: Rng, shape: tuple[int, int], grain_px: float, grain_y_px: float | None = None) -> Field:
    """Return a field in 0..1 with narrow crests on a flat ground, as crumpled cloth has them."""
    return np.exp(-np.abs(noise(rng, shape, grain_px, grain_y_px)) * np.float32(3.0))


def sample(field: Field, rows: Field, columns: Field) -> Field:
    """Return ``field`` read between its pixels at ``rows`` and ``columns`` (px), bilinear and wrapped."""
    height, width = field.shape
    top, left = np.floor(rows), np.floor(columns)
    down, right = (rows - top).astype(np.float32), (columns - left).astype(np.float32)
    r0, c0 = top.astype(np.int64) % height, left.astype(np.int64) % width
    r1, c1 = (r0 + 1) % height, (c0 + 1) % width
    upper = field[r0, c0] * (1 - right) + field[r0, c1] * right
    lower = field[r1, c0] * (1 - right) + field[r1, c1] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def warp(field: Field, right_px: Field, down_px: Field) -> Field:
    """Return ``field`` with every pixel fetched from ``right_px`` and ``down_px`` away."""
    rows, columns = grid(field.shape)
    return sample(field, rows + down_px, columns + right_px)


def enlarged(field: Field, shape: tuple[int, int]) -> Field:
    """Return a smooth field at another size."""
    size = (shape[1], shape[0])
    image = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.array(image.resize(size, Image.Resampling.BICUBIC), np.float32)


def grid(shape: tuple[int, ...]) -> tuple[Field, Field]:
    """Return the row and the column of every pixel's centre, from 0."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return rows, columns


def smoothstep(values: Field, low: float, high: float) -> Field:
    """Return 0 below ``low``, 1 above ``high``, an S between; ``low > high`` turns it round."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _unit(field: Field) -> Field:
    centred = field - field.mean()
    return np.asarray(centred / max(float(centred.std()), 1e-9), np.float32)


def _gaussian(shape: tuple[int, ...], across: float, down: float) -> Field:
    rows = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None]
    columns = np.fft.rfftfreq(shape[1]).astype(np.float32)[None, :]
    weight = -2 * math.pi**2
    return np.exp(weight * ((rows * down) ** 2 + (columns * across) ** 2)).astype(np.float32)
