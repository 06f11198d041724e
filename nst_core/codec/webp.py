"""WebP: canvas and frames, read before the decoder sets its canvases aside."""

from __future__ import annotations

import struct

from nst_core.codec.ifd import exif_orientation
from nst_core.codec.survey import DamageError, Survey, ends_early

_MAX_CHUNKS = 10_000


def survey_webp(data: bytes) -> Survey:
    """Return what a WebP declares; its bytes are left as they are, since its decoder reads no metadata.

    Raises:
        DamageError: a chunk reaches beyond the end, or there is no image in it.
    """
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise ends_early(len(data), end)
    size: tuple[int, int] | None = None
    frames, orientation, at = 0, 1, 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > end:
            break
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise ends_early(len(data), at + 8 + length)
        body = data[at + 8 : at + 8 + length]
        if kind == b"VP8X":
            size = 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        elif kind == b"VP8 " and size is None:
            width, height = struct.unpack_from("<HH", body, 6)
            size = width & 0x3FFF, height & 0x3FFF
        elif kind == b"VP8L" and size is None:
            (packed,) = struct.unpack_from("<I", body, 1)
            size = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        elif kind == b"EXIF":
            orientation = exif_orientation(body)
        frames += kind == b"ANMF"
        at += 8 + length + length % 2
    if size is None:
        raise DamageError("it holds no image data")
    return Survey(*size, clean=data, frames=min(2, max(1, frames)), orientation=orientation)
