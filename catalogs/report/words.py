"""Text from catalogs made fit to be shown, and numbers as people write them."""

from __future__ import annotations

import html
import math
import unicodedata

# Marks that reorder or hide what follows; a title must not be able to rewrite the page around it.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEPT = {"\u200c", "\u200d"}  # joiners that many scripts and emoji are written with
MAX_TITLE_CHARS = 160
MAX_REASON_CHARS = 400


def plain(text: object, *, at_most: int = MAX_TITLE_CHARS) -> str:
    """Return text on one line without control marks, cut with an ellipsis; None is ""."""
    if text is None:
        return ""
    shown = str(text)[: 4 * at_most]
    if not (shown.isascii() and shown.isprintable()):  # most texts are, and a night has millions
        shown = "".join(
            " " if mark.isspace() else mark
            for mark in shown
            if mark.isspace() or mark in _KEPT or unicodedata.category(mark) not in _HIDDEN
        )
    shown = " ".join(shown.split())
    return shown if len(shown) <= at_most else shown[: at_most - 1].rstrip() + "…"


def visible(text: str) -> str:
    """Return text without marks that reorder or hide what follows; its length and lines stay otherwise."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        mark
        for mark in text
        if mark in "\n\t\r" or mark in _KEPT or unicodedata.category(mark) not in _HIDDEN
    )


def escaped(text: object, *, at_most: int = MAX_TITLE_CHARS) -> str:
    """Return ``plain`` text safe inside HTML, attribute values included."""
    return html.escape(plain(text, at_most=at_most), quote=True)


def figure(value: float | None, digits: int = 2) -> str:
    """Return a score as a person writes it, ``.67``; "–" where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 and text not in ("0", "-0") else text


def rank(score: float) -> str:
    """Return a rank score as a person reads it, ``76``; "–" where there is none."""
    return f"{score:.0f}" if math.isfinite(score) else "–"


def duration(seconds: float) -> str:
    """Return a span of time: ``45 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
