"""BMP: its declared size."""

from __future__ import annotations

import struct

from nst_core.codec.survey import Survey


def survey_bmp(data: bytes) -> Survey:
    """Return what a BMP declares (a negative height means rows from the top)."""
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return Survey(width_px=abs(width), height_px=abs(height), clean=data)
