"""GIF: screen, frames and their sizes, read without unpacking a pixel."""

from __future__ import annotations

import struct

from nst_core.codec.survey import DamageError, Survey

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B


def survey_gif(data: bytes) -> Survey:
    """Return what a GIF declares; a frame that is larger than the screen counts with its own size.

    Raises:
        DamageError: no image in it, or an unknown block.
    """
    width, height, packed = struct.unpack_from("<HHB", data, 6)
    at = 13 + _palette_bytes(packed)
    frames = 0
    # Two frames make an animation; nothing after the second matters.
    while frames < 2 and at < len(data) and data[at] != _TRAILER:
        if data[at] == _IMAGE:
            left, top, frame_width, frame_height, packed = struct.unpack_from("<HHHHB", data, at + 1)
            width, height = max(width, left + frame_width), max(height, top + frame_height)
            at = _skip_blocks(data, at + 11 + _palette_bytes(packed))
            frames += 1
        elif data[at] == _EXTENSION:
            at = _skip_blocks(data, at + 2)
        else:
            raise DamageError("its chain of blocks is broken")
    if not frames:
        raise DamageError("it holds no image data")
    return Survey(width_px=width, height_px=height, clean=data, frames=frames)


def _palette_bytes(packed: int) -> int:
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _skip_blocks(data: bytes, at: int) -> int:
    # A chain that ends early is left to the decoder, after the declared size has been checked.
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1
