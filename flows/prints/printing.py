"""From a painted tile to a file for the mill: its size, its preflight, its pixels, its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from catalogs.frozen import read_frozen
from catalogs.storage import Storage
from configs.errors import ConfigError
from configs.recipe import Recipe
from flows.marking.provenance import design_title
from flows.marking.signing import MEDIA_TYPES, Signer
from flows.marking.terms import Terms
from flows.patience import Patience
from flows.prints.preflight import (
    Check,
    State,
    coverage_checks,
    ink_checks,
    profile_checks,
    repeat_checks,
    rights_checks,
    size_checks,
    terms_checks,
)
from flows.prints.print_order import ENCODERS, MM_PER_INCH, Order
from flows.prints.proof import Yardage
from flows.revision import tool_name
from flows.shards.rows import PlanRow
from flows.shards.sources import Sources
from flows.stopping import StopFlag
from nst_core.errors import InksImpossible, PressRefused
from nst_core.garment.pixels import unit
from nst_core.inks import Cloth, separate
from nst_core.press import (
    SRGB,
    GamutCheck,
    PressSheet,
    gamut_check,
    in_matrix_profile,
    in_profile,
    matrix_of,
)
from nst_core.uprez import Enlarged, press_size_px, uprez

if TYPE_CHECKING:
    from nst_core.design import RgbImage
    from nst_core.engine import Engine

TRAP_MM = 0.1
MIN_REGION_MM = 0.3


@dataclass(frozen=True, eq=False)
class Print:
    """A tile on its way to the mill, before its pixels are made."""

    yardage: Yardage
    order: Order
    terms: Terms
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

    def checks(
        self, detail_width_px: float, *, day: date, inks: int | None = None, cloth: Cloth | None = None
    ) -> list[Check]:
        """Return the table of a preflight.

        Args:
            detail_width_px: width of a tile that would hold all the detail that the file has.
            day: of printing.
            inks: how many it is to be separated into; None: it is printed as it is.
            cloth: whose own colour is no ink; None: all is printed.
        """
        order, terms = self.order, self.terms
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
            *repeat_checks(self.yardage.row),
        ]
        if inks is not None:
            found += self._ink_checks(inks, cloth)
        return [
            *found,
            *rights_checks(terms.row, day, territory=terms.rights.territory),
            *terms_checks(terms.changes, since_painted=terms.since_painted),
        ]

    def _ink_checks(self, inks: int, cloth: Cloth | None) -> Iterator[Check]:
        try:
            separated = separate(
                self.yardage.tile,
                count=inks,
                repeat=self.yardage.repeat,
                width_mm=self.order.width_mm,
                min_region_mm=MIN_REGION_MM,
                cloth=cloth,
            )
        except InksImpossible as error:
            yield Check("inks", str(inks), State.REFUSED, str(error))
            return
        yield from ink_checks(separated, trap_mm=TRAP_MM, most_ink=self.order.most_ink)

    def file(self, enlarged: Enlarged) -> bytes:
        """Return the file, with the XMP packet of the design that it is made from.

        Raises:
            PressRefused: the file would be larger than its kind can be.
        """
        values: RgbImage | np.ndarray[tuple[int, ...], np.dtype[np.uint16]] = enlarged.tile
        if self.order.bits == 8:
            values = in_profile(_eight_bits(enlarged), self.order.profile)
        elif self.order.profile.data != SRGB.data and (printer := matrix_of(self.order.profile)) is not None:
            values = in_matrix_profile(enlarged.tile, printer)
        title = design_title(self.yardage.row)
        sheet = PressSheet(
            values, self.order.profile, self.order.width_mm, self.height_mm, self.terms.xmp, title
        )
        return ENCODERS[self.order.suffix](sheet)

    def signed(self, data: bytes, enlarged: Enlarged, signer: Signer, design: bytes) -> bytes:
        """Return the file with the house's signature on it and on what was done to the design.

        Args:
            data: of ``file``.
            enlarged: what it was made of.
            signer: signs it.
            design: the PNG of the design.

        Raises:
            SigningUnavailable, SigningFailed: it cannot sign.
        """
        done = [
            *(("c2pa.resized",) if enlarged.tile.shape != self.yardage.tile.shape else ()),
            *(("c2pa.edited",) if enlarged.scales_px else ()),
            *(("c2pa.color_adjustments",) if self.order.profile.data != SRGB.data else ()),
            *(("c2pa.converted",) if self.order.suffix != ".png" else ()),
        ]
        media_type = MEDIA_TYPES[self.order.suffix]
        row, tool = self.yardage.row, tool_name()
        return signer.sign_copy(data, row, media_type=media_type, design=design, actions=done, tool=tool)


def print_of(yardage: Yardage, order: Order, terms: Terms) -> Print:
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
    return Print(yardage, order, terms, *size, gamut)


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
        ConfigError: its batch was planned anew with another recipe.
        EngineError: a source is gone or has changed, or the optimisation failed.
    """
    row = wanted.yardage.row
    recipe = _recipe_of(storage, row)
    job = Sources(storage).job(row, recipe, Patience(0, stop=StopFlag()))
    if job.colorway is not None:
        return interpolated(wanted)
    return engine.enlarge(
        wanted.yardage.tile,
        job,
        recipe,
        height_px=wanted.height_px,
        width_px=wanted.width_px,
        on_scale=on_scale,
    )


def _recipe_of(storage: Storage, row: PlanRow) -> Recipe:
    frozen = read_frozen(storage, row["batch_id"])
    recipe = frozen.recipes.get(row["recipe"])
    if recipe is None or frozen.hashes.get(row["recipe"]) != row["recipe_hash"]:
        raise ConfigError(
            f"the batch {row['batch_id']} was planned anew without the recipe {row['recipe']} that painted "
            f"this tile, whose steps cannot be resumed; paint it anew, or take --interpolate"
        )
    return recipe


def _eight_bits(enlarged: Enlarged) -> RgbImage:
    rows = np.array_split(enlarged.tile, 16)
    return np.concatenate(
        [((part.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8) for part in rows]
    )
