"""Garment photos made harder without touching their masks: what `bench/train_mask_head.py` learns from.

Confident masks belong to easy photos: one plain garment on a ground of another colour. Recoloured inside
the known mask, the same photo becomes grey on grey, gets contrast sleeves, a pattern, a patterned ground,
or is cut off by the frame.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Image = NDArray[np.float32]


def varied(
    rgb: Rgb, mask: Image, random: np.random.Generator, others: Sequence[Rgb], *, hard: bool
) -> tuple[Rgb, Image]:
    """Return the photo and its mask as another camera, and for ``hard`` another wardrobe, would give them.

    Args:
        rgb: ``(H, W, 3)``.
        mask: ``(H, W)``, 0..1.
        random: where chance comes from.
        others: photos whose cuttings serve as patterns.
        hard: also change cloth and ground, and cut off more often.
    """
    picture = rgb.astype(np.float32)
    if hard:
        picture = _another_cloth(picture, mask, random, others)
        if random.random() < 0.35:
            picture = _covered(
                picture, 1 - mask, _pattern(mask.shape, random, others), random.uniform(0.5, 1)
            )
    if random.random() < (0.4 if hard else 0.1):
        picture, mask = _cut_off(picture, mask, random)
    if random.random() < 0.2:
        picture = 0.2 * picture + 0.8 * picture.mean(-1, keepdims=True)
    picture = 255 * (picture.clip(0, 255) / 255) ** np.exp(random.uniform(-0.4, 0.4))
    picture = (picture - 128) * random.uniform(0.6, 1.1) + 128 + random.uniform(-20, 20)
    if random.random() < 0.5:
        picture, mask = picture[:, ::-1], mask[:, ::-1]
    return np.ascontiguousarray(picture.clip(0, 255).astype(np.uint8)), np.ascontiguousarray(mask)


def _another_cloth(picture: Image, mask: Image, random: np.random.Generator, others: Sequence[Rgb]) -> Image:
    soft, inside, kind = cv2.GaussianBlur(mask, (0, 0), 0.8), mask > 0.5, random.random()
    ground = picture[~inside].mean(0)
    if kind < 0.3:  # the ground's own colour, nearly
        shift = (ground - picture[inside].mean(0)) * random.uniform(0.6, 1.05)
        return picture + soft[..., None] * (shift + random.uniform(-18, 18) * (random.random() < 0.5))
    if kind < 0.6:  # sleeves, yoke or hem of another shade
        part = soft * cv2.GaussianBlur(_part_of(inside, random).astype(np.float32), (0, 0), 0.7)
        if random.random() < 0.5:
            return _covered(picture, part, _pattern(mask.shape, random, others), 1)
        shade = random.integers(0, 256, 3) if random.random() < 0.6 else ground + random.uniform(-25, 25)
        light = picture.mean(-1, keepdims=True)
        shaded = shade + (light - light[inside].mean()) * random.uniform(0.4, 1)
        return picture + part[..., None] * (shaded - picture)
    if kind < 0.8:
        return _covered(picture, soft, _pattern(mask.shape, random, others), random.uniform(0.6, 1))
    return picture


def _part_of(inside: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.bool_]:
    """Return what lies beside, above or below a share of the garment."""
    rows, columns = np.nonzero(inside)
    down, across = np.indices(inside.shape)
    if random.random() < 0.7:
        away = np.abs(columns - columns.mean())
        slant = (down - rows.mean()) * random.uniform(-0.1, 0.1)
        return np.abs(across - columns.mean() + slant) > np.quantile(away, random.uniform(0.55, 0.85))
    if random.random() < 0.5:
        return down < np.quantile(rows, random.uniform(0.1, 0.5))
    return down > np.quantile(rows, random.uniform(0.5, 0.9))


def _covered(picture: Image, where: Image, pattern: Image, share: float) -> Image:
    """Lay a pattern over a part, under the part's own light."""
    light = picture.mean(-1, keepdims=True)
    lit = pattern * np.clip(light / max(30.0, float(light[where > 0.5].mean())), 0.4, 1.4)
    return picture + share * where[..., None] * (lit - picture)


def _pattern(shape: tuple[int, ...], random: np.random.Generator, others: Sequence[Rgb]) -> Image:
    """Return stripes, checks, dots, camouflage, or mirrored cuttings of another photo, ``(H, W, 3)``."""
    height, width, kind = shape[0], shape[1], random.random()
    if kind < 0.35:
        other, side = others[random.integers(len(others))], int(random.choice([24, 40, 64]))
        top, left = (random.integers(length - side) for length in other.shape[:2])
        tile = other[top : top + side, left : left + side]
        tile = np.concatenate([tile, tile[:, ::-1]], 1)
        tile = np.concatenate([tile, tile[::-1]], 0)
        times = (height // len(tile) + 1, width // len(tile) + 1, 1)
        return np.tile(tile, times)[:height, :width].astype(np.float32)
    down, across = np.indices((height, width))
    angle = random.choice([0, np.pi / 2, random.uniform(0, np.pi)])
    period = random.uniform(6, 40)
    along = (across * np.cos(angle) + down * np.sin(angle)) / period % 1
    beside = (down * np.cos(angle) - across * np.sin(angle)) / period % 1
    if kind < 0.6:
        figure = along < random.uniform(0.2, 0.6)
    elif kind < 0.75:
        figure = (along < 0.5) ^ (beside < 0.5)
    elif kind < 0.9:
        figure = (along - 0.5) ** 2 + (beside - 0.5) ** 2 < random.uniform(0.03, 0.15)
    else:
        noise = random.standard_normal((height, width)).astype(np.float32)
        figure = cv2.GaussianBlur(noise, (0, 0), period / 5) > 0
    return np.where(figure[..., None], *random.integers(0, 256, (2, 3))).astype(np.float32)


def _cut_off(picture: Image, mask: Image, random: np.random.Generator) -> tuple[Image, Image]:
    """Return the part of the photo whose frame cuts the garment on one to three sides."""
    rows, columns = np.flatnonzero((mask > 0.5).any(1)), np.flatnonzero((mask > 0.5).any(0))
    box = [0, mask.shape[0], 0, mask.shape[1]]
    for side in random.permutation(4)[: random.choice([1, 2, 2, 3])]:
        length = (rows, columns)[side // 2]
        lost = random.uniform(0, 0.18) * np.ptp(length)
        box[side] = int(length[0] + lost) if side % 2 == 0 else int(length[-1] - lost) + 1
    top, bottom, left, right = box
    if bottom - top <= 80 or right - left <= 80:
        return picture, mask
    return picture[top:bottom, left:right], mask[top:bottom, left:right]
