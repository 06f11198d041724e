"""The kinds of arrays that garment and cloth work on, and OpenCV's steps on them with their types kept."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Rgb = NDArray[np.uint8]
Image = NDArray[np.float32]
Bits = NDArray[np.bool_]


def floats(values: ArrayLike) -> Image:
    """Return the values as float32."""
    return np.asarray(values, dtype=np.float32)


def unit(rgb: NDArray[np.uint8]) -> Image:
    """Return 8-bit values in [0, 1]."""
    return floats(rgb) / np.float32(255)


def to_lab(rgb: Rgb) -> Image:
    """Return CIE Lab (L 0..100) of ``(H, W, 3)`` sRGB."""
    return floats(cv2.cvtColor(unit(rgb), cv2.COLOR_RGB2LAB))


def to_luma(rgb: Rgb) -> Image:
    """Return the luma in [0, 1] of ``(H, W, 3)`` sRGB."""
    return floats(cv2.cvtColor(unit(rgb), cv2.COLOR_RGB2GRAY))


def eroded(bits: Bits, side_px: int) -> Bits:
    """Return where a square of so many px about a pixel is all set."""
    return np.asarray(cv2.erode(bits.astype(np.uint8), np.ones((side_px, side_px), np.uint8))) > 0


def dilated(bits: Bits, side_px: int) -> Bits:
    """Return where a square of so many px about a pixel holds a set one."""
    return np.asarray(cv2.dilate(bits.astype(np.uint8), np.ones((side_px, side_px), np.uint8))) > 0


def opened(bits: Bits, side_px: int = 3) -> Bits:
    """Return the bits without what is thinner than so many px."""
    return dilated(eroded(bits, side_px), side_px)


def fitted_size(shape: tuple[int, ...], long_side_px: int) -> tuple[int, int]:
    """Return ``(height, width)`` at another long side, no side below 1."""
    scale = long_side_px / max(shape[:2])
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def resized_rgb(rgb: Rgb, height_px: int, width_px: int) -> Rgb:
    """Return the picture at another size: averaged where it shrinks, linear where it grows."""
    return np.asarray(
        cv2.resize(rgb, (width_px, height_px), interpolation=_way(rgb, width_px)), dtype=np.uint8
    )


def resized(values: Image, height_px: int, width_px: int) -> Image:
    """Return a plane or picture at another size: averaged where it shrinks, linear where it grows."""
    return floats(cv2.resize(values, (width_px, height_px), interpolation=_way(values, width_px)))


def blurred(values: Image, sigma_px: float) -> Image:
    """Return the values through a Gaussian, the border's repeated outside."""
    return floats(cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE))


def _way(values: NDArray[np.uint8] | Image, width_px: int) -> int:
    return cv2.INTER_AREA if width_px < values.shape[1] else cv2.INTER_LINEAR
