"""What a mill orders: a tile's width on cloth, its resolution, its colours, and the kind of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from configs.errors import ConfigError
from flows.prints.preflight import MOST_INK
from nst_core.press import (
    SRGB,
    PressSheet,
    Profile,
    encode_press_pdf,
    encode_press_png,
    encode_press_tiff,
    matrix_of,
)

MM_PER_INCH = 25.4

ENCODERS: dict[str, Callable[[PressSheet], bytes]] = {
    ".tif": encode_press_tiff,
    ".tiff": encode_press_tiff,
    ".png": encode_press_png,
    ".pdf": encode_press_pdf,
}


@dataclass(frozen=True)
class Order:
    """What a mill is to be given.

    Attributes:
        width_mm: of the tile on cloth, exactly.
        dpi: wanted; the tile takes the nearest that its repeat allows.
        profile: of the file.
        bits: 8 or 16.
        suffix: of the file's name: what kind it is.
        most_ink: that the mill's cloth takes, all inks together; 3 is three full layers.
    """

    width_mm: float
    dpi: float
    profile: Profile = SRGB
    bits: int = 8
    suffix: str = ".tif"
    most_ink: float = MOST_INK

    def check(self) -> None:
        """Refuse what no file can be.

        Raises:
            ConfigError: a kind of file that is not made, or does not hold what is asked for.
        """
        if self.suffix not in ENCODERS:
            raise ConfigError(
                f"--out: {self.suffix or 'no suffix'} is no file for the press; one of {', '.join(ENCODERS)}"
            )
        if self.suffix == ".png" and self.profile.space == "CMYK":
            raise ConfigError(f"--out: PNG holds no CMYK, and {self.profile.name} is; take .tif or .pdf")
        if self.bits == 16 and self.profile.data != SRGB.data and matrix_of(self.profile) is None:
            raise ConfigError(
                f"--bits 16: {self.profile.name} is not a matrix and curves alone, and colours go through "
                "its tables in 8 bits; leave --profile out and the mill converts 16 bits of sRGB itself, "
                "take an RGB profile of a matrix and curves (as Adobe RGB), or take --bits 8"
            )


def suffix_of(name: str) -> str:
    """Return what kind of file a name asks for."""
    return PurePath(name).suffix.lower()
