"""The wall: all designs of a view, as tiles."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from catalogs.gallery.finding import View
from catalogs.gallery.finding.counts import count_facets
from catalogs.gallery.web.rendering import Here, page

router = APIRouter()
FIRST_TILES = 60


@router.get("/")
def wall(request: Request, house: Here) -> Response:
    """Answer the wall with its first tiles in it; its script asks for the others as they come into sight."""
    view = View.of_query(request.query_params.multi_items())
    found = house.finder.page(view, 0, FIRST_TILES)
    facets = count_facets(house.collection, view)
    return page(request, "wall.html", view=view, found=found, facets=facets)
