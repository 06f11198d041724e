"""Adobe Color Swatch (.aco): version 1 knows no names, version 2 follows it in the same file and does.

Greys are shares of black (10000 is black), as GIMP reads them; other readers take them for lightness. Colours
of Pantone, Focoltone, Trumatch, Toyo and HKS are numbers in a book that we do not have, and are refused.
"""

from __future__ import annotations

import colorsys
import struct

from nst_core.palettes.palette import Ink, Palette, refused
from nst_core.palettes.print_lab import Rgb, eight_bits, rgb_of_print_lab

FIRST, SECOND = b"\x00\x01", b"\x00\x02"

_RGB, _HSB, _CMYK, _LAB, _GREY, _WIDE_CMYK = 0, 1, 2, 7, 8, 9
_FULL = 65535


def read_aco(data: bytes, *, name: str) -> list[Ink]:
    """Return the colours, with their names where version 2 is there.

    Raises:
        PaletteRefused: ``palette_truncated`` or ``palette_unsupported``.
    """
    if data.startswith(SECOND):
        return _second(data, 0, name)
    count, end = _count(data, 0, name), 4
    end += 10 * count
    if end > len(data):
        raise _cut(name, len(data), end)
    if data[end : end + 2] == SECOND:
        return _second(data, end, name)
    return [Ink(_rgb(data, 4 + 10 * index, name)) for index in range(count)]


def write_aco(palette: Palette) -> bytes:
    """Return the palette in both versions, one after the other, in RGB."""
    colours = [struct.pack(">5H", _RGB, *(257 * value for value in ink.rgb), 0) for ink in palette.inks]
    first = FIRST + struct.pack(">H", len(colours)) + b"".join(colours)
    second = SECOND + struct.pack(">H", len(colours))
    for colour, ink in zip(colours, palette.inks, strict=True):
        text = (ink.name + "\0").encode("utf-16-be")
        second += colour + struct.pack(">I", len(text) // 2) + text
    return first + second


def _second(data: bytes, start: int, name: str) -> list[Ink]:
    inks, at = [], start + 4
    for _ in range(_count(data, start, name)):
        if at + 14 > len(data):
            raise _cut(name, len(data), at + 14)
        length = 2 * int.from_bytes(data[at + 10 : at + 14], "big")
        if at + 14 + length > len(data):
            raise _cut(name, len(data), at + 14 + length)
        text = data[at + 14 : at + 14 + length].decode("utf-16-be", errors="replace")
        inks.append(Ink(_rgb(data, at, name), text.rstrip("\0")))
        at += 14 + length
    return inks


def _count(data: bytes, start: int, name: str) -> int:
    if start + 4 > len(data):
        raise _cut(name, len(data), start + 4)
    return int.from_bytes(data[start + 2 : start + 4], "big")


def _rgb(data: bytes, at: int, name: str) -> Rgb:
    space, *values = struct.unpack_from(">5H", data, at)
    if space == _LAB:
        lightness, a, b = struct.unpack_from(">H2h", data, at + 2)
        return rgb_of_print_lab((lightness / 100, a / 100, b / 100))
    if space == _RGB:
        light = tuple(value / _FULL for value in values[:3])
    elif space == _HSB:
        light = colorsys.hsv_to_rgb(*(value / _FULL for value in values[:3]))
    elif space in (_CMYK, _WIDE_CMYK):
        # Both count what is left of the paper: 0 is full ink; the wide one in hundredths of a percent.
        left = [value / _FULL if space == _CMYK else 1 - value / 10000 for value in values]
        light = tuple(value * left[3] for value in left[:3])
    elif space == _GREY:
        light = (1 - values[0] / 10000,) * 3
    else:
        what = f"a colour is in the space {space}, a colour book's own"
        raise refused(name, "palette_unsupported", what, "save it as RGB, Lab, CMYK or grey")
    red, green, blue = (eight_bits(value) for value in light)
    return red, green, blue


def _cut(name: str, got: int, needed: int) -> Exception:
    what = f"the file ends after {got} of {needed} bytes"
    return refused(name, "palette_truncated", what, "save or upload it again")
