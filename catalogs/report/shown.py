"""Which pictures stand for a design, what each says to who cannot see it, and where their bytes come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalogs.report.naming import motif_of, named
from catalogs.report.pictures import Pictures, ReadImage, load_pictures
from catalogs.report.yardage import is_yardage, two_by_two

Row = Mapping[str, Any]

_OF_A_GARMENT = ("motif", "relief", "speckle", "gmd")
_OF_A_TILE = ("seam", "banding", "legibility", "max_copy")


@dataclass(frozen=True)
class Shown:
    """A picture: its key (None: there is no such file) and its words."""

    key: str | None
    alt: str


@dataclass(frozen=True)
class Cell:
    """A design's pictures: two of what it was made from, one above the other, beside them the design.

    Of a garment these are photograph and textile; of yardage the textile and, where it has one, the motif.
    """

    upper: Shown
    lower: Shown | None
    design: Shown

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all that there is."""
        return tuple(one.key for one in (self.upper, self.lower, self.design) if one and one.key)


def cell_of(row: Row) -> Cell:
    """Return the pictures of a finished design; the thumbnail stands for it where it has one."""
    names, design = named(row), row.get("thumb_key") or row.get("image_key")
    textile = Shown(row.get("style_key"), f"textile: {names.textile}")
    if not is_yardage(row):
        photograph = Shown(row.get("content_key"), f"photograph: {names.garment}")
        return Cell(photograph, textile, Shown(design, f"design: {names.garment} in {names.cloth}"))
    motif = motif_of(row)
    lower = None if motif is None else Shown(motif["key"], f"motif: {names.motif or motif['style_id']}")
    return Cell(textile, lower, Shown(design, f"new cloth: {names.title}"))


def captioned(row: Row) -> list[str]:
    """Return the scores that stand below a design, those that it has."""
    names = ("structure", "delta_e_mean", *(_OF_A_TILE if is_yardage(row) else _OF_A_GARMENT))
    return [name for name in names if row.get(name) is not None]


def load_cells(
    rows: Iterable[Row], read_image: ReadImage, *, side_px: int, known: Pictures | None = None
) -> Pictures:
    """Return the pictures of these designs by key, with the ``known`` ones; yardage is laid two by two.

    Args:
        rows: finished designs.
        read_image: returns the bytes under a key.
        side_px: the long side of an image, at most; two tiles of yardage are twice as long.
        known: already loaded; they are not read again.

    Raises:
        StorageError: the storage itself fails. What is gone or broken is None.
    """
    listed, there = list(rows), dict(known or {})
    keys = [key for row in listed for key in cell_of(row).keys if key not in there]
    loaded = load_pictures(keys, read_image, side_px=side_px)
    for row in listed:
        key = cell_of(row).design.key
        if is_yardage(row) and key in loaded and (tile := loaded[key]) is not None:
            there[key] = two_by_two(tile, row["repeat"])
    return loaded | there
