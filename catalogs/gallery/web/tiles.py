"""Designs and counts as JSON, for the wall's script."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from catalogs.gallery.finding import Tile, View
from catalogs.gallery.finding.counts import count_facets, histograms
from catalogs.gallery.finding.finder import MOST_TILES
from catalogs.gallery.finding.opening import SPREAD
from catalogs.gallery.web.rendering import Here

router = APIRouter(prefix="/api")
MOST_STAMP = 100


@router.get("/designs")
def designs(
    request: Request,
    house: Here,
    start: Annotated[int, Query(ge=0, le=2**31)] = 0,
    count: Annotated[int, Query(ge=0, le=MOST_TILES)] = 100,
    version: Annotated[int | None, Query(ge=0)] = None,
    choices: Annotated[str | None, Query(max_length=MOST_STAMP)] = None,
) -> JSONResponse:
    """Answer a stretch of a view, as it was in a version if that is still known; groups with the first.

    A view of what people chose is also as of their ``choices``, a word that the wall and each stretch tell.
    """
    view = View.of_query(request.query_params.multi_items())
    found = house.finder.page(view, start, count, version=version, choices=choices)
    groups = [[one.word, one.label, one.count] for one in found.groups] if start == 0 else []
    return JSONResponse(
        {
            "version": found.version,
            "choices": found.choices,
            "total": found.total,
            "designs": found.designs,
            "start": found.start,
            "tiles": [as_json(tile) for tile in found.tiles],
            "groups": groups,
        }
    )


@router.get("/counts")
def counts(request: Request, house: Here) -> JSONResponse:
    """Answer what else could be chosen in a view."""
    view = View.of_query(request.query_params.multi_items())
    facets = count_facets(house.collection, view)
    return JSONResponse(
        {
            "version": house.collection.version,
            "facets": {name: [[one.word, one.count] for one in told] for name, told in facets.items()},
            "histograms": _spread(house, view),
        }
    )


@router.get("/spread")
def spread(request: Request, house: Here) -> JSONResponse:
    """Answer how figures are spread over a view, each without its own range."""
    view = View.of_query(request.query_params.multi_items())
    return JSONResponse(_spread(house, view))


@router.get("/standing")
def standing(house: Here) -> JSONResponse:
    """Answer whether there is something new, and what could not be read."""
    now = house.watch.standing
    return JSONResponse(
        {"version": house.collection.version, "latest": now.latest, "problems": list(now.problems.values())}
    )


def as_json(tile: Tile) -> dict[str, Any]:
    """Return a tile as scripts know it; figures are rounded to what is shown."""
    return {
        "id": tile.design_id,
        **{name: word for name, word in tile.words.items() if word},
        "figures": {name: round(value, 4) for name, value in tile.figures.items() if value is not None},
        "flags": tile.flags,
        "width_px": tile.width_px,
        "height_px": tile.height_px,
        **({"error": tile.error} if tile.error else {}),
        **({"stands_for": tile.stands_for} if tile.stands_for > 1 else {}),
    }


def _spread(house: Here, view: View) -> dict[str, Any]:
    told = histograms(house.collection, view, SPREAD)
    return {name: {"low": one.low, "high": one.high, "counts": one.counts} for name, one in told.items()}
