"""PDF for the press, after PDF/X-4: one page of the exact trim size, and the profile as its output intent."""

from __future__ import annotations

import zlib

import numpy as np

from nst_core.errors import PressRefused
from nst_core.press.sheet import PressSheet

_POINTS_PER_MM = 72 / 25.4
# A page has at most 14,400 units a side.
MOST_MM = 14_400 / _POINTS_PER_MM
_ROWS_AT_ONCE = 256


def encode_press_pdf(sheet: PressSheet) -> bytes:
    """Return a PDF. Equal arguments give equal bytes.

    After PDF/X-4, and not claimed to be: what that asks of dates and ids a mill's own preflight adds.

    Raises:
        PressRefused: ``too_large``: a page ends at 5,080 mm.
    """
    if max(sheet.width_mm, sheet.height_mm) > MOST_MM:
        raise PressRefused(
            f"a PDF's page ends at {MOST_MM:,.0f} mm, and this tile is {sheet.width_mm:g} × "
            f"{sheet.height_mm:g} mm; ask for a .tif",
            code="too_large",
        )
    height, width, channels = sheet.values.shape
    across, down = (f"{side * _POINTS_PER_MM:.6f}" for side in (sheet.width_mm, sheet.height_mm))
    box = f"[0 0 {across} {down}]"
    device = "DeviceCMYK" if sheet.is_cmyk else "DeviceRGB"
    content = f"q {across} 0 0 {down} 0 0 cm /Im0 Do Q".encode()
    name = _text(sheet.profile.name)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OutputIntents [7 0 R] /Metadata 8 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /TrimBox {box} /Contents 4 0 R "
        "/Resources << /XObject << /Im0 5 0 R >> >> >>".encode(),
        _stream("", content),
        _stream(
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent {sheet.bits} "
            "/ColorSpace [/ICCBased 6 0 R] /Filter /FlateDecode",
            _packed(sheet),
        ),
        _stream(
            f"/N {channels} /Alternate /{device} /Filter /FlateDecode", zlib.compress(sheet.profile.data)
        ),
        b"<< /Type /OutputIntent /S /GTS_PDFX /OutputConditionIdentifier " + name + b" /Info " + name
        + b" /DestOutputProfile 6 0 R >>",
        _stream("/Type /Metadata /Subtype /XML", sheet.xmp.encode()),
        b"<< /Title " + _text(sheet.title) + b" /Trapped /False >>",
    ]  # fmt: skip
    return _file(objects)


def _packed(sheet: PressSheet) -> bytes:
    """Return the values row by row, the larger byte of 16 bits first, deflated."""
    packer = zlib.compressobj(6)
    dtype = sheet.values.dtype.newbyteorder(">")
    parts = [
        packer.compress(np.ascontiguousarray(sheet.values[begin : begin + _ROWS_AT_ONCE], dtype).tobytes())
        for begin in range(0, len(sheet.values), _ROWS_AT_ONCE)
    ]
    return b"".join([*parts, packer.flush()])


def _stream(told: str, data: bytes) -> bytes:
    return f"<< {told} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _text(text: str) -> bytes:
    """Return a text as PDF holds any script: UTF-16 in hex."""
    return b"<FEFF" + text.encode("utf-16-be", "replace").hex().upper().encode() + b">"


def _file(objects: list[bytes]) -> bytes:
    """Return the objects, numbered from 1, with their table; the first is the root, the last the title."""
    parts, places, at = [b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n"], [], 15
    for number, one in enumerate(objects, start=1):
        places.append(at)
        parts.append(f"{number} 0 obj\n".encode() + one + b"\nendobj\n")
        at += len(parts[-1])
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    parts.append(
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} "
        f"/Root 1 0 R /Info {len(objects)} 0 R >>\nstartxref\n{at}\n%%EOF\n".encode()
    )
    return b"".join(parts)
