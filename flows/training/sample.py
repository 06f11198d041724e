"""A picture of what a network has learnt: photos held out, how they are painted, the textiles beside them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from nst_core.codec import encode_png
from nst_core.design import RgbFloat, RgbImage
from nst_core.planes import rgb_of
from nst_core.training import Lesson, Photos

MOST_PHOTOS = 6
MOST_STYLES = 3
GAP_PX = 6
WHITE = 255


def sample_png(
    lesson: Lesson, photos: Photos, styles: Sequence[RgbFloat], *, crop_px: int, device: torch.device
) -> bytes:
    """Return a PNG: a column of textiles, then for each photo held out the photo and below it the painting.

    Args:
        lesson: paints.
        photos: the middles of those held out are shown.
        styles: the first few are shown, as they are seen on a crop.
        crop_px: side of the squares.
        device: where the network is.
    """
    squares = photos.kept_out(crop_px)[:MOST_PHOTOS].to(device)
    painted = lesson.painted(squares)
    columns = [
        _column([rgb_of(photo[:3]), _fitted(rgb_of(picture), crop_px)], crop_px)
        for photo, picture in zip(squares, painted, strict=True)
    ]
    textiles = [_fitted(_bytes_of(one), crop_px) for one in styles[:MOST_STYLES]]
    shown = [_column(textiles[begin : begin + 2], crop_px) for begin in range(0, len(textiles), 2)]
    gap = np.full((columns[0].shape[0], GAP_PX, 3), WHITE, np.uint8)
    return encode_png(np.concatenate([part for one in (*shown, *columns) for part in (one, gap)], axis=1))


def _column(pictures: Sequence[RgbImage], side: int) -> RgbImage:
    column = np.full((2 * side + GAP_PX, side, 3), WHITE, np.uint8)
    for place, picture in enumerate(pictures):
        top = place * (side + GAP_PX)
        column[top : top + side] = picture
    return column


def _fitted(rgb: RgbImage, side: int) -> RgbImage:
    """Return the middle of a picture as a square of a side."""
    height, width = rgb.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = rgb[top : top + edge, left : left + edge]
    if edge == side:
        return square
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _bytes_of(image: RgbFloat) -> RgbImage:
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
