"""Text search over words instead of rows: a thousand titles are looked through, not a million designs."""

from __future__ import annotations

from catalogs.gallery.collection import Collection

SEARCHED = (
    *("content_title", "content_id", "category", "season"),
    *("style_title", "style_id", "style_kind", "credit", "recipe", "colorway", "batch_id"),
)


def holding(collection: Collection, word: str) -> dict[str, list[int]]:
    """Return the numbers of the words that hold ``word``, by column, whatever its case and accents."""
    found = {column: collection.vocabulary.words[column].holding(word) for column in SEARCHED}
    return {column: numbers for column, numbers in found.items() if numbers}
