"""The line sheet: designs with codes, notes and licences on A4 or Letter, as buyers know them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4, letter  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader, simpleSplit  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from catalogs.gallery.takeaway.credits import credits_of
from catalogs.gallery.takeaway.lettering import BOLD, PLAIN, cut, fonts_ready, is_legible, written
from catalogs.gallery.takeaway.selection import Piece, Selection
from catalogs.gallery.takeaway.thumbs import thumb
from catalogs.gallery.words import Words
from catalogs.report.naming import named, named_by_ids
from catalogs.storage import Storage

PAPERS = {"a4": A4, "letter": letter}
COLUMNS = ROWS = 3
_MARGIN, _GUTTER, _HEAD, _FOOT = 40.0, 16.0, 54.0, 24.0
_TEXT = 62.0  # of a cell, below its picture
_SIDE_PX = 480
# Of so many designs pictures are made of the paintings themselves; of more, of their thumbnails.
_FINE = 200
_INK, _QUIET, _LINE = HexColor("#24211d"), HexColor("#6b665f"), HexColor("#d8d3ca")
_CREDIT_SIZE, _CREDIT_LEADING = 8.0, 11.0


@dataclass(frozen=True)
class Heading:
    """What stands on every page: the title, and when the sheet was made."""

    title: str
    made_at: datetime


def line_sheet(
    storage: Storage,
    selection: Selection,
    into: IO[bytes],
    words: Words,
    heading: Heading,
    *,
    paper: str = "a4",
) -> None:
    """Write a PDF file: nine designs a page, then the licences and credits of all that they were made from.

    Args:
        storage: where the pictures are.
        selection: the designs.
        into: a file that can be written to.
        words: what is said, ``takeaway``.
        heading: of every page.
        paper: one of ``PAPERS``.
    """
    _Sheet(storage, into, words, heading, PAPERS[paper]).draw(list(selection.pieces()))


class _Sheet:
    def __init__(
        self, storage: Storage, into: IO[bytes], words: Words, heading: Heading, size: tuple[float, float]
    ) -> None:
        fonts_ready()
        self._storage = storage
        self._words = words
        self._heading = heading
        self._width, self._height = size
        self._canvas = Canvas(into, pagesize=size, pageCompression=1)
        self._canvas.setTitle(heading.title)
        self._canvas.setCreator("Toile")
        self._is_fine = False
        self._page = 0
        self._pages = 0

    def draw(self, pieces: Sequence[Piece]) -> None:
        self._is_fine = len(pieces) <= _FINE
        credit_pages = self._credit_pages(pieces)
        each = COLUMNS * ROWS
        self._pages = math.ceil(len(pieces) / each) + len(credit_pages)
        subtitle = self._words("takeaway.designs", count=len(pieces))
        for start in range(0, len(pieces), each):
            self._open(subtitle)
            for place, piece in enumerate(pieces[start : start + each]):
                self._cell(piece, place)
            self._close()
        for lines in credit_pages:
            self._open(self._words("takeaway.credits"))
            self._lines(lines)
            self._close()
        self._canvas.save()

    def _open(self, subtitle: str) -> None:
        self._page += 1
        canvas, top = self._canvas, self._height - _MARGIN
        inner = self._width - 2 * _MARGIN
        canvas.setFillColor(_INK)
        canvas.setFont(BOLD, 15)
        canvas.drawString(_MARGIN, top - 12, cut(written(self._heading.title), BOLD, 15, inner - 130))
        canvas.setFont(PLAIN, 9)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_MARGIN, top - 28, written(subtitle))
        day = f"{self._heading.made_at:%Y-%m-%d}"
        canvas.drawRightString(self._width - _MARGIN, top - 12, day)
        self._rule(top - 38)

    def _close(self) -> None:
        canvas = self._canvas
        self._rule(_MARGIN + 10)
        canvas.setFont(PLAIN, 8)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_MARGIN, _MARGIN - 4, written(self._words("takeaway.made_by")))
        page = self._words("takeaway.page", page=self._page, pages=self._pages)
        canvas.drawRightString(self._width - _MARGIN, _MARGIN - 4, written(page))
        canvas.showPage()

    def _rule(self, y: float) -> None:
        self._canvas.setStrokeColor(_LINE)
        self._canvas.setLineWidth(0.6)
        self._canvas.line(_MARGIN, y, self._width - _MARGIN, y)

    def _cell(self, piece: Piece, place: int) -> None:
        wide = (self._width - 2 * _MARGIN - (COLUMNS - 1) * _GUTTER) / COLUMNS
        high = (self._height - 2 * _MARGIN - _HEAD - _FOOT - (ROWS - 1) * _GUTTER) / ROWS
        left = _MARGIN + place % COLUMNS * (wide + _GUTTER)
        top = self._height - _MARGIN - _HEAD - place // COLUMNS * (high + _GUTTER)
        self._picture(piece, left, top, wide, high - _TEXT)
        row = piece.row
        names = named(row)
        if not is_legible(names.title):
            names = named_by_ids(row)
        said = [f"{piece.rating:.1f} / 5"] if piece.rating is not None else []
        code = "  ·  ".join([f"{piece.place}", piece.design_id[:12], *said])
        made = ", ".join(part for part in (names.textile, names.motif, names.made) if part)
        licences = " · ".join(
            dict.fromkeys(one for one in (row["content_licence"], row["style_licence"]) if one)
        )
        self._line(left, top - high + _TEXT - 12, names.garment or names.textile, BOLD, 8, _INK, wide)
        self._line(left, top - high + _TEXT - 23, made if names.garment else names.made, PLAIN, 8, _INK, wide)
        self._line(left, top - high + _TEXT - 33, code, PLAIN, 7, _QUIET, wide)
        self._line(left, top - high + _TEXT - 42, licences, PLAIN, 7, _QUIET, wide)
        notes = simpleSplit(written("; ".join(piece.notes), at_most=400), PLAIN, 7, wide)
        for at, line in enumerate(notes[:2]):
            told = line if at == 0 or len(notes) == 2 else f"{line}…"
            self._line(left, top - high + _TEXT - 52 - 9 * at, told, PLAIN, 7, _INK, wide)

    def _picture(self, piece: Piece, left: float, top: float, wide: float, high: float) -> None:
        found = thumb(self._storage, piece, side_px=_SIDE_PX, is_fine=self._is_fine)
        if found is None:
            self._canvas.setStrokeColor(_LINE)
            self._canvas.rect(left, top - high, wide, high)
            nothing = self._words("takeaway.no_picture")
            self._line(left + 8, top - high / 2, nothing, PLAIN, 8, _QUIET, wide - 16)
            return
        scale = min(wide / found.width_px, high / found.height_px)
        width, height = found.width_px * scale, found.height_px * scale
        image = ImageReader(io.BytesIO(found.jpeg))
        self._canvas.drawImage(image, left, top - high, width, height)

    def _line(
        self, left: float, y: float, text: str, font: str, size: float, ink: HexColor, wide: float
    ) -> None:
        self._canvas.setFont(font, size)
        self._canvas.setFillColor(ink)
        self._canvas.drawString(left, y, cut(written(text), font, size, wide))

    def _credit_pages(self, pieces: Sequence[Piece]) -> list[list[tuple[str, str]]]:
        """Return the lines of each page of credits, with their font."""
        wide = self._width - 2 * _MARGIN
        lines: list[tuple[str, str]] = []
        for told in (self._words("takeaway.credits_say"), ""):
            split = simpleSplit(written(told, at_most=400), PLAIN, _CREDIT_SIZE, wide) or [""]
            lines += [(PLAIN, one) for one in split]
        for credit in credits_of(pieces, self._words):
            lines.append((BOLD, cut(written(credit.head), BOLD, _CREDIT_SIZE, wide)))
            for text in credit.lines:
                split = simpleSplit(written(text, at_most=600), PLAIN, _CREDIT_SIZE, wide)
                lines += [(PLAIN, one) for one in split]
            lines.append((PLAIN, ""))
        room = self._height - 2 * _MARGIN - _HEAD - _FOOT
        each = int(room // _CREDIT_LEADING)
        return [lines[start : start + each] for start in range(0, len(lines), each)]

    def _lines(self, lines: Sequence[tuple[str, str]]) -> None:
        self._canvas.setFillColor(_INK)
        y = self._height - _MARGIN - _HEAD
        for font, text in lines:
            self._canvas.setFont(font, _CREDIT_SIZE)
            self._canvas.drawString(_MARGIN, y, text)
            y -= _CREDIT_LEADING
