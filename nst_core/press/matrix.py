"""RGB profiles that are a matrix and three curves: sixteen bits through them, in floating point.

littleCMS through Pillow converts eight bits. What such a profile says is short enough to be worked out here;
profiles of tables, as all of CMYK are, stay with littleCMS.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nst_core.press.profiles import SRGB, Profile

Floats = NDArray[np.float64]
Values = NDArray[np.uint16]

_MOST = 65_535
_ROWS_AT_ONCE = 64
_TABLES = (b"A2B0", b"B2A0", b"B2A1")
# Of a parametric curve (ICC.1:2022, table 68): how many numbers each kind has.
_PARAMETERS = (1, 3, 4, 5, 7)


@dataclass(frozen=True, eq=False)
class MatrixProfile:
    """What an RGB profile says of its values.

    Attributes:
        to_xyz: ``(3, 3)``: of full red, green and blue in its columns, D50.
        light: ``(3, 65536)``: how much light each value of a channel is, 0..1, rising.
    """

    to_xyz: Floats
    light: Floats


def matrix_of(profile: Profile) -> MatrixProfile | None:
    """Return a profile's matrix and curves; None where it has tables, or is none of RGB."""
    tags = _tags(profile.data)
    if profile.space != "RGB" or any(table in tags for table in _TABLES):
        return None
    try:
        columns = [_xyz(tags[f"{channel}XYZ".encode()]) for channel in "rgb"]
        curves = [_curve(tags[f"{channel}TRC".encode()]) for channel in "rgb"]
    except (KeyError, ValueError, IndexError, struct.error):
        return None
    found = MatrixProfile(np.stack(columns, axis=1), np.stack(curves))
    rises = (np.diff(found.light) >= 0).all() and (np.ptp(found.light, axis=1) > 0).all()
    return found if rises and abs(np.linalg.det(found.to_xyz)) > 1e-6 else None


def in_matrix_profile(rgb: Values, target: MatrixProfile) -> Values:
    """Return an sRGB picture ``(H, W, 3)`` uint16 in a profile's values, ``(H, W, 3)`` uint16.

    Relative colorimetric; the black of such a profile is no light at all, so that there is nothing to
    compensate. What it cannot show is cut off channel by channel, as littleCMS does.
    """
    source = matrix_of(SRGB)
    if source is None:
        raise ValueError("littleCMS's own sRGB is no matrix profile any more")
    way = np.linalg.inv(target.to_xyz) @ source.to_xyz
    steps = np.arange(_MOST + 1)
    result = np.empty(rgb.shape, np.uint16)
    for begin in range(0, len(rgb), _ROWS_AT_ONCE):
        rows = rgb[begin : begin + _ROWS_AT_ONCE]
        light = np.stack([source.light[channel][rows[..., channel]] for channel in range(3)], axis=-1)
        moved = light @ way.T
        for channel in range(3):
            # Beyond its first and last value the curve's ends hold.
            found = np.interp(moved[..., channel], target.light[channel], steps)
            result[begin : begin + _ROWS_AT_ONCE, ..., channel] = np.rint(found)
    return result


def _tags(data: bytes) -> dict[bytes, bytes]:
    """Return a profile's tags by their signatures; of a broken one those that are whole."""
    if len(data) < 132:
        return {}
    (count,) = struct.unpack(">I", data[128:132])
    entries = [data[at : at + 12] for at in range(132, min(132 + 12 * count, len(data) - 11), 12)]
    places = [struct.unpack(">4sII", entry) for entry in entries]
    return {name: data[begin : begin + size] for name, begin, size in places}


def _xyz(tag: bytes) -> Floats:
    if tag[:4] != b"XYZ ":
        raise ValueError(f"a colour is of type {tag[:4]!r}")
    return _fixed(tag[8:20], 3)


def _curve(tag: bytes) -> Floats:
    """Return the light of each of 65,536 values."""
    values: Floats = np.arange(_MOST + 1) / _MOST
    if tag[:4] == b"para":
        return np.asarray(np.clip(_parametric(tag, values), 0, 1))
    if tag[:4] != b"curv":
        raise ValueError(f"a curve is of type {tag[:4]!r}")
    (count,) = struct.unpack(">I", tag[8:12])
    if count == 0:
        return values
    table = np.frombuffer(tag, ">u2", count, offset=12).astype(np.float64)
    if count == 1:
        return np.asarray(values ** (table[0] / 256))
    return np.asarray(np.interp(values, np.linspace(0, 1, count), table / _MOST))


def _parametric(tag: bytes, values: Floats) -> Floats:
    (kind,) = struct.unpack(">H", tag[8:10])
    numbers = np.zeros(7)
    numbers[: _PARAMETERS[kind]] = _fixed(tag[12:], _PARAMETERS[kind])
    gamma, a, b, c, d, e, f = numbers
    if kind == 0:
        return np.asarray(values**gamma)
    if kind in (1, 2):
        # a x + b is nothing below -b / a: there it is flat.
        return np.asarray(np.maximum(a * values + b, 0) ** gamma + c)
    return np.asarray(np.where(values >= d, np.maximum(a * values + b, 0) ** gamma + e, c * values + f))


def _fixed(data: bytes, count: int) -> Floats:
    return np.frombuffer(data, ">i4", count).astype(np.float64) / 65_536
