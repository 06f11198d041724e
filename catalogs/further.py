"""What else than a garment and a textile goes into a design: further textiles, a palette's colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catalogs.identity import further_ingredient, palette_ingredient

if TYPE_CHECKING:  # who reads manifests alone need not wait for it
    import pandas as pd

FURTHER_STYLES = pa.list_(
    pa.field(
        "element",
        pa.struct(
            [
                ("style_id", pa.string()),
                ("key", pa.string()),
                ("sha256", pa.string()),
                ("share", pa.float64()),
                ("region", pa.string()),
                ("motif_ratio", pa.float64()),
            ]
        ),
    )
)
# Of several textiles a design shows all: their words are joined, licences as SPDX joins them.
JOINED_COLUMNS = {
    "title": " + ",
    "licence": " AND ",
    "credit": "; ",
    "source": "; ",
    "attribution_line": "; ",
    "licence_expires": "",
    "territories": "",
}
# What stands in place of a region's colour for the textile whose figures a maker of new cloth takes.
MOTIF = "motif"
_PALETTE_COLUMNS = {"palette_id": "style_id", "palette_key": "image_key", "palette_sha256": "image_sha256"}


@dataclass(frozen=True)
class FurtherStyle:
    """A textile beside a design's first: its ``position`` in the style catalog, and its ``share`` of the
    pattern (six digits), the colour of its ``region``, or ``motif`` in its place.
    """

    position: int
    share: float = 0.0
    region: str = ""


@dataclass(frozen=True)
class Further:
    """What some designs of a batch have besides garment and textile.

    ``palette`` is the position, among all usable rows of the style catalog, of the image that lends its
    colours; None: the textiles keep their own.
    """

    palette: int | None = None
    styles: tuple[FurtherStyle, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """Where all its images are in the style catalog, the palette's last."""
        styles = tuple(style.position for style in self.styles)
        return styles if self.palette is None else (*styles, self.palette)

    @property
    def has_regions(self) -> bool:
        """Whether the garment's map of regions is looked at."""
        return any(style.region not in ("", MOTIF) for style in self.styles)

    @property
    def motif(self) -> int | None:
        """The position of the motif; None where there is none."""
        return next((style.position for style in self.styles if style.region == MOTIF), None)


def with_variants(further: Sequence[Further], motifs: Sequence[int]) -> tuple[Further, ...]:
    """Return what designs have besides garment and textile, also without regions, without a motif, with each.

    The first are the given ones, in order.
    """
    both = (*further, *(without_regions(one) for one in further))
    plain = [without_motif(one) for one in both]
    joined = [with_motif(one, motif) for motif in motifs for one in plain]
    return tuple(dict.fromkeys((*both, *plain, *joined)))


def with_motif(one: Further, position: int) -> Further:
    """Return the same with a motif, named by its position in the style catalog."""
    return replace(one, styles=(*one.styles, FurtherStyle(position, region=MOTIF)))


def without_motif(one: Further) -> Further:
    """Return the same without a motif."""
    return replace(one, styles=tuple(style for style in one.styles if style.region != MOTIF))


def without_regions(one: Further) -> Further:
    """Return the same without the textiles of a garment's regions."""
    return replace(one, styles=tuple(style for style in one.styles if style.region in ("", MOTIF)))


@dataclass(frozen=True)
class Outfits:
    """Every combination of first textile and ``Further`` that occurs, each once; ``of`` is each pair's."""

    styles: NDArray[np.int64]
    further: NDArray[np.int64]
    of: NDArray[np.int64]


def outfits(styles: NDArray[np.int32], further: NDArray[np.int32], count: int) -> Outfits:
    """Return the combinations of two columns; ``count`` is how many ``Further`` there are."""
    found, of = np.unique(styles.astype(np.int64) * count + further, return_inverse=True)
    return Outfits(found // count, found % count, of)


def palette_column(name: str, further: Sequence[Further], library: pd.DataFrame) -> list[str]:
    """Return one of the plan's palette columns for each ``Further``, "" where it has no palette."""
    column = library[_PALETTE_COLUMNS[name]]
    return ["" if one.palette is None else str(column.iloc[one.palette]) for one in further]


def further_styles(one: Further, first: pd.Series, library: pd.DataFrame) -> list[dict[str, Any]] | None:
    """Return the further textiles beside a first one, as the plan holds them; None where there are none."""
    rows = [(style, library.iloc[style.position]) for style in one.styles]
    return [
        {
            "style_id": row["style_id"],
            "key": row["image_key"],
            "sha256": row["image_sha256"],
            "share": style.share,
            "region": style.region,
            "motif_ratio": _ratio(row["motif_width_mm"], first["motif_width_mm"]),
        }
        for style, row in rows
    ] or None


def further_lines(one: Further, first: pd.Series, library: pd.DataFrame, *, to_scale: bool) -> bytes:
    """Return the lines of a ``Further`` in the hash; ``to_scale``: the recipe looks at physical widths."""
    palette = "" if one.palette is None else str(library["image_sha256"].iloc[one.palette])
    return palette_ingredient(palette) + b"".join(
        further_ingredient(
            style["sha256"], style["share"], style["region"], style["motif_ratio"] if to_scale else None
        )
        for style in further_styles(one, first, library) or ()
    )


def joined_cells(column: str, one: Further, first: pd.Series, library: pd.DataFrame) -> str:
    """Return a cell of all textiles of a design. What lends its colours only has no part in the title."""
    positions = one.positions if column != "title" else tuple(style.position for style in one.styles)
    return join_cells(column, (first[column], *(library[column].iloc[at] for at in positions)))


def join_cells(column: str, cells: Iterable[str]) -> str:
    """Return one cell for several images: each different text once, the first day on which a licence ends,
    the countries where all hold.
    """
    cells = [cell for cell in cells if cell]
    if column == "licence_expires":
        return min(cells, default="")
    if column == "territories":
        return " ".join(sorted(set.intersection(*(set(cell.split()) for cell in cells)))) if cells else ""
    return JOINED_COLUMNS[column].join(dict.fromkeys(str(cell) for cell in cells))


def _ratio(width_mm: float, first_mm: float) -> float | None:
    ratio = width_mm / first_mm
    return None if ratio != ratio else float(f"{ratio:.6g}")
