"""Chance that is the same for ever: a descriptor of this year is compared with one of next year."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def signs(name: str, *shape: int) -> NDArray[np.float32]:
    """Return an array of ±1, drawn from the name alone: the same on every machine and with every version."""
    bits = np.unpackbits(np.frombuffer(_digest(name, -(-int(np.prod(shape)) // 8)), np.uint8))
    return (2.0 * bits[: int(np.prod(shape))].reshape(shape) - 1.0).astype(np.float32)


def normals(name: str, *shape: int) -> NDArray[np.float64]:
    """Return an array of standard normal numbers, likewise.

    Source:
        Box, Muller (1958), "A note on the generation of random normal deviates".
    """
    count = int(np.prod(shape))
    whole = np.frombuffer(_digest(name, 16 * count), dtype="<u8").reshape(2, count)
    radius, turn = (whole >> 11) / 2.0**53
    drawn: NDArray[np.float64] = np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * turn)
    return drawn.reshape(shape)


def _digest(name: str, length: int) -> bytes:
    return hashlib.shake_256(f"toile {name}".encode()).digest(length)
