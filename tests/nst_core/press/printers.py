"""Profiles and pictures of the tests' own: a printer that is duller than a screen, and one of four inks."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

from nst_core.palettes.print_lab import print_lab, rgb_of_print_lab

# Of each way of a table: how many steps an axis has.
_STEPS = 9


def dull(share: float = 0.5) -> bytes:
    """sRGB's own profile, its primaries drawn towards their mean: greys stay, strong colours are lost."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", data[128:132])
    places = {}
    for entry in range(count):
        name, offset, _size = struct.unpack(">4sII", data[132 + 12 * entry : 144 + 12 * entry])
        places[name] = offset + 8
    primaries = [np.array(struct.unpack(">3i", data[places[n] : places[n] + 12])) for n in _NAMES]
    mean = sum(primaries) / 3
    for name, primary in zip(_NAMES, primaries, strict=True):
        moved = np.rint(share * primary + (1 - share) * mean).astype(int)
        data[places[name] : places[name] + 12] = struct.pack(">3i", *moved)
    return bytes(data)


_NAMES = (b"rXYZ", b"gXYZ", b"bXYZ")


def inked(*, prints: bool = True) -> bytes:
    """A printer of cyan, magenta, yellow and black: red is two full layers, black all four.

    ``prints``: false leaves out the tables from colours to inks.
    """
    corners = (np.indices((2,) * 4).reshape(4, -1).T).astype(float)
    seen = np.rint(255 * (1 - corners[:, :3]) * (1 - corners[:, 3:])).astype(int)
    to_lab = np.array([_lab16(print_lab((int(r), int(g), int(b)))) for r, g, b in seen])
    grid = np.indices((_STEPS,) * 3).reshape(3, -1).T * 65535 / (_STEPS - 1)
    colours = [rgb_of_print_lab((L / 652.8, a / 256 - 128, b / 256 - 128)) for L, a, b in grid]
    inks = 1 - np.array(colours) / 255
    to_inks = np.concatenate([inks, inks.min(axis=1, keepdims=True)], axis=1) * 65535
    tables = {b"A2B0": _table(4, 2, to_lab), b"A2B1": _table(4, 2, to_lab)}
    if prints:
        tables |= {b"B2A0": _table(3, _STEPS, to_inks), b"B2A1": _table(3, _STEPS, to_inks)}
    at, entries, body = 132 + 12 * len(tables), b"", b""
    for name, table in tables.items():
        entries += struct.pack(">4sII", name, at + len(body), len(table))
        body += table
    header = bytearray(128)
    header[8:24] = b"\x02\x10\0\0prtrCMYKLab "
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    data = header + struct.pack(">I", len(tables)) + entries + body
    data[:4] = struct.pack(">I", len(data))
    return bytes(data)


def _lab16(lab: tuple[float, float, float]) -> tuple[float, float, float]:
    lightness, a, b = lab
    return lightness * 652.8, (a + 128) * 256, (b + 128) * 256


def _table(axes: int, steps: int, values: NDArray[np.floating]) -> bytes:
    """A table of ICC's type lut16: no matrix, straight curves."""
    channels = values.shape[1]
    straight = struct.pack(">HH", 0, 65535)
    head = struct.pack(">4sIBBBx9i2H", b"mft2", 0, axes, channels, steps, *_IDENTITY, 2, 2)
    cells = np.clip(np.rint(values), 0, 65535).astype(">u2").tobytes()
    return head + straight * axes + cells + straight * channels


_IDENTITY = [65536, 0, 0, 0, 65536, 0, 0, 0, 65536]


def swatches() -> NDArray[np.uint8]:
    """Pure red beside grey, 64 px."""
    picture = np.full((64, 64, 3), 128, np.uint8)
    picture[:, :32] = (255, 0, 0)
    return picture
