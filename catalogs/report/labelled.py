"""A grid of pictures, each with a line below it that says what it is."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from catalogs.lettering import write
from catalogs.report.sheet import INK, PAPER

GAP_PX, LABEL_PX, MARGIN_PX = 16, 30, 24


def labelled_grid(rows: Sequence[Sequence[tuple[str, Image.Image]]], *, xmp: str = "") -> bytes:
    """Return a PNG with rows of pictures at their own size, from the top left, each with its label below.

    Args:
        rows: label and picture of each place.
        xmp: an XMP packet, "" for none.

    Raises:
        ValueError: there is no picture.
    """
    pictures = [picture for row in rows for _label, picture in row]
    if not pictures:
        raise ValueError("a grid needs a picture, and there is none")
    width, height = max(one.width for one in pictures), max(one.height for one in pictures)
    columns = max(len(row) for row in rows)
    size = (
        2 * MARGIN_PX + columns * (width + GAP_PX) - GAP_PX,
        2 * MARGIN_PX + len(rows) * (height + LABEL_PX),
    )
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for down, row in enumerate(rows):
        for across, (label, picture) in enumerate(row):
            at = (MARGIN_PX + across * (width + GAP_PX), MARGIN_PX + down * (height + LABEL_PX))
            sheet.paste(picture, at)
            write(draw, (at[0], at[1] + picture.height + 5), label, 14, INK, width)
    out = io.BytesIO()
    words = PngInfo()
    if xmp:
        words.add_itxt("XML:com.adobe.xmp", xmp)
    sheet.save(out, "PNG", compress_level=6, pnginfo=words)
    return out.getvalue()
