"""Text search over words instead of rows: a thousand titles are looked through, not a million designs."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from catalogs.gallery.collection import Collection

SEARCHED = (
    *("content_title", "content_id", "category", "season"),
    *("style_title", "style_id", "style_kind", "credit", "recipe", "colorway", "batch_id"),
)


def holding(collection: Collection, word: str) -> dict[str, list[int]]:
    """Return the numbers of the words that hold ``word``, by column, whatever its case and accents."""
    wanted = folded(word)
    found = {}
    for column in SEARCHED:
        texts = collection.vocabulary.words[column].texts()
        if numbers := [number for number, text in enumerate(texts) if wanted in folded(text) and text]:
            found[column] = numbers
    return found


@lru_cache(maxsize=262_144)
def folded(text: str) -> str:
    """Return text in small letters without accents, as people type it."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in apart if not unicodedata.combining(mark))
