"""Turn a style image that is used as it is, without a cloth made of it."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.pixels import Rgb


def turned(rgb: Rgb, degrees: float) -> Rgb:
    """Return a picture turned counter-clockwise, and of that the largest middle of its shape without corners.

    Quarter turns move pixels and nothing else.

    Args:
        rgb: ``(h, w, 3)``, sRGB.
        degrees: any; 0 returns the picture itself.
    """
    quarters, rest = divmod(degrees + 45, 90)
    rgb = np.rot90(rgb, int(quarters) % 4)
    rest -= 45
    if rest == 0:
        return rgb
    height, width = rgb.shape[:2]
    cosine, sine = float(np.cos(np.deg2rad(rest))), abs(float(np.sin(np.deg2rad(rest))))
    # Turned back, the middle's corners must lie on the picture.
    share = min(height / (height * cosine + width * sine), width / (width * cosine + height * sine))
    size = max(1, int(share * width)), max(1, int(share * height))
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rest, 1.0)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    flat = np.ascontiguousarray(rgb)
    middle = cv2.warpAffine(flat, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(middle, dtype=np.uint8)
