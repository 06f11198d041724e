"""Pictures to bytes: a design as PNG with its texts, its thumbnail as lossless WebP."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo


def encode_png(rgb: NDArray[np.uint8], *, text: Mapping[str, str] | None = None, level: int = 1) -> bytes:
    """Encode a picture as PNG, bit for bit, its texts in iTXt chunks (UTF-8) before the pixels.

    Equal arguments give equal bytes.

    Args:
        rgb: ``(H, W, 3)`` uint8, sRGB.
        text: keyword (1..79 Latin-1 characters, such as ``toile:row``) to text.
        level: zlib level, 0..9; 1 is ten times faster than 9 and about a fifth larger.

    Raises:
        ValueError: another shape or type, or a keyword that PNG cannot hold.
    """
    info = PngInfo()
    for keyword, value in (text or {}).items():
        _check_keyword(keyword)
        info.add_itxt(keyword, value)
    buffer = io.BytesIO()
    _image(rgb).save(buffer, "PNG", compress_level=level, pnginfo=info)
    return buffer.getvalue()


def encode_thumb(rgb: NDArray[np.uint8], *, long_side_px: int = 320, xmp: str = "") -> bytes:
    """Encode a thumbnail as lossless WebP; a picture that is small enough keeps its size.

    Args:
        rgb: ``(H, W, 3)`` uint8, sRGB; reduced by Lanczos to at most ``long_side_px``.
        long_side_px: 1 or more.
        xmp: an XMP packet, "" for none.

    Raises:
        ValueError: another shape or type.
    """
    image = _image(rgb)
    if long_side_px < 1:
        raise ValueError(f"long_side_px must be 1 or more, got {long_side_px}")
    share = long_side_px / max(image.size)
    if share < 1:
        width, height = (max(1, round(side * share)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    # Method 0 takes 5 ms at 320 px, method 4 takes 98 ms and saves a fifth of the bytes.
    image.save(buffer, "WEBP", lossless=True, quality=20, method=0, xmp=xmp.encode())
    return buffer.getvalue()


def _image(rgb: NDArray[np.uint8]) -> Image.Image:
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
        raise ValueError(f"a picture is (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    return Image.fromarray(np.ascontiguousarray(rgb))


def _check_keyword(keyword: str) -> None:
    try:
        length = len(keyword.encode("latin-1"))
    except UnicodeEncodeError as error:
        raise ValueError(f"a PNG keyword is Latin-1, got {keyword!r}") from error
    if not 1 <= length <= 79 or not keyword.isprintable() or keyword != keyword.strip():
        raise ValueError(f"a PNG keyword has 1 to 79 printable characters, got {keyword!r}")
