"""Text as documents set it: in letters that some font has, run by run, wrapped, cut and drawn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from reportlab.lib.colors import Color  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from catalogs.gallery.takeaway.fonts import Face, face_of
from catalogs.lettering.direction import as_seen, is_from_right
from catalogs.lettering.installed import FOLDERS, tongue_of
from catalogs.report.words import MAX_TITLE_CHARS, plain

# A line may end after a space, and between two signs of China's or Japan's, but not before what closes.
_EAST = "\u2e80-\u303f\u3041-\u33ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CLOSES = "、。，．：；？！）】」』〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…"
_PIECE = re.compile(f"[{_EAST}][{_CLOSES}]*\\s*|[^\\s{_EAST}]+[{_CLOSES}]*\\s*|\\s+")
_THICKER = 1 / 36  # of its size, a line around each letter that should be bold and has no bold form


@dataclass(frozen=True)
class Text:
    """Text in letters that can be written, in the order in which it is read.

    Attributes:
        letters: the text.
        tongue: whose shapes it wants; see ``fonts.face_of``.
        from_right: whether the text that it is of runs from the right.
    """

    letters: str
    tongue: str = ""
    from_right: bool = False

    def __bool__(self) -> bool:
        return bool(self.letters)


class Lettering:
    """The letters of one document.

    Attributes:
        missing: letters that no font here has; "?" stands for them.
        is_lent: whether a text needed a font that is not in the file.
    """

    def __init__(self, folders: tuple[Path, ...] = FOLDERS) -> None:
        self._folders = folders
        self._faces: dict[tuple[str, str, bool], Face | None] = {}
        self.missing: set[str] = set()
        self.is_lent = False

    def text(self, told: object, *, at_most: int = MAX_TITLE_CHARS) -> Text:
        """Return text in letters that fonts have: accents are left off where they must, others are "?"."""
        said = unicodedata.normalize("NFC", plain(told, at_most=at_most))
        tongue = tongue_of(said)
        return Text("".join(self._written(mark, tongue) for mark in said), tongue, is_from_right(said))

    def is_legible(self, text: str) -> bool:
        """Say whether most of a text can be written."""
        tongue = tongue_of(text)
        lost = sum(not self._known(mark, tongue) and not self._without_accents(mark, tongue) for mark in text)
        return lost <= len(text) / 3

    def width(self, text: Text, size: float, *, bold: bool = False) -> float:
        """Return the width of a line, points."""
        runs = self._runs(text, bold)
        return float(sum(pdfmetrics.stringWidth(run, face.name, size) for face, run in runs))

    def lines(self, text: Text, size: float, width: float, *, bold: bool = False) -> list[Text]:
        """Return a text in lines at most ``width`` points wide; a word that is wider is broken anywhere."""
        lines: list[str] = []
        line = ""
        for piece in _PIECE.findall(text.letters):
            if self._fits(text, line + piece.rstrip(), size, width, bold):
                line += piece
                continue
            if line:
                lines.append(line.rstrip())
            while not self._fits(text, piece.rstrip(), size, width, bold) and len(piece) > 1:
                most = next(
                    n
                    for n in range(len(piece) - 1, 0, -1)
                    if n == 1 or self._fits(text, piece[:n], size, width, bold)
                )
                lines.append(piece[:most])
                piece = piece[most:]
            line = piece
        return [replace(text, letters=one) for one in [*lines, line.rstrip()] if one]

    def cut(self, text: Text, size: float, width: float, *, bold: bool = False) -> Text:
        """Return a line of text, cut with dots where it is wider than ``width`` points."""
        if self.width(text, size, bold=bold) <= width:
            return text
        letters = text.letters
        while letters and not self._fits(text, f"{letters}…", size, width, bold):
            letters = letters[:-1]
        return replace(text, letters=f"{letters.rstrip()}…")

    def draw(
        self,
        canvas: Canvas,
        at: tuple[float, float],
        text: Text,
        size: float,
        ink: Color,
        *,
        bold: bool = False,
    ) -> None:
        """Draw a line of text, its start at ``at``."""
        x, y = at
        for face, run in self._runs(text, bold):
            line = canvas.beginText(x, y)
            line.setFont(face.name, size)
            line.setFillColor(ink)
            if face.is_thickened:
                line.setStrokeColor(ink)
                canvas.setLineWidth(size * _THICKER)
                line.setTextRenderMode(2)
            line.textOut(run)
            if face.is_thickened:
                line.setTextRenderMode(0)
            canvas.drawText(line)
            x += pdfmetrics.stringWidth(run, face.name, size)

    def _runs(self, text: Text, bold: bool) -> Iterator[tuple[Face, str]]:
        """Yield the stretches of a line that one font writes, from the left."""

        def face(mark: str) -> Face | None:
            return self._face(mark, text.tongue, bold)

        seen = as_seen(text.letters, from_right=text.from_right)
        # a font may have an Arabic letter and not each form of it
        shown = "".join(mark if face(mark) else unicodedata.normalize("NFKC", mark) for mark in seen)
        for one, marks in groupby(shown, face):
            if one is not None:
                yield one, "".join(marks)

    def _fits(self, text: Text, letters: str, size: float, width: float, bold: bool) -> bool:
        return self.width(replace(text, letters=letters), size, bold=bold) <= width

    def _written(self, mark: str, tongue: str) -> str:
        if self._known(mark, tongue):
            return mark
        if bare := self._without_accents(mark, tongue):
            return bare
        if not unicodedata.combining(mark):
            self.missing.add(mark)
            return "?"
        return ""

    def _without_accents(self, mark: str, tongue: str) -> str:
        """Return a letter less its accents, a sign as the letters it stands for; "" where none is known."""
        apart = [one for one in unicodedata.normalize("NFKD", mark) if not unicodedata.combining(one)]
        return "".join(apart) if apart and all(self._known(one, tongue) for one in apart) else ""

    def _known(self, mark: str, tongue: str) -> bool:
        """Say whether a letter can be written plain and bold."""
        faces = [self._face(mark, tongue, bold) for bold in (False, True)]
        self.is_lent |= any(face is not None and not face.is_embedded for face in faces)
        return None not in faces

    def _face(self, mark: str, tongue: str, bold: bool) -> Face | None:
        known = mark, tongue, bold
        if known not in self._faces:
            self._faces[known] = face_of(mark, tongue, bold=bold, folders=self._folders)
        return self._faces[known]
