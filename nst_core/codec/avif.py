"""AVIF: its largest declared size; the decoder itself knows frames and rotation."""

from __future__ import annotations

import re
import struct

from nst_core.codec.survey import DamageError, Survey, ends_early

_MAX_BOXES = 1000
_SPATIAL_EXTENTS = re.compile(rb"ispe\0\0\0\0(.{8})", re.DOTALL)
_EXIF_ITEM = re.compile(rb"(infe.{8})Exif", re.DOTALL)


def survey_avif(data: bytes) -> Survey:
    """Return what an AVIF declares; in its clean copy the EXIF block is marked as something to skip.

    (An AVIF says how it is turned in properties of its own, which go before EXIF.)

    Raises:
        DamageError: a box reaches beyond the end, or no size is declared.
    """
    meta = _find_box(data, b"meta")
    head = data[meta]
    sizes = [struct.unpack(">II", found) for found in _SPATIAL_EXTENTS.findall(head)]
    if not sizes:
        raise DamageError("it does not say how large it is")
    width, height = max(sizes, key=lambda size: int(size[0]) * int(size[1]))
    clean = data[: meta.start] + _EXIF_ITEM.sub(rb"\1skip", head) + data[meta.stop :]
    return Survey(width_px=width, height_px=height, clean=clean)


def _find_box(data: bytes, wanted: bytes) -> slice:
    """Return where a top-level box lies, walking the whole file so that a cut one is noticed."""
    found: slice | None = None
    at = 0
    for _ in range(_MAX_BOXES):
        if at >= len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, at)
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
        elif length == 0:
            length = len(data) - at
        if length < 8:
            raise DamageError("its chain of boxes is broken")
        if at + length > len(data):
            raise ends_early(len(data), at + length)
        if kind == wanted and found is None:
            found = slice(at, at + length)
        at += length
    if found is None:
        raise DamageError("it holds no image data")
    return found
