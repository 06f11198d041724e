"""CIE Lab, where equal distances look about equally large, and back."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.pixels import Image, floats


def lab_of(picture: Image) -> Image:
    """Return the Lab colours (D65, L 0..100) of a picture.

    Args:
        picture: ``(H, W, 3)``, sRGB in [0, 1], float32.
    """
    return floats(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB))


def picture_of(lab: Image) -> Image:
    """Return Lab colours as a picture; what sRGB cannot show is cut off channel by channel.

    Args:
        lab: ``(H, W, 3)``, float32.

    Returns:
        ``(H, W, 3)``, sRGB in [0, 1], float32.
    """
    return floats(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1))
