"""Adobe Swatch Exchange (.ase): big-endian blocks, colours as floats, names as UTF-16.

A palette is the whole file; of a season's file each group is one. CMYK becomes sRGB by the plain formula, as
in the codec.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from nst_core.palettes.palette import Ink, Palette, refused
from nst_core.palettes.print_lab import Rgb, eight_bits, rgb_of_print_lab

MAGIC = b"ASEF"

_COLOUR, _GROUP, _GROUP_END = 0x0001, 0xC001, 0xC002
_NUMBERS = {b"RGB ": 3, b"CMYK": 4, b"LAB ": 3, b"Gray": 1}
_SPOT = 1


def read_ase(data: bytes, *, name: str) -> tuple[str, list[Ink]]:
    """Return the file's first group's name and its colours.

    Raises:
        PaletteRefused: ``palette_truncated``, ``palette_corrupt`` or ``palette_unsupported``.
    """
    groups = read_groups(data, name=name)
    title = next((title for title, _ in groups if title), "")
    return title, [ink for _, inks in groups for ink in inks]


def read_groups(data: bytes, *, name: str) -> list[tuple[str, list[Ink]]]:
    """Return the name and the colours of each group, in order; "" names those that are in none.

    Raises:
        PaletteRefused: as :func:`read_ase`.
    """
    groups: list[tuple[str, list[Ink]]] = [("", [])]
    for kind, body in _blocks(data, name):
        if kind == _GROUP:
            groups.append((_text(body, name)[0], []))
        elif kind == _GROUP_END:
            groups.append(("", []))
        elif kind == _COLOUR:
            ink_name, rest = _text(body, name)
            groups[-1][1].append(Ink(_rgb(rest, name), ink_name))
    return [(title, inks) for title, inks in groups if title or inks]


def write_ase(palette: Palette) -> bytes:
    """Return the palette as one group of spot colours in RGB."""
    blocks = [_block(_GROUP, _packed_text(palette.name))]
    for ink in palette.inks:
        colour = struct.pack(">4s3fH", b"RGB ", *(value / 255 for value in ink.rgb), _SPOT)
        blocks.append(_block(_COLOUR, _packed_text(ink.name) + colour))
    blocks.append(_block(_GROUP_END, b""))
    return MAGIC + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def _blocks(data: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    if len(data) < 12:
        raise _cut(name, len(data), 12)
    count = int.from_bytes(data[8:12], "big")
    at = 12
    for index in range(count):
        if at + 6 > len(data):
            raise refused(
                name,
                "palette_truncated",
                f"it declares {count} blocks and ends after {index}",
                "save or upload it again",
            )
        kind, length = struct.unpack_from(">HI", data, at)
        at += 6
        if at + length > len(data):
            raise _cut(name, len(data), at + length)
        yield kind, data[at : at + length]
        at += length


def _text(body: bytes, name: str) -> tuple[str, bytes]:
    units = int.from_bytes(body[:2], "big")
    end = 2 + 2 * units
    if len(body) < end or len(body) < 2:
        raise refused(name, "palette_corrupt", "a name is longer than its block", "save it again")
    return body[2:end].decode("utf-16-be", errors="replace").rstrip("\0"), body[end:]


def _rgb(body: bytes, name: str) -> Rgb:
    model = body[:4]
    if model not in _NUMBERS:
        what = f"a colour is in the model {model.decode('latin-1')!r}"
        raise refused(name, "palette_unsupported", what, "save it as RGB, Lab, CMYK or grey")
    numbers = _NUMBERS[model]
    if len(body) < 4 + 4 * numbers:
        raise refused(name, "palette_corrupt", "a colour is longer than its block", "save it again")
    values = struct.unpack_from(f">{numbers}f", body, 4)
    if not all(map(math.isfinite, values)):
        raise refused(name, "palette_corrupt", "a colour is not a number", "save it again")
    if model == b"LAB ":
        return rgb_of_print_lab((100 * values[0], values[1], values[2]))
    if model == b"CMYK":
        cyan, magenta, yellow, black = values
        light = 1 - black
        values = ((1 - cyan) * light, (1 - magenta) * light, (1 - yellow) * light)
    red, green, blue = (eight_bits(value) for value in (values * 3 if model == b"Gray" else values))
    return red, green, blue


def _block(kind: int, body: bytes) -> bytes:
    return struct.pack(">HI", kind, len(body)) + body


def _packed_text(text: str) -> bytes:
    encoded = (text + "\0").encode("utf-16-be")
    return struct.pack(">H", len(encoded) // 2) + encoded


def _cut(name: str, got: int, needed: int) -> Exception:
    what = f"the file ends after {got} of {needed} bytes"
    return refused(name, "palette_truncated", what, "save or upload it again")
