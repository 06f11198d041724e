"""What stands below a design on the line sheet: six lines, shared between its names and what people wrote."""

from __future__ import annotations

from dataclasses import dataclass, replace

from catalogs.gallery.takeaway.lettering import Lettering, Text
from catalogs.gallery.takeaway.selection import Piece
from catalogs.gallery.words import Words
from catalogs.report.naming import Names, named, named_by_ids

HEIGHT = 62.0
_LARGE, _SMALL = 8.0, 7.0
_MOST_LINES = 6
_MOST_NOTES_CHARS = 4_000


@dataclass(frozen=True)
class Line:
    """One line below a design.

    Attributes:
        text: what it says.
        size: of its letters, points.
        below: its foot below the picture, points.
        is_bold, is_quiet: how it looks.
    """

    text: Text
    size: float
    below: float
    is_bold: bool = False
    is_quiet: bool = False


@dataclass(frozen=True)
class Caption:
    """The lines below a design.

    Attributes:
        lines: from above.
        is_whole: whether nothing was cut.
    """

    lines: tuple[Line, ...]
    is_whole: bool


def caption(piece: Piece, lettering: Lettering, words: Words, width: float) -> Caption:
    """Return the lines below a design: garment, cloth, number and code, licences, notes.

    Each part has one line; what is left of the six goes to the names first, two lines at most each, then to
    the notes.

    Args:
        piece: the design.
        lettering: of the document.
        words: the sentences, ``takeaway``.
        width: of a line, points.
    """
    names, row = legible_names(piece, lettering), piece.row
    head, below = heads(names)
    stars = [f"{piece.rating:.1f} / 5"] if piece.rating is not None else []
    code = "  ·  ".join([f"{piece.place}", piece.design_id[:12], *stars])
    licences = " · ".join(dict.fromkeys(one for one in (row["content_licence"], row["style_licence"]) if one))
    title = lettering.lines(lettering.text(head), _LARGE, width, bold=True)
    cloth = lettering.lines(lettering.text(below), _LARGE, width)
    small = [lettering.cut(lettering.text(one), _SMALL, width) for one in (code, licences) if one]
    notes = lettering.lines(
        lettering.text("; ".join(said_of(piece, words)), at_most=_MOST_NOTES_CHARS), _SMALL, width
    )
    left = _MOST_LINES - len(small)
    left -= (most_notes := min(len(notes), 1)) + (most_cloth := min(len(cloth), 1))
    most_title = min(len(title), 2, left)
    most_cloth += (more := min(len(cloth) - most_cloth, 1, left - most_title))
    most_notes += left - most_title - more
    lines: list[Line] = []
    foot = 2.0
    for parts, most, size, bold, quiet in (
        (title, most_title, _LARGE, True, False),
        (cloth, most_cloth, _LARGE, False, False),
        (small, len(small), _SMALL, False, True),
        (notes, most_notes, _SMALL, False, False),
    ):
        for text in _shown(parts, most, lettering, size, width, bold=bold):
            foot += size + 2
            lines.append(Line(text, size, foot, bold, quiet))
    is_whole = len(title) <= most_title and len(cloth) <= most_cloth and len(notes) <= most_notes
    return Caption(tuple(lines), is_whole)


def heads(names: Names) -> tuple[str, str]:
    """Return the two lines that name a design: garment and cloth, or textile and how it was made."""
    made = ", ".join(part for part in (names.textile, names.motif, names.made) if part)
    return (names.garment, made) if names.garment else (names.textile, names.made)


def legible_names(piece: Piece, lettering: Lettering) -> Names:
    """Return the names of a design, or its ids where the fonts have not the letters for them."""
    names = named(piece.row)
    return names if lettering.is_legible(names.title) else named_by_ids(piece.row)


def said_of(piece: Piece, words: Words) -> list[str]:
    """Return who rejected a design, and what people wrote of it."""
    rejected = [words("takeaway.rejected", name=piece.rejected_by)] if piece.rejected_by else []
    return [*rejected, *piece.notes]


def _shown(
    lines: list[Text], most: int, lettering: Lettering, size: float, width: float, *, bold: bool
) -> list[Text]:
    """Return the first lines, the last with dots where more would follow."""
    if len(lines) <= most:
        return lines
    last = replace(lines[most - 1], letters=f"{lines[most - 1].letters}…")
    while lettering.width(last, size, bold=bold) > width:
        last = replace(last, letters=f"{last.letters[:-2].rstrip()}…")
    return [*lines[: most - 1], last]
