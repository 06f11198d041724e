"""Lettering on pictures: plain Latin in the font that Pillow carries, all else in those of this machine."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal, cast

from PIL import ImageDraw, ImageFont

from catalogs.lettering.direction import as_seen, is_from_right
from catalogs.lettering.installed import FOLDERS, MAIN, families, installed, tongue_of
from catalogs.report.words import plain

Anchor = Literal["start", "middle", "end"]
_BEFORE: dict[Anchor, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}
_AT_MOST = 400
_TRIED_PX = 24
_NO_LETTER = "\U0010ffff"
_Font = ImageFont.FreeTypeFont
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Face:
    """A font's file, and the place of the font in it; None: Pillow's own, which has the plainest letters."""

    file: Path | None = None
    place: int = 0

    def writes(self, mark: str) -> bool:
        if self.file is None:
            return " " <= mark <= "~" or mark in "·…"
        return _has(self, mark)

    def at(self, size_px: int) -> _Font:
        if self.file is None:
            return cast(_Font, ImageFont.load_default(size=size_px))
        # letters come in the order in which they stand, joined: nothing is left to lay out
        return ImageFont.truetype(
            str(self.file), size_px, index=self.place, layout_engine=ImageFont.Layout.BASIC
        )


_OWN = _Face()


class _Hand:
    """Writes one text: the letters that some font has, each by the first that does."""

    def __init__(self, text: str, size_px: int, folders: tuple[Path, ...]) -> None:
        self._size_px = size_px
        self._faces = (_OWN,) if _is_plain(text) else tuple(_faces(tongue_of(text), folders))
        self._fonts: dict[_Face, _Font] = {}

    def letters(self, text: str) -> str:
        """Return text in letters that can be written: without accents where it must be, "?" for others."""
        if self._faces == (_OWN,):
            text = text.translate(_AS_LETTERS)
        return "".join(self._written(mark) for mark in text)

    def width(self, letters: str) -> float:
        """Return the width of a line, px."""
        return sum(self._font(face).getlength(run) for face, run in self._runs(letters))

    def draw(self, draw: ImageDraw.ImageDraw, at: tuple[float, float], letters: str, ink: str) -> None:
        """Draw a line whose upper left corner is given."""
        ascent, _ = self._font(_OWN).getmetrics()
        left, base = at[0], at[1] + ascent
        for face, run in self._runs(letters):
            font = self._font(face)
            draw.text((left, base), run, font=font, fill=ink, anchor="ls")
            left += font.getlength(run)

    def _font(self, face: _Face) -> _Font:
        if face not in self._fonts:
            self._fonts[face] = face.at(self._size_px)
        return self._fonts[face]

    def _runs(self, letters: str) -> Iterator[tuple[_Face, str]]:
        """Yield the stretches of a line that one font writes, from the left."""
        seen = as_seen(letters, from_right=is_from_right(letters))
        # a font may have an Arabic letter and not each form of it
        shown = "".join(mark if self._face(mark) else unicodedata.normalize("NFKC", mark) for mark in seen)
        for face, marks in groupby(shown, self._face):
            if face is not None:
                yield face, "".join(marks)

    def _face(self, mark: str) -> _Face | None:
        return next((face for face in self._faces if face.writes(mark)), None)

    def _written(self, mark: str) -> str:
        if self._face(mark):
            return mark
        if unicodedata.combining(mark) or unicodedata.category(mark) == "Cf":
            return ""
        instead = unicodedata.normalize("NFKD", mark.translate(_AS_LETTERS))
        bare = [one for one in instead if not unicodedata.combining(one)]
        return "".join(one if self._face(one) else "?" for one in bare)


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size_px: int,
    ink: str,
    width_px: float,
    *,
    anchor: Anchor = "start",
    ending: str = "",
    folders: tuple[Path, ...] = FOLDERS,
) -> None:
    """Write one line of text, cut with dots where it is wider than ``width_px``, and its ``ending`` uncut.

    ``at`` is the upper end of its start, middle or end, as ``anchor`` says. Of letters that no font has,
    accents are left off, and "?" stands for the others. Fonts are looked for below ``folders``.
    """
    said = [unicodedata.normalize("NFC", plain(one, at_most=_AT_MOST)) for one in (text, ending)]
    hand = _Hand("".join(said), size_px, folders)
    shown, end = map(hand.letters, said)
    if hand.width(shown + end) > width_px:
        while shown and hand.width(f"{shown}...{end}") > width_px:
            shown = shown[:-1]
        shown = shown.rstrip() + "..."
    shown += end
    left = at[0] - _BEFORE[anchor] * hand.width(shown)
    hand.draw(draw, (left, at[1]), shown, ink)


def legible(text: str, *, folders: tuple[Path, ...] = FOLDERS) -> bool:
    """Say whether most of a text can be written; what no font here has is another script's."""
    said = unicodedata.normalize("NFC", plain(text, at_most=_AT_MOST))
    return _Hand(said, _TRIED_PX, folders).letters(said).count("?") <= len(said) / 3


def _is_plain(text: str) -> bool:
    return all(_OWN.writes(mark) for mark in text.translate(_AS_LETTERS))


def _faces(tongue: str, folders: tuple[Path, ...]) -> Iterator[_Face]:
    """Yield the fonts for text that is not plain, the first of which writes what it can."""
    there = installed(folders)
    if MAIN.plain in there:
        yield _Face(there[MAIN.plain])
    yield _OWN
    for family in families(tongue, folders):
        yield _Face(there[family.plain], family.place)


@cache
def _has(face: _Face, mark: str) -> bool:
    """Say whether a font has a letter, and does not draw what stands for letters that it has not."""
    missing = _missing(face)
    return missing is not None and bytes(face.at(_TRIED_PX).getmask(mark)) != missing


@cache
def _missing(face: _Face) -> bytes | None:
    try:
        return bytes(face.at(_TRIED_PX).getmask(_NO_LETTER))
    except OSError as error:
        _log.warning("%s is passed over: %s", face.file, error)
        return None


_AS_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i", "×": "x", "–": "-", "—": "-", "•": "·",
        "‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"',
    }
)  # fmt: skip
