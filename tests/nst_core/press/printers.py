"""Profiles and pictures of the tests' own: a printer that is duller than a screen."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms


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


def swatches() -> NDArray[np.uint8]:
    """Pure red beside grey, 64 px."""
    picture = np.full((64, 64, 3), 128, np.uint8)
    picture[:, :32] = (255, 0, 0)
    return picture
