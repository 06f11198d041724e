"""Lists as pages: all of them, one, and what was done to it; every form works without a script, too."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from catalogs.gallery.finding import Tile
from catalogs.gallery.house import House
from catalogs.gallery.safety.guard import Editor, editor
from catalogs.gallery.sharing import address_of
from catalogs.gallery.shortlists import HOUSE, Event, Kind, Shortlist, edit
from catalogs.gallery.shortlists.clock import time_of
from catalogs.gallery.web.choosing import DesignId
from catalogs.gallery.web.rendering import Here, page

router = APIRouter()
THUMBS = 4
# Of what was done so much is shown.
MOST_HISTORY = 500


@dataclass(frozen=True)
class Card:
    """A list among others: its first designs, who changed it last, and when."""

    found: Shortlist
    thumbs: tuple[str, ...]
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class Done:
    """Something that was done to a list, as the history tells it."""

    event: Event
    at: datetime
    sentence: str
    is_undone: bool
    may_undo: bool


@router.get("/shortlists")
def shortlists(request: Request, house: Here) -> Response:
    """Answer all lists, those changed last first, and those that were put away."""
    return page(
        request,
        "shortlists.html",
        cards=[_card(house, one) for one in house.shelf.lists()],
        put_away=house.shelf.put_away(),
    )


@router.post("/shortlists")
def create(house: Here, user: Editor, name: Annotated[str, Form()]) -> Response:
    """Make a list."""
    list_id = f"list-{secrets.token_hex(6)}"
    edit(house.shelf, list_id, {"kind": Kind.CREATE, "text": name.strip()}, by=user.name)
    return RedirectResponse(f"/shortlist/{list_id}", 303)


@router.get("/shortlist/{list_id}")
def shortlist(request: Request, house: Here, list_id: str) -> Response:
    """Answer a list with its designs, notes and ratings."""
    found = _found(house, list_id)
    return page(
        request,
        "shortlist.html",
        found=found,
        tiles=house.finder.by_id(found.designs),
        of_house=house.shelf.house(),
        shares=[(one, address_of(house.settings.secret, list_id, one)) for one in found.shares.values()],
    )


@router.get("/shortlist/{list_id}/history")
def history(request: Request, house: Here, list_id: str) -> Response:
    """Answer what was done to a list, the last first."""
    found = _found(house, list_id)
    shown = found.events[: -MOST_HISTORY - 1 : -1]
    tiles = house.finder.by_id(list({one.design for one in shown if one.design}))
    return page(
        request, "history.html", found=found, shown=[_done(house, found, one, tiles) for one in shown]
    )


@router.get("/choose", dependencies=[Depends(editor)])
def choose_one(request: Request, house: Here, design: DesignId) -> Response:
    """Answer all that can be chosen of one design, for those who have no script."""
    tiles = house.finder.by_id([design])
    if design not in tiles:
        raise HTTPException(404, house.words("error.no_design"))
    return page(
        request,
        "choose.html",
        design=design,
        tile=tiles[design],
        lists=house.shelf.lists(),
        house_list=house.shelf.house(),
    )


@router.post("/choose")
def choose(
    house: Here,
    user: Editor,
    later: BackgroundTasks,
    kind: Annotated[Kind, Form()],
    list_id: Annotated[str, Form(alias="list")] = HOUSE,
    design: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    stars: Annotated[int, Form()] = 0,
    on: Annotated[Literal["true", "false"], Form()] = "true",
    after: Annotated[str | None, Form()] = None,
    undoes: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/shortlists",
) -> Response:
    """Do one edit that a form asks for, and go back to where it was asked."""
    if kind in (Kind.CREATE, Kind.SHARE, Kind.REVOKE):
        raise HTTPException(400, house.words("shortlist.not_here"))
    wish: dict[str, Any] = {
        "kind": kind,
        "design": design,
        "text": text.replace("\r\n", "\n"),
        "undoes": undoes,
    }
    wish |= {"stars": stars, "on": on == "true", **({} if after is None else {"after": after})}
    edit(house.shelf, list_id, wish, by=user.name)
    later.add_task(house.shelf.pack, list_id)
    return RedirectResponse(_local(back), 303)


def _found(house: House, list_id: str) -> Shortlist:
    found = house.shelf.read(list_id)
    if not found.name or list_id == HOUSE:
        raise HTTPException(404, house.words("shortlist.none"))
    return found


def _card(house: House, found: Shortlist) -> Card:
    last = found.events[-1]
    thumbs = tuple(house.finder.by_id(found.designs[:THUMBS]))
    return Card(found, tuple(one for one in found.designs if one in thumbs), last.by, time_of(last.event_id))


def _done(house: House, found: Shortlist, event: Event, tiles: dict[str, Tile]) -> Done:
    what = event
    if event.kind is Kind.UNDO:
        what = found.event(event.undoes) or event
    tile = tiles.get(what.design)
    name = ""
    if tile is not None:
        named = (tile.words["content_title"] or tile.words["content_id"], tile.words["style_title"])
        name = ", ".join(filter(None, named))
    kind = str(event.kind)
    if event.kind is Kind.REJECT and not event.on:
        kind = "unreject"
    if event.kind is Kind.RATE and not event.stars:
        kind = "unrate"
    if event.kind is Kind.NOTE and not event.text:
        kind = "unnote"
    words = house.words
    undone = words(f"shortlist.did.{what.kind}_short") if event.kind is Kind.UNDO else ""
    sentence = words(
        f"shortlist.did.{kind}",
        name=name or words("shortlist.a_design"),
        text=event.text,
        stars=event.stars,
        what=undone,
    )
    is_undone = event.event_id in found.undone
    return Done(
        event, time_of(event.event_id), sentence, is_undone, not is_undone and event.kind is not Kind.UNDO
    )


def _local(address: str) -> str:
    """Return an address of this gallery; anything else is the page of all lists."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else "/shortlists"
