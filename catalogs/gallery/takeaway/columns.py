"""The last pages of the line sheet: paragraphs in two columns, each kept whole where a column holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalogs.gallery.takeaway.lettering import Lettering, Text

SIZE, LEADING = 8.0, 11.0
_MOST_CHARS = 4_000
# A paragraph that no column holds is parted so that at least so many of its lines stand together.
_TOGETHER = 3


@dataclass(frozen=True)
class Paragraph:
    """A head in bold letters, "" for none, and lines below it, each wrapped as it must."""

    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Set:
    """A line of a column: its text, empty between paragraphs, and whether it is a head."""

    text: Text
    is_bold: bool = False


def in_columns(
    paragraphs: Iterable[Paragraph], lettering: Lettering, *, width: float, most_lines: int
) -> list[list[Set]]:
    """Return the lines of each column.

    Args:
        paragraphs: in order.
        lettering: of the document.
        width: of a column, points.
        most_lines: that a column holds.
    """
    columns: list[list[Set]] = []
    for paragraph in paragraphs:
        for block in _parted(list(_lines(paragraph, lettering, width)), most_lines):
            if columns and len(columns[-1]) + 1 + len(block) <= most_lines:
                columns[-1] += [Set(Text("")), *block]
            else:
                columns.append(block)
    return columns


def _lines(paragraph: Paragraph, lettering: Lettering, width: float) -> Iterator[Set]:
    for bold, told in ((True, paragraph.head), *((False, line) for line in paragraph.lines)):
        text = lettering.text(told, at_most=_MOST_CHARS)
        yield from (Set(line, bold) for line in lettering.lines(text, SIZE, width, bold=bold))


def _parted(lines: Sequence[Set], most: int) -> Iterator[list[Set]]:
    rest = list(lines)
    while len(rest) > most:
        end = min(most, len(rest) - _TOGETHER)
        yield rest[:end]
        rest = rest[end:]
    if rest:
        yield rest
