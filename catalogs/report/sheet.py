"""The contact sheet: each design beside what it was made from, as one PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw

from catalogs.lettering import legible, write
from catalogs.report.naming import named, named_by_ids
from catalogs.report.pictures import Pictures, ReadImage
from catalogs.report.ranking import rank_score
from catalogs.report.shown import captioned, cell_of, load_cells
from catalogs.report.words import figure, rank

Row = Mapping[str, Any]

COLUMNS = 4
SIDE_PX, DESIGN_PX, GAP_PX, MARGIN_PX = 124, 252, 4, 36
CELL_WIDTH_PX = SIDE_PX + GAP_PX + DESIGN_PX
CELL_HEIGHT_PX = DESIGN_PX + 58
GUTTER_PX = 26
PAPER, INK, QUIET, WELL = "#faf9f6", "#24211d", "#77716a", "#ece9e3"
WARN = "#a4472f"


def contact_sheet(
    sections: Mapping[str, Sequence[Row]],
    read_image: ReadImage,
    *,
    title: str,
    subtitle: str = "",
    pictures: Pictures | None = None,
) -> bytes:
    """Return a PNG with one cell a design: its two sources, the design beside them, a caption below.

    Of a garment the sources are photograph and textile; of yardage textile and motif, and the design is
    two by two tiles of its repeat.

    Args:
        sections: heading → rows of a manifest, in the order of the sheet; at most a few dozen in all.
        read_image: returns the bytes under a key.
        title, subtitle: two lines at the top.
        pictures: already loaded ones by key; what is not in it is read.

    Raises:
        StorageError: the storage itself fails. A picture that is gone or broken leaves an empty well.
    """
    shown = {heading: list(rows) for heading, rows in sections.items() if rows}
    wanted = [row for rows in shown.values() for row in rows]
    there = load_cells(wanted, read_image, side_px=DESIGN_PX, known=pictures)
    columns = max(1, min(COLUMNS, max((len(rows) for rows in shown.values()), default=1)))
    width = max(2 * MARGIN_PX + columns * (CELL_WIDTH_PX + GUTTER_PX) - GUTTER_PX, 720)
    lines = {heading: math.ceil(len(rows) / columns) for heading, rows in shown.items()}
    height = 110 + sum(46 + count * (CELL_HEIGHT_PX + GUTTER_PX) for count in lines.values()) + MARGIN_PX
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    write(draw, (MARGIN_PX, 30), title, 30, INK, width - 2 * MARGIN_PX)
    write(draw, (MARGIN_PX, 72), subtitle, 16, QUIET, width - 2 * MARGIN_PX)
    top = 110
    if not shown:
        write(draw, (MARGIN_PX, top), "no finished designs", 18, QUIET, width - 2 * MARGIN_PX)
    for heading, rows in shown.items():
        draw.line((MARGIN_PX, top, width - MARGIN_PX, top), fill="#d8d3ca")
        write(draw, (MARGIN_PX, top + 12), heading, 18, INK, width - 2 * MARGIN_PX)
        top += 46
        for k, row in enumerate(rows):
            left = MARGIN_PX + (k % columns) * (CELL_WIDTH_PX + GUTTER_PX)
            _cell(sheet, (left, top + (k // columns) * (CELL_HEIGHT_PX + GUTTER_PX)), row, there)
        top += lines[heading] * (CELL_HEIGHT_PX + GUTTER_PX)
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _cell(sheet: Image.Image, at: tuple[int, int], row: Row, there: Pictures) -> None:
    draw, (left, top) = ImageDraw.Draw(sheet), at
    cell = cell_of(row)
    places = (
        (cell.upper, (left, top), SIDE_PX),
        (cell.lower, (left, top + SIDE_PX + GAP_PX), SIDE_PX),
        (cell.design, (left + SIDE_PX + GAP_PX, top), DESIGN_PX),
    )
    for one, place, side_px in places:
        if one is not None:
            hang(sheet, there.get(one.key) if one.key else None, place, side_px)
    names = named(row)
    if not legible(names.title):
        names = named_by_ids(row)
    score = rank_score(row)
    numbers = [f"{name.replace('_', ' ')} {figure(row[name])}" for name in captioned(row)]
    low = top + DESIGN_PX + 6
    made = f", {names.made}" if names.made else ""
    write(draw, (left, low), " × ".join(names.parts), 14, INK, CELL_WIDTH_PX, ending=made)
    caption = "   ".join([*(() if score is None else ("rank " + rank(score),)), *numbers])
    write(draw, (left, low + 19), caption, 13, QUIET, CELL_WIDTH_PX)
    write(draw, (left, low + 36), ", ".join(row.get("flags") or ()), 12, WARN, CELL_WIDTH_PX)


def hang(sheet: Image.Image, picture: Image.Image | None, at: tuple[int, int], side_px: int) -> None:
    """Draw a picture into its well of ``side_px``; None leaves the well empty."""
    x, y = at
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((x, y, x + side_px - 1, y + side_px - 1), fill=WELL)
    if picture is None:
        x, y = x + side_px // 2, y + side_px // 2
        draw.line((x - 12, y + 12, x + 12, y - 12), fill=QUIET)
        return
    fitted = picture.copy()
    fitted.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    sheet.paste(fitted, (x + (side_px - fitted.width) // 2, y + (side_px - fitted.height) // 2))
