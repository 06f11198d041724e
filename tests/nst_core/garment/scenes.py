"""Drawn product photos whose garment is known: a flat lay on wood, carpet or a bright sheet."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Outlines in units of the picture's width and height.
TEE = [
    (0.36, 0.16), (0.44, 0.19), (0.56, 0.19), (0.64, 0.16), (0.86, 0.30), (0.79, 0.42), (0.69, 0.37),
    (0.70, 0.84), (0.30, 0.84), (0.31, 0.37), (0.21, 0.42), (0.14, 0.30),
]  # fmt: skip
TROUSERS = [
    (0.33, 0.10), (0.67, 0.10), (0.74, 0.90), (0.58, 0.90), (0.51, 0.42), (0.49, 0.42),
    (0.42, 0.90), (0.26, 0.90),
]  # fmt: skip
SHIRT = [
    (0.40, 0.12), (0.60, 0.12), (0.72, 0.18), (0.92, 0.74), (0.82, 0.77), (0.68, 0.42), (0.69, 0.84),
    (0.31, 0.84), (0.32, 0.42), (0.18, 0.77), (0.08, 0.74), (0.28, 0.18),
]  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A picture and where its garment is."""

    rgb: NDArray[np.uint8]
    garment: NDArray[np.bool_]


def draw(
    outline: list[tuple[float, float]],
    *,
    colour: tuple[int, int, int],
    ground: str = "wood",
    height: int = 320,
    width: int = 240,
    folds: float = 0.15,
    shaded_side: float = 0.0,
    seed: int = 0,
) -> Scene:
    """Draw a garment with folds on a ground, with camera blur, noise and falling light."""
    random = np.random.default_rng(seed)
    rows, columns = (axis.astype(np.float32) for axis in np.indices((height, width)))
    garment = np.zeros((height, width), np.uint8)
    corners = np.array([(x * width, y * height) for x, y in outline], np.float64)
    cv2.fillPoly(garment, [np.round(corners * 16).astype(np.int32)], 1, shift=4)
    base = {"wood": (150, 105, 70), "carpet": (120, 118, 112), "sheet": (214, 208, 200)}[ground]
    picture = np.ones((height, width, 3), np.float32) * np.array(base, np.float32)
    if ground == "wood":
        boards = 0.1 * np.sign(np.sin(columns / 19)) + 0.08 * np.sin(rows / 3 + 2 * np.sin(columns / 40))
        picture *= 1 + boards[..., None]
    if ground == "carpet":
        pile = random.standard_normal((height, width)).astype(np.float32)
        picture += 22 * cv2.GaussianBlur(pile, (0, 0), 1.2)[..., None]
    across, down = columns / width, rows / height
    light = 1 + folds * np.sin(26 * across + 5 * down) + 0.5 * folds * np.sin(17 * down)
    light *= 1 - shaded_side * np.clip(across - 0.6, 0, 1) / 0.4
    cloth = np.array(colour, np.float32) * light[..., None]
    soft = cv2.GaussianBlur(garment.astype(np.float32), (0, 0), 0.7)[..., None]
    picture = picture * (1 - soft) + cloth * soft
    picture *= (1.06 - 0.12 * rows / height)[..., None]
    picture += random.normal(0, 2.5, picture.shape)
    return Scene(np.clip(picture + 0.5, 0, 255).astype(np.uint8), garment > 0)


def overlap(alpha: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """Return the intersection over the union of a soft mask and the truth."""
    found = alpha > 0.5
    return float((found & truth).sum() / (found | truth).sum())
