"""A spreadsheet with a thumbnail in each line."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO

import xlsxwriter  # type: ignore[import-untyped]

from catalogs.gallery.takeaway.selection import Selection
from catalogs.gallery.takeaway.telling import TOLD
from catalogs.gallery.takeaway.thumbs import thumb
from catalogs.storage import Storage

_SIDE_PX = 120
_WIDE = {"garment", "textile", "notes", "attribution"}
_DEFAULT, _WIDER, _PICTURE = 14, 34, 18
_WEB_PX_PER_POINT = 4 / 3


def spreadsheet(
    storage: Storage, selection: Selection, into: IO[bytes], head: Callable[[str], str], *, title: str
) -> None:
    """Write an XLSX file: a line a design. Text is text, whatever it starts with.

    Args:
        storage: where the thumbnails are.
        selection: the designs.
        into: a file that can be written to.
        head: returns what stands over a column.
        title: of the sheet.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(into, options) as book:
        book.set_properties({"title": title})
        bold = book.add_format({"bold": True, "bottom": 1, "valign": "vcenter"})
        cell = book.add_format({"valign": "vcenter", "text_wrap": True})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.set_column(0, 0, _PICTURE)
        for place, name in enumerate(TOLD, start=1):
            sheet.set_column(place, place, _WIDER if name in _WIDE else _DEFAULT)
        sheet.write_string(0, 0, head("picture"), bold)
        for place, name in enumerate(TOLD, start=1):
            sheet.write_string(0, place, head(name), bold)
        line = 0
        for line, piece in enumerate(selection.pieces(), start=1):
            sheet.set_row(line, (_SIDE_PX + 8) / _WEB_PX_PER_POINT)
            picture = thumb(storage, piece, side_px=_SIDE_PX, quality=82)
            if picture is not None:
                sheet.insert_image(
                    line,
                    0,
                    f"{piece.design_id}.jpg",
                    {
                        "image_data": io.BytesIO(picture.jpeg),
                        "x_offset": 4,
                        "y_offset": 4,
                        "object_position": 1,
                    },
                )
            for place, tell in enumerate(TOLD.values(), start=1):
                value = tell(piece)
                if isinstance(value, str):
                    sheet.write_string(line, place, value, cell)
                elif value is not None:
                    sheet.write_number(line, place, value, cell)
        sheet.autofilter(0, 0, max(line, 1), len(TOLD))
