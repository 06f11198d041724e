"""What stands for a style image in a network's card: its pixels, and what it looks like from afar."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from configs.model_card import ModelCard

# Fields across and down.
FIELDS = 8
# Means that differ by less are those of one picture: drawn by a processor without wide vectors the demo's
# textiles differ in 3 to 33 values of 1.2 million, by one level.
SAME_LEVELS = 0.5


def pixels_sha256(rgb: NDArray[np.uint8]) -> str:
    """Return what stands for a style image in a card: the sha256 of its size and pixels.

    Two files of one picture have one network, a picture that was changed has none.

    Args:
        rgb: ``(h, w, 3)``, as :func:`nst_core.codec.decode` gives it: not resized, not flattened.

    Returns:
        64 hex digits, over ``"<h>x<w>\\n"`` and the rows' bytes.
    """
    height, width = rgb.shape[:2]
    digest = hashlib.sha256(f"{height}x{width}\n".encode())
    digest.update(np.ascontiguousarray(rgb).tobytes())
    return digest.hexdigest()


def field_means(rgb: NDArray[np.uint8]) -> tuple[float, ...]:
    """Return what a style image looks like from afar: the means of its 8 × 8 fields.

    Args:
        rgb: ``(h, w, 3)``.

    Returns:
        192 numbers, 0 to 255, to a hundredth: row by row, three colours each. A picture with fewer than 8
        rows or columns shows some of them in several fields.
    """
    bounds = [np.linspace(0, side, FIELDS + 1).round().astype(int) for side in rgb.shape[:2]]
    rows, columns = (list(pairwise(one)) for one in bounds)
    means = [
        rgb[top : max(bottom, top + 1), left : max(right, left + 1)].mean((0, 1), dtype=np.float64)
        for top, bottom in ((min(top, rgb.shape[0] - 1), bottom) for top, bottom in rows)
        for left, right in ((min(left, rgb.shape[1] - 1), right) for left, right in columns)
    ]
    return tuple(round(float(value), 2) for mean in means for value in mean)


def is_the_picture_of(card: ModelCard, pixels: str, means: Sequence[float]) -> bool:
    """Say whether a picture is the one that a style's network learnt, as far as anybody can see.

    Args:
        card: the network's.
        pixels: :func:`pixels_sha256` of the picture.
        means: :func:`field_means` of it.
    """
    if card.style_pixels_sha256 is None or card.style_pixels_sha256 == pixels:
        return True
    learnt = card.style_means
    return len(learnt) == len(means) and float(np.abs(np.subtract(learnt, means)).max()) < SAME_LEVELS
