"""What is told of each design in a table: heads, cells, and texts that no program takes for a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from catalogs.gallery.takeaway.selection import Piece
from catalogs.report.words import plain

# A cell that starts so is a formula for a program that opens the table.
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
MOST_NOTE_CHARS = 2_000

Cell = str | float | None


def _text(name: str) -> Callable[[Piece], Cell]:
    return lambda piece: plain(piece.row[name])


def _figure(name: str) -> Callable[[Piece], Cell]:
    return lambda piece: None if piece.row[name] is None else round(float(piece.row[name]), 4)


# Name of the sentence that stands over it: what is told.
TOLD: Mapping[str, Callable[[Piece], Cell]] = {
    "place": lambda piece: piece.place,
    "design": lambda piece: piece.design_id,
    "garment": _text("content_title"),
    "category": _text("category"),
    "season": _text("season"),
    "textile": _text("style_title"),
    "kind": _text("style_kind"),
    "recipe": _text("recipe"),
    "colorway": _text("colorway"),
    "batch": _text("batch_id"),
    "rating": lambda piece: None if piece.rating is None else round(piece.rating, 1),
    "notes": lambda piece: plain("; ".join(piece.notes), at_most=MOST_NOTE_CHARS),
    "rejected_by": lambda piece: plain(piece.rejected_by),
    "garment_licence": _text("content_licence"),
    "textile_licence": _text("style_licence"),
    "credit": _text("credit"),
    "attribution": lambda piece: plain("; ".join(attributions(piece.row)), at_most=MOST_NOTE_CHARS),
    "width_px": _figure("width_px"),
    "height_px": _figure("height_px"),
    "motif": _figure("motif"),
    "relief": _figure("relief"),
    "speckle": _figure("speckle"),
    "gmd_heldout": _figure("gmd_heldout"),
}


def attributions(row: Mapping[str, Any]) -> list[str]:
    """Return the lines that must stand beside a design, "" and repeated ones left out."""
    lines = (plain(row[f"{kind}_attribution_line"], at_most=400) for kind in ("content", "style"))
    return list(dict.fromkeys(line for line in lines if line))


def neutral(cell: Cell) -> str:
    """Return a cell of a CSV file: text that would be a formula gets an apostrophe before it.

    Programs pass over blanks and marks that are not seen before they look for one.
    """
    if not isinstance(cell, str):
        return "" if cell is None else f"{cell:g}"
    first_seen = next((mark for mark in cell if mark.isprintable() and not mark.isspace()), "")
    return f"'{cell}" if first_seen in _SIGNS or cell.startswith(("\t", "\r", "\n")) else cell
