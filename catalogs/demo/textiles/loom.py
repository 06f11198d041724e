"""A loom: coloured threads in, cloth out, seen from so near that the threads are a few pixels wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalogs.demo.studio.colour import to_bytes, to_srgb
from catalogs.demo.studio.fields import Field, Rng, fractal, noise

OVERSAMPLE = 2
Weave = Literal["plain", "twill", "rep"]


@dataclass(frozen=True)
class Cloth:
    """A woven tile, oversampled.

    Attributes:
        warp_on_top: ``(N, N)``: 1 where the warp covers the weft.
        thread: ``(N, N, 2)``: index of the warp thread and of the weft thread under each pixel.
        light: ``(N, N)``: how bright the round of the yarn is, about 1.
    """

    warp_on_top: Field
    thread: NDArray[np.int64]
    light: Field


def weave(rng: Rng, size_px: int, threads: int, kind: Weave) -> Cloth:
    """Weave a seamless tile of ``threads`` ends and as many picks.

    Args:
        kind: ``plain`` (over one, under one), ``twill`` (over two, under two, one further each time) or
            ``rep`` (over three, under one: the warp covers the cloth). Twill and rep need threads in fours.
    """
    side = size_px * OVERSAMPLE
    pitch = side / threads
    place = (np.arange(side, dtype=np.float32) + 0.5) / np.float32(pitch)
    shape = (side, side)
    sway = 0.10 * noise(rng, shape, pitch * 14)
    x = place[None, :] + sway
    y = place[:, None] + 0.10 * noise(rng, shape, pitch * 14)
    ends, picks = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    if kind == "plain":
        on_top = (ends + picks) % 2 == 0
    else:
        over = 2 if kind == "twill" else 3
        # A regular twill runs up to the right; the rep's binding points are scattered as in satin.
        step = picks if kind == "twill" else picks * 3 + (picks // 2) % 2
        on_top = (ends + step) % 4 < over
    if kind == "rep":
        # The crowded warp bulges over its binding points: only the middle of a pick is seen between two ends.
        on_top = on_top | (((x - ends - 0.5) / 0.40) ** 2 + ((y - picks - 0.5) / 0.46) ** 2 > 1)
    warp_on_top = on_top.astype(np.float32)
    across_warp, across_weft = np.sin(np.pi * (x - ends)), np.sin(np.pi * (y - picks))
    round_ = warp_on_top * (0.80 * across_warp + 0.20 * across_weft)
    round_ += (1 - warp_on_top) * (0.80 * across_weft + 0.20 * across_warp)
    # Side light: the left flank of a warp thread and the upper flank of a weft thread are brighter.
    lean = warp_on_top * np.cos(np.pi * (x - ends)) + (1 - warp_on_top) * np.cos(np.pi * (y - picks))
    light = 0.70 + 0.36 * round_ + 0.07 * lean
    slubs = noise(rng, shape, 1.2 * pitch, 22 * pitch) * warp_on_top
    slubs += noise(rng, shape, 22 * pitch, 1.2 * pitch) * (1 - warp_on_top)
    light = light * np.exp(0.055 * slubs + 0.015 * fractal(rng, shape, side / 3, 3))
    return Cloth(
        warp_on_top, np.stack([ends % threads, picks % threads], axis=-1), np.asarray(light, np.float32)
    )


def yarn_dyed(cloth: Cloth, warp: Field, weft: Field) -> NDArray[np.uint8]:
    """Return the cloth of coloured threads: ``warp`` and ``weft`` are ``(threads, 3)`` linear light.

    ``warp`` may also be ``(N, N, 3)``, coloured along each thread (ikat).
    """
    ends = warp[cloth.thread[..., 0]] if warp.ndim == 2 else warp
    picks = weft[cloth.thread[..., 1]]
    top = cloth.warp_on_top[..., None]
    return photographed(np.asarray(ends * top + picks * (1 - top), np.float32), cloth.light)


def printed(cloth: Cloth, picture: Field, rng: Rng, *, depth: float = 0.6) -> NDArray[np.uint8]:
    """Return a picture printed on plain cloth: ink lies on the crowns of the yarn, unevenly.

    Args:
        picture: ``(N, N, 3)`` linear light at the cloth's oversampled size.
        depth: how much of the yarn's relief is seen through the ink.
    """
    shape = cloth.light.shape
    ink = np.exp(0.035 * fractal(rng, shape, shape[0] / 6, 4, fade=0.6) + 0.03 * noise(rng, shape, 4.0))
    light = 1 + np.float32(depth) * (cloth.light - 1)
    return photographed(np.asarray(picture * ink[..., None], np.float32), np.asarray(light, np.float32))


def photographed(albedo: Field, light: Field) -> NDArray[np.uint8]:
    """Return ``(size, size, 3)`` sRGB bytes of a cloth of that albedo under that light."""
    seen = np.ascontiguousarray(np.moveaxis(albedo * light[..., None], -1, 0), np.float32)
    size = (seen.shape[1] // OVERSAMPLE,) * 2
    planes = [np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX)) for plane in seen]
    return to_bytes(to_srgb(np.stack(planes, axis=-1)))


def threads_of(rng: Rng, sett: list[tuple[Field, int]], count: int, *, uneven: float = 0.06) -> Field:
    """Return ``(count, 3)`` thread colours: the sett's (colour, threads) one after the other, over and over.

    Args:
        uneven: how much one thread of a colour differs from the next, as dye lots do.
    """
    row = np.concatenate([np.repeat(colour[None], number, axis=0) for colour, number in sett])
    if count % len(row):
        raise ValueError(f"a sett of {len(row)} threads does not close on a tile of {count}")
    row = np.tile(row, (count // len(row), 1))
    return np.asarray(row * np.exp(uneven * rng.standard_normal((count, 1))), np.float32)
