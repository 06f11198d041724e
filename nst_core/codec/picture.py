"""What the codec gives (a picture) and how much it takes (its limits)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded image, upright, in sRGB, over its matte.

    Attributes:
        rgb: ``(H, W, 3)`` uint8, sRGB; where the file is transparent the matte shows.
        alpha: ``(H, W)`` uint8, 255 = opaque; None when all of it is opaque.
        format: ``jpeg``, ``png``, ``webp``, ``tiff``, ``avif``, ``gif`` or ``bmp``: by content, not by name.
        resized: the file was larger than ``DecodeLimits.long_side_px`` and was reduced to it.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    format: str
    resized: bool = False


@dataclass(frozen=True)
class DecodeLimits:
    """How much of a file is taken; the defaults keep any file under 10 s and 2 GB.

    Attributes:
        max_bytes: size of the file.
        max_pixels: declared width × height. 120 million lets medium-format cameras pass.
        max_pixels_at_once: the same for WebP, AVIF and TIFF, whose decoders hold several canvases.
        max_scan_pixels: pixels × scans of a progressive JPEG; each scan passes over the whole image, and a
            small file can hold thousands.
        min_side_px: of the shorter side; below it there is no garment and no motif to see.
        max_aspect: longer over shorter side. 16 lets belts, ties and borders pass.
        long_side_px: what is kept in memory; a larger picture is reduced to it.
    """

    max_bytes: int = 256 * 2**20
    max_pixels: int = 120_000_000
    max_pixels_at_once: int = 80_000_000
    max_scan_pixels: int = 1_200_000_000
    min_side_px: int = 16
    max_aspect: float = 16.0
    long_side_px: int = 4096


DEFAULT_LIMITS = DecodeLimits()
