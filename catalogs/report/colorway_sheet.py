"""The contact sheet by colorway: a row a design, a column a colorway with its palette above, as one PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from catalogs.lettering import legible, write
from catalogs.report.colorways import ByColorway, Colorway, Row
from catalogs.report.naming import named, named_by_ids
from catalogs.report.pictures import Pictures
from catalogs.report.sheet import INK, MARGIN_PX, PAPER, QUIET, hang
from catalogs.report.shown import cell_of
from catalogs.report.words import figure

GAP_PX, HEAD_PX, SWATCH_PX, LABEL_PX = 12, 66, 22, 44
# Cells are as large as fits into a sheet of this width, within these.
WIDTH_PX, LEAST_PX, MOST_PX = 2600, 96, 232
OWN = "own colours"


def colorway_sheet(shown: ByColorway, pictures: Pictures, *, title: str, subtitle: str = "") -> bytes:
    """Return a PNG with the designs of a batch by colorway.

    Args:
        shown: the designs.
        pictures: by key; a picture that is gone leaves an empty well.
        title, subtitle: two lines at the top.
    """
    columns = len(shown.columns)
    side = min(MOST_PX, max(LEAST_PX, (WIDTH_PX - 2 * MARGIN_PX) // columns - GAP_PX))
    width = max(2 * MARGIN_PX + columns * (side + GAP_PX) - GAP_PX, 720)
    line_px = side + LABEL_PX
    top = 110
    height = top + HEAD_PX + len(shown.rows) * line_px + MARGIN_PX
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    write(draw, (MARGIN_PX, 30), title, 30, INK, width - 2 * MARGIN_PX)
    write(draw, (MARGIN_PX, 72), subtitle, 16, QUIET, width - 2 * MARGIN_PX)
    for across, colorway in enumerate(shown.columns):
        _head(draw, (MARGIN_PX + across * (side + GAP_PX), top), colorway, side)
    for down, rows in enumerate(shown.rows):
        _line(sheet, top + HEAD_PX + down * line_px, rows, pictures, side)
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _head(draw: ImageDraw.ImageDraw, at: tuple[int, int], colorway: Colorway, side_px: int) -> None:
    left, top = at
    write(draw, at, colorway.name or OWN, 15, INK, side_px)
    count = len(colorway.colours)
    for index, colour in enumerate(colorway.colours):
        edges = [left + index * side_px // count, left + (index + 1) * side_px // count - 1]
        draw.rectangle((edges[0], top + 24, edges[1], top + 24 + SWATCH_PX), fill=colour)


def _line(sheet: Image.Image, top: int, rows: Sequence[Row | None], pictures: Pictures, side_px: int) -> None:
    draw = ImageDraw.Draw(sheet)
    first = next(row for row in rows if row is not None)
    names = named(first)
    if not legible(names.title):
        names = named_by_ids(first)
    for across, row in enumerate(rows):
        left = MARGIN_PX + across * (side_px + GAP_PX)
        if row is None:
            hang(sheet, None, (left, top), side_px)
            continue
        key = cell_of(row).design.key
        hang(sheet, pictures.get(key) if key else None, (left, top), side_px)
        if row.get("structure") is not None:
            write(
                draw, (left, top + side_px + 22), f"structure {figure(row['structure'])}", 12, QUIET, side_px
            )
    # The words of a design may run on under its neighbours: they are about all of them.
    width = sheet.width - 2 * MARGIN_PX
    write(draw, (MARGIN_PX, top + side_px + 4), names.without_colorway, 14, INK, width)
