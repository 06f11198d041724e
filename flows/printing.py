"""From a painted tile to a file for the mill: its size, its preflight, its pixels, its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from catalogs.frozen import read_frozen
from catalogs.layout import design_key
from catalogs.storage import Storage
from configs.errors import ConfigError
from configs.recipe import Recipe
from flows.patience import Patience
from flows.preflight import (
    MOST_INK,
    Check,
    coverage_checks,
    ink_checks,
    profile_checks,
    repeat_checks,
    rights_checks,
    size_checks,
)
from flows.proof import Yardage
from flows.provenance import carried_xmp, design_title
from flows.sources import Sources
from flows.stopping import StopFlag
from nst_core.errors import PressRefused
from nst_core.garment.pixels import unit
from nst_core.inks import separate
from nst_core.press import (
    SRGB,
    GamutCheck,
    PressSheet,
    Profile,
    encode_press_pdf,
    encode_press_png,
    encode_press_tiff,
    gamut_check,
    in_profile,
)
from nst_core.uprez import Enlarged, press_size_px, uprez

if TYPE_CHECKING:
    from nst_core.design import RgbImage
    from nst_core.engine import Engine

MM_PER_INCH = 25.4
TRAP_MM = 0.1
MIN_REGION_MM = 0.3

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
        if self.bits == 16 and self.profile.data != SRGB.data:
            raise ConfigError(
                "--bits 16: colours are converted in 8 bits; leave --profile out and the mill converts 16 "
                "bits of sRGB itself, or take --bits 8"
            )


@dataclass(frozen=True, eq=False)
class Print:
    """A tile on its way to the mill, before its pixels are made."""

    yardage: Yardage
    order: Order
    height_px: int
    width_px: int
    gamut: GamutCheck | None

    @property
    def height_mm(self) -> float:
        """Height of the tile on cloth."""
        height, width = self.yardage.tile.shape[:2]
        return self.order.width_mm * int(height) / int(width)

    @property
    def dpi(self) -> float:
        """The file's own, across."""
        return self.width_px / self.order.width_mm * MM_PER_INCH

    def checks(self, detail_width_px: float, *, day: date, inks: int | None = None) -> list[Check]:
        """Return the table of a preflight.

        Args:
            detail_width_px: width of a tile that would hold all the detail that the file has.
            day: of printing.
            inks: how many it is to be separated into; None: it is printed as it is.
        """
        row, order = self.yardage.row, self.order
        found = [
            *size_checks(
                width_px=self.width_px,
                height_px=self.height_px,
                width_mm=order.width_mm,
                height_mm=self.height_mm,
                detail_width_px=detail_width_px,
            ),
            *profile_checks(order.profile, self.gamut, bits=order.bits),
            *coverage_checks(self.gamut, most_ink=order.most_ink),
            *repeat_checks(row),
        ]
        if inks is not None:
            separated = separate(
                self.yardage.tile,
                count=inks,
                repeat=self.yardage.repeat,
                width_mm=order.width_mm,
                min_region_mm=MIN_REGION_MM,
            )
            found += ink_checks(separated, trap_mm=TRAP_MM, most_ink=order.most_ink)
        return [*found, *rights_checks(row, day)]

    def file(self, enlarged: Enlarged, packet: str) -> bytes:
        """Return the file, with the XMP packet of the design that it is made from.

        Raises:
            PressRefused: the file would be larger than its kind can be.
        """
        values: RgbImage | np.ndarray[tuple[int, ...], np.dtype[np.uint16]] = enlarged.tile
        if self.order.bits == 8:
            values = in_profile(_eight_bits(enlarged), self.order.profile)
        title = design_title(self.yardage.row)
        sheet = PressSheet(values, self.order.profile, self.order.width_mm, self.height_mm, packet, title)
        return ENCODERS[self.order.suffix](sheet)


def print_of(yardage: Yardage, order: Order) -> Print:
    """Return a tile as it is to be printed.

    Raises:
        ConfigError: the order cannot be.
        PressRefused: more than 16,384 px a side; the message says what works.
    """
    order.check()
    height, width = yardage.tile.shape[:2]
    try:
        size = press_size_px(height, width, order.width_mm * order.dpi / MM_PER_INCH, yardage.repeat)
    except PressRefused as error:
        inches = error.extras["most_width_px"] / order.dpi
        most_dpi = error.extras["most_width_px"] / order.width_mm * MM_PER_INCH
        raise PressRefused(
            f"{order.width_mm:g} mm at {order.dpi:g} dpi are {error}: take --dpi {int(most_dpi)}, or "
            f"--width-mm {int(inches * MM_PER_INCH)}",
            code=error.code,
        ) from error
    gamut = None if order.profile.data == SRGB.data else gamut_check(yardage.tile, order.profile)
    return Print(yardage, order, *size, gamut)


def packet_of(yardage: Yardage, storage: Storage) -> str:
    """Return the XMP packet that a design's image carries, "" of one that has none."""
    return carried_xmp(storage.read(design_key(yardage.row["design_id"])))


def interpolated(wanted: Print) -> Enlarged:
    """Return the tile at the size wanted, interpolated across its joins."""
    return uprez(
        unit(wanted.yardage.tile),
        wanted.yardage.repeat,
        None,
        None,
        height_px=wanted.height_px,
        width_px=wanted.width_px,
    )


def enlarged(
    wanted: Print, storage: Storage, engine: Engine, *, on_scale: Callable[[int, int], None] | None = None
) -> Enlarged:
    """Return the tile at the size wanted, its optimisation resumed as its batch had it.

    A colorway of a tile is interpolated: its textile has other colours.

    Raises:
        NotFound: its batch has no configuration any more.
        EngineError: a source is gone or has changed, or the optimisation failed.
    """
    row = wanted.yardage.row
    recipe = read_frozen(storage, row["batch_id"]).recipes[row["recipe"]]
    job = Sources(storage).job(row, Patience(0, stop=StopFlag()))
    return engine.enlarge(
        wanted.yardage.tile,
        replace(job, colorway=None),
        _as_it_is(recipe) if job.colorway is not None else recipe,
        height_px=wanted.height_px,
        width_px=wanted.width_px,
        on_scale=on_scale,
    )


def suffix_of(name: str) -> str:
    """Return what kind of file a name asks for."""
    return PurePath(name).suffix.lower()


def _as_it_is(recipe: Recipe) -> Recipe:
    """Return a recipe without the steps that would bring back the textile's own colours."""
    part = recipe.cloth
    return (
        recipe
        if part is None
        else recipe.model_copy(update={"cloth": part.model_copy(update={"refine": None})})
    )


def _eight_bits(enlarged: Enlarged) -> RgbImage:
    rows = np.array_split(enlarged.tile, 16)
    return np.concatenate(
        [((part.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8) for part in rows]
    )
