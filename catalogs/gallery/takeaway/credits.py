"""Licences and credits of what designs were made from: each image once, with the designs it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalogs.gallery.takeaway.selection import Piece
from catalogs.gallery.words import Words
from catalogs.report.words import plain

_MOST_PLACES = 40
_SIDES = (("garment", "content"), ("textile", "style"))


@dataclass(frozen=True)
class Credit:
    """An image that designs were made from: its title, and what is said of it."""

    head: str
    lines: tuple[str, ...]


def credits_of(pieces: Iterable[Piece], words: Words) -> list[Credit]:
    """Return what is said of each image, garments first, in the order in which they come.

    Args:
        pieces: the designs.
        words: the sentences.
    """
    found: dict[tuple[str, ...], list[int]] = {}
    for piece in pieces:
        for told in _images(piece):
            found.setdefault(told, []).append(piece.place)
    order = [side for side, _ in _SIDES]
    credits = []
    for (side, title, licence, credit, line), places in sorted(
        found.items(), key=lambda one: (order.index(one[0][0]), one[1][0])
    ):
        said = [words("takeaway.licence", licence=licence or words("takeaway.no_licence"))]
        said += [words("takeaway.credit", credit=credit)] if credit else []
        said += [line] if line else []
        said.append(words("takeaway.in_designs", places=_told(places)))
        credits.append(Credit(f"{words(f'takeaway.{side}')}: {title}", (" · ".join(said[:2]), *said[2:])))
    return credits


def _images(piece: Piece) -> Iterator[tuple[str, ...]]:
    row = piece.row
    for side, column in _SIDES:
        title = plain(row[f"{column}_title"]) or plain(row[f"{column}_id"])
        if title:
            credit = plain(row["credit"]) if side == "textile" else ""
            line = plain(row[f"{column}_attribution_line"], at_most=600)
            yield side, title, plain(row[f"{column}_licence"]), credit, line


def _told(places: Sequence[int]) -> str:
    shown = ", ".join(map(str, places[:_MOST_PLACES]))
    return f"{shown} …" if len(places) > _MOST_PLACES else shown
