"""The cells and tables of the page, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from catalogs.report.words import escaped


def table(heads: Sequence[str], lines: str) -> str:
    """Return a table; a head that begins with ``n:`` stands over numbers."""
    cells = "".join(
        f'<th class="n">{head[2:]}</th>' if head.startswith("n:") else f"<th>{head}</th>" for head in heads
    )
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'


def text_cell(text: object, *, at_most: int = 80) -> str:
    """Return a cell with text from a catalog."""
    return f'<td class="text"><bdi>{escaped(text, at_most=at_most)}</bdi></td>'


def number_cell(text: str) -> str:
    """Return a cell with a number that is written already."""
    return f'<td class="n">{text}</td>'


def short_id(design_id: object) -> str:
    """Return the first digits of a design's id."""
    return f"<code>{escaped(design_id)[:12]}</code>"


def left_out(count: int) -> str:
    """Return the note below a table that leaves out so many lines, "" for none."""
    return f'<p class="note">{count:,} more are in the manifest.</p>' if count > 0 else ""
