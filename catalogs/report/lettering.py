"""Lettering with the one font that Pillow carries, which knows only the plainest Latin letters."""

from __future__ import annotations

import unicodedata
from typing import Literal

from PIL import ImageDraw, ImageFont

from catalogs.report.words import plain

Anchor = Literal["start", "middle", "end"]
_BEFORE: dict[Anchor, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}


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
) -> None:
    """Write one line of text, cut with dots where it is wider than ``width_px``, and its ``ending`` uncut.

    ``at`` is the upper end of its start, middle or end, as ``anchor`` says. Accents are left off, signs that
    the font does not know become "?".
    """
    font = ImageFont.load_default(size=size_px)
    shown, ending = _drawable(text), _drawable(ending)
    if draw.textlength(shown + ending, font=font) > width_px:
        while shown and draw.textlength(f"{shown}...{ending}", font=font) > width_px:
            shown = shown[:-1]
        shown = shown.rstrip() + "..."
    shown += ending
    left = at[0] - _BEFORE[anchor] * draw.textlength(shown, font=font)
    draw.text((left, at[1]), shown, font=font, fill=ink)


def legible(text: str) -> bool:
    """Say whether most of a text can be written with this font; a title in another script cannot."""
    return _drawable(text).count("?") <= len(text) / 3


def _drawable(text: str) -> str:
    folded = unicodedata.normalize("NFKD", plain(text, at_most=400).translate(_LETTERS))
    kept = (mark for mark in folded if not unicodedata.combining(mark))
    return "".join(mark if " " <= mark <= "~" or mark in "·…" else "?" for mark in kept)


_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i", "×": "x", "–": "-", "—": "-", "•": "·",
        "‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"',
    }
)  # fmt: skip
