"""The letters of documents: a font that is embedded, and text that it can write."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

from catalogs.report.words import plain

PLAIN, BOLD = "toile-plain", "toile-bold"
# DejaVu writes Latin, Greek, Cyrillic and more; where it is not installed, Vera, its ancestor, which comes
# with reportlab, writes Western Europe. Both are free to embed (Bitstream Vera licence).
_DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
_FILES = {PLAIN: ("DejaVuSans.ttf", "Vera.ttf"), BOLD: ("DejaVuSans-Bold.ttf", "VeraBd.ttf")}


@cache
def fonts_ready() -> frozenset[int]:
    """Register the two fonts once, and return the letters that both can write."""
    known = []
    for name, (best, always) in _FILES.items():
        font = TTFont(name, str(_DEJAVU / best if (_DEJAVU / best).exists() else always))
        pdfmetrics.registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    return known[0] & known[1]


def written(text: object, *, at_most: int = 160) -> str:
    """Return text in letters that the fonts have: accents are left off where they must, others are "?"."""
    letters = fonts_ready()
    told = []
    for mark in plain(text, at_most=at_most):
        if ord(mark) in letters:
            told.append(mark)
            continue
        apart = [one for one in unicodedata.normalize("NFKD", mark) if not unicodedata.combining(one)]
        told.append("".join(apart) if apart and all(ord(one) in letters for one in apart) else "?")
    return "".join(told)


def is_legible(text: str) -> bool:
    """Say whether most of a text can be written."""
    return written(text).count("?") - text.count("?") <= len(text) / 3


def cut(text: str, font: str, size: float, width: float) -> str:
    """Return a line of text, cut with dots where it is wider than ``width`` points."""
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    while text and pdfmetrics.stringWidth(f"{text}…", font, size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
