"""A design's separation as files: composite, plates, palette, and a table of its inks."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nst_core.codec import encode_inks_png, encode_plate_png, encode_plates_tiff
from nst_core.inks import (
    MM_PER_INCH,
    Plate,
    Separated,
    at_resolution,
    delta_e,
    difference,
    plates_of,
    total_coverage,
)
from nst_core.palettes import Ink, write_palette


@dataclass(frozen=True, eq=False)
class Separation:
    """A separation with its plates.

    Attributes:
        separated: at the resolution of the plates.
        plates: in the order of printing, one for each ink, some perhaps empty; none for the ground.
        inks: a row for each plate, as the table has it, before them one without a number for the ground.
        xmp: what the picture says about itself, which composite and plates say on.
    """

    separated: Separated
    plates: tuple[Plate, ...]
    inks: tuple[dict[str, Any], ...]
    xmp: str = ""

    @property
    def dpi(self) -> float:
        """Of all files, px per inch."""
        return self.separated.px_per_mm * MM_PER_INCH

    @property
    def empty(self) -> tuple[str, ...]:
        """The inks that print nothing, by name."""
        return tuple(plate.ink.name for plate in self.plates if plate.empty)

    def figures(self) -> dict[str, Any]:
        """Return what is true of the whole: size, resolution, coverage, ΔE2000 to the picture."""
        height, width = self.separated.inks.shape
        return {
            "width_px": width,
            "height_px": height,
            "dpi": round(self.dpi, 2),
            "coverage": round(total_coverage(self.plates), 4),
            "delta_e_mean": round(self.separated.at_its_size.mean, 2),
            "delta_e_p95": round(self.separated.at_its_size.p95, 2),
            "ground": None if self.separated.ground is None else _ground_of(self.separated).hex,
        }

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and bytes of each file; a plate with nothing on it has none."""
        separated = self.separated
        printing = [plate for plate in self.plates if not plate.empty]
        yield "composite.png", encode_inks_png(separated.inks, separated.colours, dpi=self.dpi, xmp=self.xmp)
        for plate in printing:
            yield (
                _file_name(plate),
                encode_plate_png(plate.ink.name, plate.prints, dpi=self.dpi, xmp=self.xmp),
            )
        films = [(plate.ink.name, plate.prints) for plate in printing]
        yield "plates.tif", encode_plates_tiff(separated.composite, films, dpi=self.dpi, xmp=self.xmp)
        yield "palette.gpl", write_palette(separated.palette, "gpl")
        yield "palette.ase", write_palette(separated.palette, "ase")
        yield "inks.csv", self._table()

    def _table(self) -> bytes:
        out = io.StringIO(newline="")
        table = csv.DictWriter(out, list(self.inks[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(self.inks)
        return out.getvalue().encode()


def separation_of(
    separated: Separated, *, trap_mm: float, min_region_mm: float, dpi: float | None, xmp: str = ""
) -> Separation:
    """Return the plates of a separation.

    Args:
        separated: a picture in inks.
        trap_mm: how far a lighter ink spreads under a darker one.
        min_region_mm: side of the square that no region is smaller than, where it is enlarged.
        dpi: of the plates, at least; None: as it is.
        xmp: of the picture.

    Raises:
        InksImpossible: more pixels than can be worked on.
    """
    apart = delta_e(separated.composite, separated.picture)
    large = separated if dpi is None else at_resolution(separated, dpi, min_region_mm=min_region_mm)
    plates = plates_of(large, trap_mm=trap_mm)

    def row(ink: Ink, number: int | None, prints: float, shows: float) -> dict[str, Any]:
        off = apart[separated.inks == separated.palette.inks.index(ink)]
        lightness, a, b = ink.lab
        return {
            "number": number,
            "name": ink.name,
            "hex": ink.hex,
            "L": round(lightness, 2),
            "a": round(a, 2),
            "b": round(b, 2),
            "shows": round(shows, 4),
            "prints": round(prints, 4),
            "delta_e_mean": round(difference(off).mean, 2) if off.size else None,
            "delta_e_p95": round(difference(off).p95, 2) if off.size else None,
        }

    rows = [row(plate.ink, plate.number, plate.coverage, float(plate.shows.mean())) for plate in plates]
    if large.ground is not None:
        rows.insert(0, row(_ground_of(large), None, 0.0, float((large.inks == large.ground).mean())))
    return Separation(large, plates, tuple(rows), xmp)


def _ground_of(separated: Separated) -> Ink:
    return separated.palette.inks[separated.ground or 0]


def _file_name(plate: Plate) -> str:
    plain = unicodedata.normalize("NFKD", plate.ink.name).encode("ascii", "ignore").decode().lower()
    return f"plate-{plate.number:02d}-{re.sub('[^a-z0-9]+', '-', plain).strip('-')[:32] or 'ink'}.png"
