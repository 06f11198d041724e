"""Choosing, for scripts: lists, what was chosen of designs, and edits, which may be sent twice."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from catalogs.errors import CatalogError, StorageError
from catalogs.gallery.house import House
from catalogs.gallery.safety.guard import Editor, Viewer
from catalogs.gallery.shortlists import HOUSE, Kind, Shortlist, edit
from catalogs.gallery.web import tiles
from catalogs.gallery.web.asked import as_json, told_of
from catalogs.gallery.web.rendering import Here

router = APIRouter(prefix="/api")
MOST_EDITS, MOST_IDS = 100, 500
# Links are given and taken back on a page that says how long they hold.
_NOT_HERE = (Kind.SHARE, Kind.REVOKE)
DesignId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Edits(BaseModel):
    """Edits in the order in which they were made; each names its ``list`` (none: the house's)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    edits: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_EDITS)]


@router.get("/choosing")
def choosing(house: Here, user: Viewer) -> JSONResponse:
    """Answer who asks, which lists there are, and what a script says of it."""
    lists = house.shelf.lists()
    return JSONResponse(
        {
            "me": user.name,
            "may_write": user.may_write,
            "now_ms": now_ms(),
            "clock": _clock(house, lists),
            "lists": [
                {"id": one.list_id, "name": one.name, "by": one.by, "count": len(one.entries)}
                for one in lists
            ],
            "words": house.words.below("choosing"),
        },
        headers={"Cache-Control": "no-store"},
    )


@router.get("/choices")
def choices(house: Here, ids: Annotated[list[DesignId], Query(max_length=MOST_IDS)]) -> JSONResponse:
    """Answer what was chosen of some designs; of those of which nothing was, nothing."""
    of_house, lists = house.shelf.house(), house.shelf.lists()
    asked = house.inbox.about(ids)
    told: dict[str, Any] = {}
    for design in ids:
        one = {
            "asked": [as_json(told_of(house, wish)) for wish in asked.get(design, ())],
            "ratings": of_house.ratings.get(design),
            "rejected_by": of_house.rejected.get(design),
            "lists": {one.list_id: one.by_design[design].adds for one in lists if design in one.by_design},
        }
        if one := {name: value for name, value in one.items() if value}:
            told[design] = one
    return JSONResponse(
        {"choices": told, "clock": _clock(house, lists)}, headers={"Cache-Control": "no-store"}
    )


@router.get("/shortlists/{list_id}")
def shortlist(house: Here, list_id: str, stamp: str = "") -> JSONResponse:
    """Answer a list as it is, or only that it is as it was at ``stamp``."""
    house.shelf.read(list_id)
    house.shelf.house()
    # read after the stamp: what comes between is told once more, not left out
    now = f"{house.shelf.stamp(list_id)}.{house.shelf.stamp(HOUSE)}.{house.collection.version}"
    if stamp == now:
        return JSONResponse({"stamp": now}, headers={"Cache-Control": "no-store"})
    found = house.shelf.read(list_id)
    return JSONResponse({"stamp": now, **list_as_json(house, found)}, headers={"Cache-Control": "no-store"})


@router.post("/shortlists/edits")
def edits(house: Here, user: Editor, said: Edits, later: BackgroundTasks) -> JSONResponse:
    """Do edits one by one; each is kept or refused by itself, and one that was kept before is kept.

    Where the storage fails, those before were kept and the rest were not: all may be sent again.
    """
    told: list[dict[str, Any]] = []
    lists: set[str] = set()
    for wish in said.edits:
        event_id, list_id = str(wish.get("id", "")), wish.get("list") or HOUSE
        try:
            if not isinstance(list_id, str) or wish.get("kind") in _NOT_HERE:
                raise CatalogError("an edit names its list and what it does to designs", code="edit_refused")
            kept = edit(house.shelf, list_id, _of(wish), by=user.name)
        except StorageError:
            raise
        except CatalogError as error:
            told.append({"id": event_id, "kept": False, "code": error.code, "why": error.message})
        else:
            lists.add(list_id)
            told.append({"id": kept.event_id, "kept": True})
    for name in lists:
        later.add_task(house.shelf.pack, name)
    return JSONResponse({"results": told, "now_ms": now_ms()})


def list_as_json(house: House, found: Shortlist) -> dict[str, Any]:
    """Return a list as scripts know it: its designs with their words, and what was said of each."""
    of_house = house.shelf.house()
    shown = house.finder.by_id(found.designs)
    return {
        "id": found.list_id,
        "name": found.name,
        "exists": found.exists,
        "clock": found.clock,
        "entries": [
            {
                "design": one.design,
                "adds": one.adds,
                "by": one.by,
                "notes": one.notes,
                # what was said in this list comes before what was said outside
                "ratings": {**of_house.ratings.get(one.design, {}), **one.ratings},
                "rejected_by": one.rejected_by or of_house.rejected.get(one.design, ""),
                "tile": tiles.as_json(shown[one.design]) if one.design in shown else None,
            }
            for one in found.entries
        ],
    }


def now_ms() -> int:
    """Return this machine's time, ms since 1970: pages correct their clocks by it."""
    return int(time.time() * 1000)


def _clock(house: House, lists: list[Shortlist]) -> str:
    """Return the last edit of all: what is done next comes after it."""
    return max(one.clock for one in (house.shelf.house(), *lists))


def _of(wish: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wish.items() if name != "list"}
