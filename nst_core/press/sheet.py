"""What every file for the press holds: values, their profile, and how large they are on cloth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nst_core.press.profiles import Profile

MM_PER_INCH = Fraction(254, 10)


@dataclass(frozen=True, eq=False)
class PressSheet:
    """A tile as it is printed.

    Attributes:
        values: ``(H, W, 3)`` RGB or ``(H, W, 4)`` CMYK (0: no ink), uint8 or uint16.
        profile: what the values mean.
        width_mm, height_mm: on cloth, exactly.
        xmp: an XMP packet, "" for none.
        title: "" for none.
    """

    values: NDArray[np.uint8] | NDArray[np.uint16]
    profile: Profile
    width_mm: float
    height_mm: float
    xmp: str = ""
    title: str = ""

    @property
    def bits(self) -> int:
        """Of each value, 8 or 16."""
        return 8 * self.values.dtype.itemsize

    @property
    def is_cmyk(self) -> bool:
        """Whether its values are inks."""
        return bool(self.values.shape[2] == 4)

    @property
    def dpi(self) -> tuple[Fraction, Fraction]:
        """Px per inch across and down, such that the millimetres are exact."""
        height, width = self.values.shape[:2]
        return (
            width * MM_PER_INCH / Fraction(self.width_mm).limit_denominator(1000),
            height * MM_PER_INCH / Fraction(self.height_mm).limit_denominator(1000),
        )
