"""PNG for the press: RGB of 8 or 16 bits, with profile, resolution and XMP.

Pillow writes no RGB of 16 bits: the pixels are OpenCV's, the chunks around them ours.
"""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

from nst_core.errors import PressRefused
from nst_core.press.sheet import PressSheet

# Signature and header: what all other chunks come after.
_HEAD_BYTES = 8 + 25
_INCHES_PER_METRE = 10_000 / 254


def encode_press_png(sheet: PressSheet) -> bytes:
    """Return a PNG; its resolution is in whole px per metre, 1 in 8,000 at 200 dpi.

    Raises:
        PressRefused: ``png_cmyk``: PNG holds no CMYK.
    """
    if sheet.is_cmyk:
        raise PressRefused(
            "PNG holds no CMYK; ask for a .tif or a .pdf, or take an RGB profile", code="png_cmyk"
        )
    data = cv2.imencode(".png", np.ascontiguousarray(sheet.values[..., ::-1]))[1].tobytes()
    across, down = (round(float(dpi) * _INCHES_PER_METRE) for dpi in sheet.dpi)
    chunks = _chunk(b"iCCP", b"profile\0\0" + zlib.compress(sheet.profile.data))
    chunks += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    for keyword, text in (("Title", sheet.title), ("XML:com.adobe.xmp", sheet.xmp)):
        if text:
            chunks += _chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode())
    return data[:_HEAD_BYTES] + chunks + data[_HEAD_BYTES:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
