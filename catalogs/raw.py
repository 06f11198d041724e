"""A catalog file taken apart into rows of text, before anybody asks what the cells mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_CATALOG_BYTES = 512 * 1024 * 1024
MAX_ROWS = 5_000_000
MAX_COLUMNS = 200
MAX_CELL_CHARS = 4096


@dataclass(frozen=True)
class RawRow:
    """One row as written: where it stands, its cells by column, and what was wrong with its form.

    ``line`` is the line of a CSV file (the header is line 1) or the row of a Parquet file, from 1.
    ``broken`` is a (code, sentence) when the row could not be taken apart; ``cells`` then holds what could
    be saved, perhaps nothing.
    """

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, str] | None = None


@dataclass(frozen=True)
class RawTable:
    """A catalog file taken apart: its key, its columns in order, its rows. Cells are stripped of spaces."""

    key: str
    columns: tuple[str, ...]
    rows: tuple[RawRow, ...]


def bounded_row(line: int, cells: Mapping[str, str]) -> RawRow:
    """Return the row, or a broken one when a cell is longer than any catalog needs; cells are cut to fit."""
    long = [name for name, cell in cells.items() if len(cell) > MAX_CELL_CHARS]
    if not long:
        return RawRow(line, cells)
    cut = {name: cell[:MAX_CELL_CHARS] for name, cell in cells.items()}
    lengths = ", ".join(f"{name!r} has {len(cells[name]):,}" for name in long)
    sentence = f"a cell holds at most {MAX_CELL_CHARS:,} characters, {lengths}"
    return RawRow(line, cut, ("cell_too_long", sentence))
