"""Colours: sRGB as written in a palette, linear light where light is added up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.fields import Field


def linear(hexes: str) -> Field:
    """Return ``"#c8b79b"`` as ``(3,)`` linear light in 0..1."""
    text = hexes.removeprefix("#")
    codes = np.array([int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)
    return to_linear(codes)


def to_linear(srgb: Field) -> Field:
    """Return sRGB values in 0..1 as linear light (IEC 61966-2-1)."""
    values = np.clip(srgb, 0, 1)
    curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(curve, np.float32)


def to_srgb(light: Field) -> Field:
    """Return linear light as sRGB values in 0..1, clipped."""
    values = np.clip(light, 0, 1)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055).astype(
        np.float32
    )


def to_bytes(srgb: Field) -> NDArray[np.uint8]:
    """Return sRGB values in 0..1 as bytes."""
    return np.asarray(np.rint(np.clip(srgb, 0, 1) * 255), np.uint8)


def mix(under: Field, over: Field, cover: Field) -> Field:
    """Return ``over`` laid on ``under`` where ``cover`` (``(H, W)``, 0..1) says so."""
    weight = cover[..., None]
    return np.asarray(under * (1 - weight) + over * weight, np.float32)
