"""Make a cloth: enough of a style image, at its scale and turned as asked, to cover a picture."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from nst_core.cloth.quilt import extend, quilt
from nst_core.cloth.repeat import is_seamless, repeat
from nst_core.cloth.textile import evenly_lit, without_foreign_edges
from nst_core.garment.pixels import Image, Rgb, floats, unit

Maker = Literal["tile", "mirror", "quilt"]

SMALLEST_SIDE_PX = 8


def make_cloth(
    style_rgb: Rgb,
    *,
    maker: Maker,
    height_px: int,
    width_px: int,
    long_side_px: int,
    rotation_deg: float,
    seed: int,
) -> Image:
    """Return a flat cloth of the picture's size in a style's pattern.

    A style image that covers the picture at its scale is used as it is: no maker adds a join
    where none is needed. One that does not is repeated, mirrored or quilted; quilting leaves
    a seamless style to the plain repeat, which is its own truth.

    Args:
        style_rgb: ``(h, w, 3)``, sRGB.
        maker: how to get more cloth than there is.
        height_px: the picture's height.
        width_px: the picture's width.
        long_side_px: the style image's long side as it shall appear on the picture.
        rotation_deg: turns the pattern counter-clockwise.
        seed: which part of a large style image is taken (0: the middle), and how patches fall.

    Returns:
        ``(height_px, width_px, 3)``, float32 in [0, 1].
    """
    textile = evenly_lit(unit(without_foreign_edges(style_rgb)))
    style = scaled(textile, long_side_px / max(style_rgb.shape[:2]))
    turn = np.deg2rad(rotation_deg % 360)
    cosine, sine = abs(float(np.cos(turn))), abs(float(np.sin(turn)))
    if turn == 0:
        return _covering(style, maker, height_px, width_px, seed)
    # The flat cloth must cover the picture turned back; the margin is for interpolation.
    width = int(np.ceil(width_px * cosine + height_px * sine)) + 4
    height = int(np.ceil(height_px * cosine + width_px * sine)) + 4
    flat = _covering(style, maker, height, width, seed)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rotation_deg, 1.0)
    shift = np.array([[0, 0, width_px - width], [0, 0, height_px - height]]) / 2
    turned = cv2.warpAffine(
        flat, matrix + shift, (width_px, height_px), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.clip(floats(turned), 0, 1)


def scaled(image: Image, scale: float) -> Image:
    """Resize by a factor: averaged downwards, Lanczos upwards; no side below 8 px.

    Args:
        image: ``(h, w, 3)``, sRGB in [0, 1].
        scale: above 0.

    Returns:
        float32 in [0, 1].
    """
    height, width = (max(SMALLEST_SIDE_PX, round(side * scale)) for side in image.shape[:2])
    if (height, width) == image.shape[:2]:
        return image
    way = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_LANCZOS4
    return np.clip(floats(cv2.resize(image, (width, height), interpolation=way)), 0, 1)


def _covering(style: Image, maker: Maker, height: int, width: int, seed: int) -> Image:
    spare_rows, spare_columns = style.shape[0] - height, style.shape[1] - width
    if spare_rows >= 0 and spare_columns >= 0:
        top, left = _place(spare_rows, spare_columns, seed)
        return style[top : top + height, left : left + width]
    if maker == "tile" or (maker == "quilt" and is_seamless(style)):
        return repeat(style, height_px=height, width_px=width)
    if maker == "mirror":
        return repeat(style, height_px=height, width_px=width, kind="mirror")
    if spare_rows >= 0 or spare_columns >= 0:
        return extend(style, height_px=height, width_px=width, seed=seed)
    return quilt(style, height_px=height, width_px=width, seed=seed)


def _place(spare_rows: int, spare_columns: int, seed: int) -> tuple[int, int]:
    """Return where to cut the cloth out of a larger style image: the middle for seed 0."""
    if seed == 0:
        return spare_rows // 2, spare_columns // 2
    random = np.random.default_rng(seed)
    return int(random.integers(spare_rows + 1)), int(random.integers(spare_columns + 1))
