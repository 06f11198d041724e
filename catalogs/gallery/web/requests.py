"""Asking for more of what is there, and what became of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from pydantic import Field, ValidationError
from starlette.responses import JSONResponse, RedirectResponse, Response

from catalogs.gallery.errors import EditRefused
from catalogs.gallery.house import House
from catalogs.gallery.safety.guard import Editor, editor
from catalogs.gallery.web.asked import SHOWN, as_json, told_of
from catalogs.gallery.web.choosing import MOST_IDS, DesignId
from catalogs.gallery.web.rendering import Here, page
from catalogs.requests import new_request_id
from catalogs.requests.asking import told
from configs.request import USUAL_LIMIT, Kind
from configs.request import Request as Wish

router = APIRouter()
# A request is about 50 designs at most; of more, several are written.
DESIGNS_EACH, MOST_DESIGNS = 50, 500
SIZES_PX = (1024, 2048, 4096)
_COLOUR = re.compile(r"#?[0-9a-fA-F]{6}\b")
# A form tells when it was opened, so that sending it twice is asking once.
_OLDEST = timedelta(days=7)


@router.get("/requests")
def requests(request: Request, house: Here) -> Response:
    """Answer all that was asked for, the newest first, with what was made."""
    return page(
        request, "requests.html", told=[told_of(house, one) for one in house.inbox.all()], shown=SHOWN
    )


@router.get("/ask", dependencies=[Depends(editor)])
def ask(
    request: Request,
    house: Here,
    design: Annotated[list[DesignId] | None, Query(max_length=MOST_DESIGNS)] = None,
    list_id: Annotated[str, Query(alias="list")] = "",
) -> Response:
    """Answer what can be asked for of some designs, or of all of a list that nobody rejected."""
    designs = list(dict.fromkeys(design or ()))
    found = house.shelf.read(list_id) if list_id else None
    if found is not None:
        designs = [one.design for one in found.entries if not one.rejected_by][:MOST_DESIGNS]
    tiles = house.finder.by_id(designs)
    designs = [one for one in designs if one in tiles]
    if not designs:
        raise HTTPException(404, house.words("request.of_nothing"))
    return page(
        request,
        "ask.html",
        designs=designs,
        tiles=tiles,
        found=found,
        requests=-(-len(designs) // DESIGNS_EACH),
        shown=SHOWN,
        sizes=SIZES_PX,
        usual=USUAL_LIMIT,
        colorways=_words_of(house, "colorway"),
        categories=_words_of(house, "category"),
        style_kinds=_words_of(house, "style_kind"),
        mark=f"{int(datetime.now(UTC).timestamp())}-{secrets.token_hex(4)}",
    )


@router.post("/ask")
def asked(
    house: Here,
    user: Editor,
    kind: Annotated[Kind, Form()],
    design: Annotated[list[DesignId], Form(min_length=1, max_length=MOST_DESIGNS)],
    mark: Annotated[str, Form(pattern=r"^[0-9]{9,10}-[0-9a-f]{8}$")],
    note: Annotated[str, Form(max_length=1000)] = "",
    size_px: Annotated[int | None, Form()] = None,
    colorway: Annotated[list[str] | None, Form()] = None,
    palette: Annotated[str, Form(max_length=4000)] = "",
    category: Annotated[str, Form()] = "",
    style_kind: Annotated[str, Form()] = "",
    limit: Annotated[int | None, Form()] = None,
) -> Response:
    """Ask for more, once, however often the form is sent: it carries a mark of its own."""
    seconds, _, drawn = mark.partition("-")
    at = datetime.fromtimestamp(int(seconds), UTC)
    if abs(datetime.now(UTC) - at) > _OLDEST:
        raise EditRefused(house.words("request.too_old"))
    wish: dict[str, Any] = {
        "kind": kind,
        "asked_by": user.name,
        "asked_at_utc": at,
        "note": " ".join(note.split()),
        "size_px": size_px,
        "colorways": tuple(colorway or ()),
        "palettes": _palettes(palette),
        "category": category,
        "style_kind": style_kind,
        "limit": limit,
    }
    designs = tuple(dict.fromkeys(design))
    parts = [designs[first : first + DESIGNS_EACH] for first in range(0, len(designs), DESIGNS_EACH)]
    try:
        made = [Wish.model_validate({**wish, "designs": part}) for part in parts]
    except ValidationError as error:
        raise EditRefused(house.words("request.refused", why=told(error))) from error
    for number, one in enumerate(made):
        token = drawn if len(made) == 1 else f"{drawn}-{number + 1}"
        house.inbox.ask(one, request_id=new_request_id(one.asked_at_utc, token))
    return RedirectResponse("/requests", 303)


@router.get("/api/requests")
def states(
    house: Here, ids: Annotated[list[DesignId], Query(max_length=MOST_IDS), Field(min_length=1)]
) -> JSONResponse:
    """Answer what was asked for of designs and how far it is; of those of which nothing was, nothing."""
    found = house.inbox.about(ids)
    answer = {design: [as_json(told_of(house, one)) for one in asked] for design, asked in found.items()}
    return JSONResponse({"requests": answer}, headers={"Cache-Control": "no-store"})


def _words_of(house: House, column: str) -> list[str]:
    """Return the words that a column has in any manifest, but nothing, sorted."""
    return sorted(house.collection.vocabulary.words[column].texts()[1:])


def _palettes(lines: str) -> dict[str, Sequence[str]]:
    """Return palettes as people write them, ``Dusk: #203040 #a05060`` a line."""
    found: dict[str, Sequence[str]] = {}
    for line in lines.splitlines():
        name, _, colours = line.partition(":")
        if line.strip():
            found[name.strip()] = [f"#{one.removeprefix('#')}" for one in _COLOUR.findall(colours)]
    return found
