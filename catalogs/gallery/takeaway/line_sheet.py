"""The line sheet: designs with codes, notes and licences on A4 or Letter, as buyers know them."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO

from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4, letter  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from catalogs.gallery.takeaway import columns
from catalogs.gallery.takeaway.caption import HEIGHT, Caption, caption, heads, legible_names, said_of
from catalogs.gallery.takeaway.columns import Paragraph, Set, in_columns
from catalogs.gallery.takeaway.credits import credits_of
from catalogs.gallery.takeaway.lettering import Lettering, Text
from catalogs.gallery.takeaway.selection import Piece, Selection
from catalogs.gallery.takeaway.thumbs import thumb
from catalogs.gallery.words import Words
from catalogs.storage import Storage

PAPERS = {"a4": A4, "letter": letter}
_MARGIN, _GUTTER, _HEAD, _FOOT = 40.0, 16.0, 54.0, 24.0
_PX_PER_POINT = 3
_MOST_POINTS_PER_PX = 1.5  # of a design alone on its page: 48 pixels an inch
# Of so many designs pictures are made of the paintings themselves; of more, of their thumbnails.
_FINE = 200
_MOST_SCRIPTS = 8
_INK, _QUIET, _LINE = HexColor("#24211d"), HexColor("#6b665f"), HexColor("#d8d3ca")


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
    lettering: Lettering | None = None,
) -> None:
    """Write a PDF file: nine designs a page, larger ones where they are few, then notes and credits.

    What has no room below a design stands whole on a later page; the last pages are the licences and credits
    of all that the designs were made from.

    Args:
        storage: where the pictures are.
        selection: the designs.
        into: a file that can be written to.
        words: what is said, ``takeaway``.
        heading: of every page.
        paper: one of ``PAPERS``.
        lettering: writes with the fonts of other folders than the machine's.
    """
    lettering = lettering or Lettering()
    _Sheet(storage, into, words, heading, PAPERS[paper], lettering).draw(list(selection.pieces()))


class _Sheet:
    def __init__(
        self,
        storage: Storage,
        into: IO[bytes],
        words: Words,
        heading: Heading,
        size: tuple[float, float],
        lettering: Lettering,
    ) -> None:
        self._storage = storage
        self._words = words
        self._heading = heading
        self._letters = lettering
        self._title = lettering.text(heading.title)
        self._width, self._height = size
        self._inner = self._width - 2 * _MARGIN
        self._canvas = Canvas(into, pagesize=size, pageCompression=1)
        self._canvas.setTitle(heading.title)
        self._canvas.setCreator("Toile")
        self._is_fine = False
        self._page = 0
        self._pages = 0

    def draw(self, pieces: Sequence[Piece]) -> None:
        self._is_fine = len(pieces) <= _FINE
        across = 1 if len(pieces) == 1 else 2 if len(pieces) <= 4 else 3
        each, wide = across**2, (self._inner - (across - 1) * _GUTTER) / across
        captions = [caption(piece, self._letters, self._words, wide) for piece in pieces]
        in_full = [piece for piece, said in zip(pieces, captions, strict=True) if not said.is_whole]
        parts = [
            (self._words("takeaway.in_full"), self._columns([self._in_full(piece) for piece in in_full])),
            (self._words("takeaway.credits"), self._credits(pieces)),
        ]
        self._pages = math.ceil(len(pieces) / each) + sum(math.ceil(len(found) / 2) for _, found in parts)
        subtitle = self._words("takeaway.designs", count=len(pieces))
        for start in range(0, len(pieces), each):
            self._open(subtitle)
            for place in range(start, min(start + each, len(pieces))):
                self._cell(pieces[place], captions[place], place - start, across)
            self._close()
        for subtitle, found in parts:
            for start in range(0, len(found), 2):
                self._open(subtitle)
                for place, lines in enumerate(found[start : start + 2]):
                    self._column(lines, _MARGIN + place * (self._column_width + _GUTTER))
                self._close()
        self._canvas.save()

    def _open(self, subtitle: str) -> None:
        self._page += 1
        top, letters = self._height - _MARGIN, self._letters
        day = letters.text(f"{self._heading.made_at:%Y-%m-%d}")
        day_wide = letters.width(day, 9)
        title, room = self._title, self._inner - day_wide - _GUTTER
        if letters.width(title, 15, bold=True) <= room:
            self._line(_MARGIN, top - 12, title, 15, bold=True)
            self._line(_MARGIN, top - 28, letters.text(subtitle), 9, ink=_QUIET)
        else:
            lines = letters.lines(title, 11, room, bold=True)
            for line, text in enumerate(lines[:2]):
                told = replace(text, letters=f"{text.letters}…") if line == 1 and len(lines) > 2 else text
                self._line(
                    _MARGIN, top - 9 - 12 * line, letters.cut(told, 11, room, bold=True), 11, bold=True
                )
            self._line(_MARGIN, top - 32, letters.text(subtitle), 9, ink=_QUIET)
        self._line(self._width - _MARGIN - day_wide, top - 12, day, 9, ink=_QUIET)
        self._rule(top - 38)

    def _close(self) -> None:
        letters = self._letters
        self._rule(_MARGIN + 14)
        self._line(_MARGIN, _MARGIN, letters.text(self._words("takeaway.made_by")), 8, ink=_QUIET)
        page = letters.text(self._words("takeaway.page", page=self._page, pages=self._pages))
        self._line(self._width - _MARGIN - letters.width(page, 8), _MARGIN, page, 8, ink=_QUIET)
        self._canvas.showPage()

    def _rule(self, y: float) -> None:
        self._canvas.setStrokeColor(_LINE)
        self._canvas.setLineWidth(0.6)
        self._canvas.line(_MARGIN, y, self._width - _MARGIN, y)

    def _cell(self, piece: Piece, said: Caption, place: int, across: int) -> None:
        wide = (self._inner - (across - 1) * _GUTTER) / across
        high = (self._height - 2 * _MARGIN - _HEAD - _FOOT - (across - 1) * _GUTTER) / across
        left = _MARGIN + place % across * (wide + _GUTTER)
        top = self._height - _MARGIN - _HEAD - place // across * (high + _GUTTER)
        low = self._picture(piece, (left, top), wide, high - HEIGHT, is_alone=across == 1)
        for line in said.lines:
            ink = _QUIET if line.is_quiet else _INK
            self._line(left, low - line.below, line.text, line.size, bold=line.is_bold, ink=ink)

    def _picture(
        self, piece: Piece, at: tuple[float, float], wide: float, high: float, *, is_alone: bool
    ) -> float:
        """Draw a design's picture and return where it ends; the pictures of a row end alike."""
        left, top = at
        side_px = round(_PX_PER_POINT * max(wide, high))
        found = thumb(self._storage, piece, side_px=side_px, is_fine=self._is_fine)
        if found is None:
            self._canvas.setStrokeColor(_LINE)
            self._canvas.rect(left, top - high, wide, high)
            nothing = self._letters.text(self._words("takeaway.no_picture"))
            self._line(left + 8, top - high / 2, nothing, 8, ink=_QUIET)
            return top - high
        scale = min(wide / found.width_px, high / found.height_px)
        if is_alone:
            scale = min(scale, _MOST_POINTS_PER_PX)
        width, height = found.width_px * scale, found.height_px * scale
        low = top - height if is_alone else top - high
        self._canvas.drawImage(ImageReader(io.BytesIO(found.jpeg)), left, low, width, height)
        return low

    def _line(
        self, x: float, y: float, text: Text, size: float, *, bold: bool = False, ink: HexColor = _INK
    ) -> None:
        self._letters.draw(self._canvas, (x, y), text, size, ink, bold=bold)

    @property
    def _column_width(self) -> float:
        return (self._inner - _GUTTER) / 2

    def _columns(self, paragraphs: Sequence[Paragraph]) -> list[list[Set]]:
        room = self._height - 2 * _MARGIN - _HEAD - _FOOT
        most = int(room // columns.LEADING)
        return in_columns(paragraphs, self._letters, width=self._column_width, most_lines=most)

    def _column(self, lines: Sequence[Set], left: float) -> None:
        y = self._height - _MARGIN - _HEAD
        for line in lines:
            y -= columns.LEADING
            self._line(left, y + 3, line.text, columns.SIZE, bold=line.is_bold)

    def _in_full(self, piece: Piece) -> Paragraph:
        head, below = heads(legible_names(piece, self._letters))
        return Paragraph(f"{piece.place}  ·  {head}", (below, *said_of(piece, self._words)))

    def _credits(self, pieces: Sequence[Piece]) -> list[list[Set]]:
        told = [Paragraph("", (self._words("takeaway.credits_say"),))]
        told += [Paragraph(credit.head, credit.lines) for credit in credits_of(pieces, self._words)]
        found = self._columns(told)
        about = self._about_letters()
        return self._columns([*told, Paragraph("", about)]) if about else found

    def _about_letters(self) -> tuple[str, ...]:
        """Return what is said of letters that are not in the file, and of those that no font here writes."""
        said = [self._words("takeaway.lent_letters")] if self._letters.is_lent else []
        if missing := sorted(self._letters.missing):
            scripts = ", ".join(sorted({_script_of(mark) for mark in missing})[:_MOST_SCRIPTS])
            said.append(self._words("takeaway.missing_letters", scripts=scripts))
        return tuple(said)


def _script_of(mark: str) -> str:
    """Return the first word of a letter's name, which is that of its script; of a sign its number."""
    name = unicodedata.name(mark, "").partition(" ")[0]
    is_letter = unicodedata.category(mark)[0] in "LM" and name
    return (name if name == "CJK" else name.capitalize()) if is_letter else f"U+{ord(mark):04X}"
