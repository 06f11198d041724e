"""Names of files that a person can read, that any system takes, and that cannot collide."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_MOST = 80
_ID_DIGITS = 12


def file_name(words: Mapping[str, str], design_id: str, ending: str, *, size_px: int | None = None) -> str:
    """Return ``linen-dress_tossed-peonies_toile_1024px_f32e866f4d40.png``.

    Args:
        words: of a design's row: titles, ids, recipe and colorway.
        design_id: its first digits end the name, so that no two designs have one.
        ending: of the file, without a dot.
        size_px: of its longer side.
    """
    garment = words.get("content_title") or words.get("content_id", "")
    textile = words.get("style_title") or words.get("style_id", "")
    size = f"{size_px}px" if size_px else ""
    parts = (garment, textile, words.get("recipe", ""), words.get("colorway", ""), size)
    told = [part for part in map(_plain, parts) if part]
    return "_".join([*told, design_id[:_ID_DIGITS]]) + f".{ending}"


def _plain(text: str) -> str:
    """Return letters and digits of a text, small, without accents, joined by hyphens; other scripts stay."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(mark if mark.isalnum() else "-" for mark in apart if not unicodedata.combining(mark))
    return "-".join(part for part in kept.split("-") if part)[:_MOST].rstrip("-")
