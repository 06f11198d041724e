"""The wall: all designs of a view, as tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from catalogs.gallery.finding import Page, Tile, View
from catalogs.gallery.finding.counts import count_facets
from catalogs.gallery.finding.opening import SPREAD
from catalogs.gallery.finding.orders import Group
from catalogs.gallery.finding.view import BEST_OF, GROUPS, SORTS
from catalogs.gallery.web.panel import Chip, chips, hidden, sections, without_likeness
from catalogs.gallery.web.rendering import Here, page

router = APIRouter()
FIRST_TILES = 60


@router.get("/")
def wall(request: Request, house: Here, start: Annotated[int, Query(ge=0, le=2**31)] = 0) -> Response:
    """Answer the wall with some of its tiles in it; its script asks for what comes into sight."""
    view = View.of_query(request.query_params.multi_items())
    found = house.finder.page(view, start, FIRST_TILES)
    shown = sections(view, count_facets(house.collection, view), house.words, house.watch.standing.batches)
    turned = replace(view, worst_first=not view.worst_first)
    return page(
        request,
        "wall.html",
        view=view,
        found=found,
        parts=list(_parts(found)),
        sections=shown,
        chips=[*_chosen_chips(house, view), *chips(view, found.tiles, house.words)],
        hidden=hidden(view, shown),
        like=_like(house, view),
        looks=[(by, replace(view, by=by).query()) for by in ("look", "palette")],
        left=without_likeness(view).query(),
        of_group=lambda word: replace(view, group="").having(view.group, (word,)).query(),
        turned=turned.query(),
        folded=replace(view, fold=not view.fold).query(),
        figures=SPREAD,
        sorts=SORTS,
        group_names=GROUPS,
        best_names=BEST_OF,
        pages=_pages(view, found),
    )


def _chosen_chips(house: Here, view: View) -> Iterator[Chip]:
    """Give what narrows a view by what people chose; a list is called by its name."""
    if view.list_id:
        name = house.shelf.read(view.list_id).name or view.list_id
        yield Chip(house.words("wall.chip_list"), name, replace(view, list_id="").query())
    if view.hides_rejected:
        said = house.words("wall.chip_rejected"), house.words("wall.chip_hidden")
        yield Chip(*said, replace(view, hides_rejected=False).query())


def _parts(found: Page) -> Iterator[tuple[Group | None, list[Tile]]]:
    """Give the tiles of a stretch group by group; a view without groups is one part."""
    if not found.groups:
        yield None, list(found.tiles)
        return
    first, end = 0, found.start + len(found.tiles)
    for group in found.groups:
        low, high = max(first, found.start), min(first + group.count, end)
        if low < high:
            yield group, list(found.tiles[low - found.start : high - found.start])
        first += group.count


def _like(house: Here, view: View) -> Tile | None:
    """Return the design that others are alike to."""
    design = house.collection.find(view.alike) if view.alike else None
    tiles = house.finder.tiles([design.number]) if design else ()
    return tiles[0] if tiles else None


def _pages(view: View, found: Page) -> dict[str, str]:
    """Return the queries of the pages before and after, for those who have no script."""
    told = {}
    if found.start:
        told["earlier"] = _query(view, max(0, found.start - FIRST_TILES))
    if found.start + len(found.tiles) < found.total:
        told["later"] = _query(view, found.start + FIRST_TILES)
    return told


def _query(view: View, start: int) -> str:
    return "&".join(part for part in (view.query(), f"start={start}" if start else "") if part)
