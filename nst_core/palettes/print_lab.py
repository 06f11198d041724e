"""CIE Lab as printers mean it (D50, 2° observer) to sRGB and back, one colour at a time.

Swatch files and spectrophotometers know no other; the Lab in which pictures are worked on has sRGB's own
white (D65, ``nst_core.colour``).
"""

from __future__ import annotations

import math

Rgb = tuple[int, int, int]
Lab = tuple[float, float, float]

# sRGB to XYZ under D50, adapted by Bradford's method; each row sums to the white point's value.
_TO_XYZ = (
    (0.4360747, 0.3850649, 0.1430804),
    (0.2225045, 0.7168786, 0.0606169),
    (0.0139322, 0.0971045, 0.7141733),
)
_FROM_XYZ = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
_WHITE = tuple(sum(row) for row in _TO_XYZ)
_EDGE = 6 / 29


def print_lab(rgb: Rgb) -> Lab:
    """Return the Lab (D50) of an sRGB colour, 0..255.

    Source:
        CIE 15:2004, eq. 8.3; sRGB by IEC 61966-2-1; Lindbloom, "RGB/XYZ Matrices", sRGB adapted to D50.
    """
    linear = [_linear(value / 255) for value in rgb]
    xyz = [sum(part * value for part, value in zip(row, linear, strict=True)) for row in _TO_XYZ]
    x, y, z = (_bent(value / white) for value, white in zip(xyz, _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def rgb_of_print_lab(lab: Lab) -> Rgb:
    """Return the sRGB colour, 0..255, of a Lab (D50); what sRGB cannot show is cut off channel by channel."""
    middle = (lab[0] + 16) / 116
    bent = (middle + lab[1] / 500, middle, middle - lab[2] / 200)
    xyz = [white * _straight(value) for white, value in zip(_WHITE, bent, strict=True)]
    linear = (sum(part * value for part, value in zip(row, xyz, strict=True)) for row in _FROM_XYZ)
    red, green, blue = (eight_bits(_gamma(value)) for value in linear)
    return red, green, blue


def eight_bits(share: float) -> int:
    """Return a share of full light as 0..255."""
    return math.floor(min(max(share, 0.0), 1.0) * 255 + 0.5)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)


def _bent(value: float) -> float:
    return math.cbrt(value) if value > _EDGE**3 else value / (3 * _EDGE**2) + 4 / 29


def _straight(value: float) -> float:
    return value**3 if value > _EDGE else 3 * _EDGE**2 * (value - 4 / 29)
