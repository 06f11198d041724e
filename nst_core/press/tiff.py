"""TIFF for the press: LZW, 8 or 16 bits, RGB or CMYK, with profile, resolution and XMP.

Pillow writes no RGB of 16 bits and tifffile no LZW, so the strips are OpenCV's (libtiff's) and the directory
around them ours.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from nst_core.errors import PressRefused
from nst_core.press.sheet import PressSheet

# About a megabyte before packing.
_ROWS_PER_STRIP = 64
_LZW, _RGB, _SEPARATED, _INCH = 5, 2, 5, 2
# Offsets have 32 bits.
MOST_BYTES = (1 << 32) - (1 << 20)
_SHORT, _LONG, _RATIONAL, _ASCII, _BYTE, _UNDEFINED = 3, 4, 5, 2, 1, 7
_FORMATS = {_SHORT: "H", _LONG: "I"}


def encode_press_tiff(sheet: PressSheet) -> bytes:
    """Return a TIFF. Equal arguments give equal bytes.

    Raises:
        PressRefused: ``too_large``: more than 4 GB.
    """
    out = io.BytesIO()
    out.write(struct.pack("<2sHI", b"II", 42, 0))
    offsets, counts, predictors = [], [], {1}
    for strip, predictor in _strips(sheet):
        predictors = {predictor}
        offsets.append(out.tell())
        counts.append(len(strip))
        out.write(strip)
        if out.tell() > MOST_BYTES:
            raise PressRefused(
                "a TIFF ends at 4 GB, and this is more; ask for 8 bits or fewer dpi", code="too_large"
            )
    height, width, channels = sheet.values.shape
    across, down = sheet.dpi
    tags: dict[int, tuple[int, bytes, int]] = {
        256: _numbers(_LONG, width),
        257: _numbers(_LONG, height),
        258: _numbers(_SHORT, *[sheet.bits] * channels),
        259: _numbers(_SHORT, _LZW),
        262: _numbers(_SHORT, _SEPARATED if sheet.is_cmyk else _RGB),
        273: _numbers(_LONG, *offsets),
        274: _numbers(_SHORT, 1),
        277: _numbers(_SHORT, channels),
        278: _numbers(_LONG, _ROWS_PER_STRIP),
        279: _numbers(_LONG, *counts),
        282: _rational(across),
        283: _rational(down),
        284: _numbers(_SHORT, 1),
        296: _numbers(_SHORT, _INCH),
        317: _numbers(_SHORT, *predictors),
        34675: (_UNDEFINED, sheet.profile.data, len(sheet.profile.data)),
    }
    if sheet.title:
        text = sheet.title.encode("ascii", "replace") + b"\0"
        tags[270] = (_ASCII, text, len(text))
    if sheet.xmp:
        packet = sheet.xmp.encode()
        tags[700] = (_BYTE, packet, len(packet))
    _write_directory(out, tags)
    return out.getvalue()


def _strips(sheet: PressSheet) -> Iterator[tuple[bytes, int]]:
    """Yield each strip packed, and the predictor that it was packed with."""
    # OpenCV takes blue first and writes red first.
    order = [2, 1, 0, 3][: sheet.values.shape[2]]
    for begin in range(0, len(sheet.values), _ROWS_PER_STRIP):
        rows: NDArray[Any] = np.ascontiguousarray(sheet.values[begin : begin + _ROWS_PER_STRIP][..., order])
        options = [cv2.IMWRITE_TIFF_COMPRESSION, _LZW, cv2.IMWRITE_TIFF_ROWSPERSTRIP, len(rows)]
        data = cv2.imencode(".tif", rows, options)[1].tobytes()
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            (offset,), (count,) = page.dataoffsets, page.databytecounts
            yield data[offset : offset + count], int(page.predictor)


def _numbers(kind: int, *values: int) -> tuple[int, bytes, int]:
    return kind, struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values), len(values)


def _rational(value: Fraction) -> tuple[int, bytes, int]:
    value = value.limit_denominator(100_000)
    return _RATIONAL, struct.pack("<2I", value.numerator, value.denominator), 1


def _write_directory(out: io.BytesIO, tags: dict[int, tuple[int, bytes, int]]) -> None:
    """Write the values that do not fit into their entries, then the directory, and point the header at it."""
    entries = []
    for tag, (kind, data, count) in sorted(tags.items()):
        if len(data) > 4:
            out.write(b"\0" * (out.tell() % 2))
            place = struct.pack("<I", out.tell())
            out.write(data)
        else:
            place = data.ljust(4, b"\0")
        entries.append(struct.pack("<HHI", tag, kind, count) + place)
    out.write(b"\0" * (out.tell() % 2))
    begin = out.tell()
    out.write(struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", 0))
    out.seek(4)
    out.write(struct.pack("<I", begin))
