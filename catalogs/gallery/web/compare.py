"""Up to six designs side by side, with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from catalogs.gallery.collection.columns import FIGURES, RANK
from catalogs.gallery.finding import Tile
from catalogs.gallery.finding.sorting import BEST_AT, direction
from catalogs.gallery.looking.figures import FIRST, FIRST_OF_TILE
from catalogs.gallery.web.design import shown_figure
from catalogs.gallery.web.rendering import Here, page
from catalogs.manifest import OK

router = APIRouter()
MOST = 6


@dataclass(frozen=True)
class Line:
    """A figure of all designs that are compared.

    Attributes:
        name: as in the manifest.
        direction: ``more``, ``less`` or ``near``: what is better.
        best_at: the value that is best, of those that are best near one.
        values: of each design, None where it has none.
        best: which designs have the best value; none where all have the same.
    """

    name: str
    direction: str
    best_at: float | None
    values: tuple[float | None, ...]
    best: frozenset[int]


@router.get("/compare")
def compare(
    request: Request, house: Here, ids: Annotated[list[str] | None, Query(alias="id")] = None
) -> Response:
    """Answer designs side by side, in the order of their ids; those that are not there are told of."""
    wanted = list(dict.fromkeys(ids or ()))
    found = [house.collection.find(one) for one in wanted[:MOST]]
    tiles = house.finder.tiles([one.number for one in found if one is not None and one.status == OK])
    return page(
        request,
        "compare.html",
        tiles=tiles,
        lines=lines_of(tiles),
        gone=len(found) - len(tiles),
        too_many=len(wanted) > MOST,
        figure=shown_figure,
    )


def lines_of(tiles: Sequence[Tile]) -> tuple[Line, ...]:
    """Return the figures that any of the designs has, the telling ones first, with the best of each."""
    lines = []
    for name in dict.fromkeys((RANK, *FIRST, *FIRST_OF_TILE, *FIGURES)):
        values = tuple(tile.figures[name] for tile in tiles)
        if any(value is not None for value in values):
            lines.append(Line(name, direction(name), BEST_AT.get(name), values, _best(name, values)))
    return tuple(lines)


def _best(name: str, values: Sequence[float | None]) -> frozenset[int]:
    """Return the places of the best values as they are read, with two digits."""
    worths = {place: _worth(name, value) for place, value in enumerate(values) if value is not None}
    if len(set(worths.values())) < 2:
        return frozenset()
    best = max(worths.values())
    return frozenset(place for place, worth in worths.items() if worth == best)


def _worth(name: str, value: float) -> float:
    value = round(value, 0 if name == RANK else 2)
    how = direction(name)
    return value if how == "more" else -value if how == "less" else -round(abs(value - BEST_AT[name]), 2)
