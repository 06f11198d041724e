"""JPEG: its segments, walked up to the first scan; MPO files count as their first photo."""

from __future__ import annotations

import struct

from nst_core.codec.ifd import exif_orientation
from nst_core.codec.survey import DamageError, Survey, ends_early

_START_OF_FRAME = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_ALONE = {0x01, 0xD8, *range(0xD0, 0xD8)}
_START_OF_SCAN, _END = 0xDA, 0xD9
_EXIF, _ICC, _COMMENT = 0xE1, 0xE2, 0xFE
# APP0 (JFIF) and APP14 (Adobe) say how colours are stored.
_APPS_KEPT = {0xE0, 0xEE}


def survey_jpeg(data: bytes) -> Survey:
    """Return what a JPEG declares; its clean copy has no EXIF, XMP, comments or further photos.

    Raises:
        DamageError: no frame or no scan, or a segment reaches beyond the end.
    """
    size: tuple[int, int] | None = None
    orientation, bits, kept, at = 1, 8, [data[:2]], 2
    while True:
        marker, at = _next_marker(data, at)
        if marker == _END:
            raise DamageError("it holds no image data")
        if marker in _ALONE:
            continue
        if at + 2 > len(data):
            raise ends_early(len(data), at + 2)
        (length,) = struct.unpack_from(">H", data, at)
        body, end = data[at + 2 : at + length], at + length
        if marker == _START_OF_SCAN:
            break
        if end > len(data):
            raise ends_early(len(data), end)
        if marker in _START_OF_FRAME and len(body) >= 6:
            bits, height, width = struct.unpack_from(">BHH", body)
            size = width, height
        if marker == _EXIF and body.startswith(b"Exif\0\0"):
            orientation = exif_orientation(body)
        if _is_needed(marker, body):
            kept.append(b"\xff" + bytes((marker,)) + data[at:end])
        at = end
    if size is None:
        raise DamageError("it does not say how large it is")
    scan_end = data.find(b"\xff\xd9", at)
    # Without an end marker the rest goes to the decoder, which knows whether all rows were there.
    scans = data[at - 2 : scan_end + 2 if scan_end >= 0 else len(data)]
    return Survey(
        width_px=size[0],
        height_px=size[1],
        clean=b"".join((*kept, scans)),
        scans=scans.count(b"\xff\xda"),
        orientation=orientation,
        bits=bits,
    )


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the next marker and the position after it; fill bytes and stray bytes are passed over."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise DamageError("it ends before its image data", code="truncated", remedy="upload it again")
        at += 1
        if data[at] not in (0x00, 0xFF):
            return data[at], at + 1


def _is_needed(marker: int, body: bytes) -> bool:
    if marker == _ICC:
        return body.startswith(b"ICC_PROFILE\0")
    if 0xE0 <= marker <= 0xEF:
        return marker in _APPS_KEPT
    return marker != _COMMENT
