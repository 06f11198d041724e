"""A design as the wall shows it, read from the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.columns import FIGURES, RANK
from catalogs.report.words import MAX_REASON_CHARS, plain

_SHOWN = (
    "content_id",
    "content_title",
    "style_id",
    "style_title",
    "recipe",
    "colorway",
    "batch_id",
    "category",
)
_SHOWN_TOO = ("season", "style_kind", "tint", "repeat", "maker", "status", "error_code")

_ALL_SHOWN = (*_SHOWN, *_SHOWN_TOO)


@dataclass(frozen=True)
class Tile:
    """A design as the wall shows it.

    Attributes:
        number: of its row.
        design_id: 32 hex digits.
        words: of its columns, by column; "" for nothing.
        figures: its rank and scores, None where it has none.
        flags: what was noticed of it.
        width_px, height_px: of its picture; 0 where it has none.
        size_px: asked for.
        rendered_at_utc: when it was painted.
        error: why it is not there.
        stands_for: how many designs of the view it is shown for: itself, its preview, and those nearly the
            same.
    """

    number: int
    design_id: str
    words: dict[str, str]
    figures: dict[str, float | None]
    flags: tuple[str, ...]
    width_px: int
    height_px: int
    size_px: int | None
    rendered_at_utc: datetime | None
    error: str
    stands_for: int = 1


def read_tiles(collection: Collection, numbers: Sequence[int]) -> tuple[Tile, ...]:
    """Return designs by their numbers, in that order; those that are gone are left out."""
    if not numbers:
        return ()
    columns = (
        *("n", "id", *_SHOWN, *_SHOWN_TOO, RANK, *FIGURES, "flags"),
        *("width_px", "height_px", "size_px", "rendered_at", "error"),
    )
    said = ", ".join(f'"{name}"' for name in columns)
    # a join with what is wanted takes half the time of a list in the condition
    sql = f"select {said} from designs where n in (select unnest($wanted))"
    rows = collection.ask(sql, {"wanted": list(map(int, numbers))}).fetchall()
    found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    return tuple(_tile(collection, found[number]) for number in numbers if number in found)


def _tile(collection: Collection, row: dict[str, Any]) -> Tile:
    vocabulary = collection.vocabulary
    names = vocabulary.flag_names()
    return Tile(
        number=row["n"],
        design_id=row["id"].hex,
        words={name: _shown(name, vocabulary.words[name].text(row[name])) for name in _ALL_SHOWN},
        figures={name: row[name] for name in (RANK, *FIGURES)},
        flags=tuple(name for place, name in enumerate(names) if row["flags"] >> place & 1),
        width_px=row["width_px"] or 0,
        height_px=row["height_px"] or 0,
        size_px=row["size_px"],
        rendered_at_utc=row["rendered_at"],
        error=plain(row["error"], at_most=MAX_REASON_CHARS),
    )


def _shown(name: str, word: str) -> str:
    """Return a word as it is shown: titles on one line, of a length, without marks that reorder others."""
    return plain(word) if name.endswith("_title") else word
