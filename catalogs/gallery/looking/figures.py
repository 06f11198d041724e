"""A design's scores beside those of its batch: of how many it is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.columns import FIGURES, RANK
from catalogs.gallery.finding import Tile
from catalogs.gallery.finding.sorting import BEST_AT, direction, worth
from catalogs.manifest import OK

# What a design is ranked by, in the order in which a person looks at it; the others are for those who ask.
FIRST = ("motif", "relief", "speckle", "gmd_heldout")
FIRST_OF_TILE = ("seam", "banding", "legibility", "chroma_speckle", "max_copy", "off_palette", "gmd_heldout")


@dataclass(frozen=True)
class Figure:
    """A score of a design and how it stands.

    Attributes:
        name: as in the manifest.
        value: of the design.
        direction: ``more``, ``less``, or ``near``: what is better.
        best: the value that is best, of those with the direction ``near``.
        others: designs of its batch and kind (on garments, or yardage) that have the score, itself left out.
        better_than: of those, how many are worse.
    """

    name: str
    value: float
    direction: str
    best: float | None
    others: int
    better_than: int

    @property
    def percent(self) -> int | None:
        """Of a hundred others, how many are worse, rounded down; None where there are no others."""
        return 100 * self.better_than // self.others if self.others else None


def figures_of(collection: Collection, tile: Tile) -> tuple[Figure, ...]:
    """Return the rank and the scores that a design has, the telling ones first."""
    names = [name for name in _order(tile) if tile.figures.get(name) is not None]
    if not names:
        return ()
    mine = ", ".join(f"{worth(name)} as m{place}" for place, name in enumerate(names))
    counts = ", ".join(
        f'count("{name}"), count(*) filter (where {worth(name)} < m{place})'
        for place, name in enumerate(names)
    )
    words = collection.vocabulary.words
    is_worn = bool(tile.words["content_id"])
    row = (
        collection.ask(
            f"with mine as (select {mine} from designs where n = ?) select {counts} from designs, mine "
            "where batch_id = ? and status = ? and (content_id <> 0) = ?",
            [
                tile.number,
                words["batch_id"].number(tile.words["batch_id"]),
                words["status"].number(OK),
                is_worn,
            ],
        ).fetchone()
        or ()
    )
    return tuple(
        Figure(
            name=name,
            value=tile.figures[name] or 0.0,
            direction=direction(name),
            best=BEST_AT.get(name),
            others=max(0, row[2 * place] - 1),
            better_than=row[2 * place + 1],
        )
        for place, name in enumerate(names)
    )


def _order(tile: Tile) -> Sequence[str]:
    first = FIRST if tile.words["content_id"] else FIRST_OF_TILE
    return tuple(dict.fromkeys((RANK, *first, *FIGURES)))
