"""Links to one list: given and taken back by editors, opened by whoever has one; they open nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from catalogs.gallery.house import House
from catalogs.gallery.safety.errors import Refused
from catalogs.gallery.safety.guard import Editor, open_to_all
from catalogs.gallery.sharing import give, opened, take_back
from catalogs.gallery.sharing.links import HOUR_S
from catalogs.gallery.web import pictures
from catalogs.gallery.web.rendering import Here, page

router = APIRouter()
# The address is the key: it is told to nobody, found by no search engine, kept in no cache.
_QUIET = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@router.post("/shortlist/{list_id}/share")
def share(house: Here, user: Editor, list_id: str, hours: Annotated[int, Form()]) -> Response:
    """Make a link that is good for some hours."""
    give(house.shelf, list_id, for_s=hours * HOUR_S, by=user.name)
    return RedirectResponse(f"/shortlist/{list_id}#share", 303)


@router.post("/shortlist/{list_id}/revoke")
def revoke(house: Here, user: Editor, list_id: str, share: Annotated[str, Form()]) -> Response:
    """Take a link back."""
    take_back(house.shelf, list_id, share, by=user.name)
    return RedirectResponse(f"/shortlist/{list_id}#share", 303)


@router.get("/share/{token}")
@open_to_all
def shared(request: Request, house: Here, token: str) -> Response:
    """Answer the list of a link, to be read only; a page that says so when it has ended."""
    try:
        found, link = opened(house.shelf, house.settings.secret, token)
    except Refused as refusal:
        answer = page(request, "share_ended.html", status_code=refusal.status, sentence=refusal.message)
    else:
        answer = page(
            request,
            "share.html",
            found=found,
            link=link,
            until=datetime.fromtimestamp(link.until, UTC),
            tiles=house.finder.by_id(found.designs),
            share=token,
        )
    answer.headers.update(_QUIET)
    return answer


@router.get("/share/{token}/thumbs/{design_id}")
@open_to_all
def thumb(request: Request, house: Here, token: str, design_id: str) -> Response:
    """Answer the thumbnail of a design of a link's list."""
    _check_shown(house, token, design_id)
    return _quiet(pictures.thumb(request, house, design_id))


@router.get("/share/{token}/images/{design_id}")
@open_to_all
def image(
    request: Request, house: Here, token: str, design_id: str, size: pictures.Side | None = None
) -> Response:
    """Answer the picture of a design of a link's list."""
    _check_shown(house, token, design_id)
    return _quiet(pictures.image(request, house, design_id, size))


def _check_shown(house: House, token: str, design_id: str) -> None:
    found, _ = opened(house.shelf, house.settings.secret, token)
    if design_id not in found.by_design:
        raise HTTPException(404, house.words("error.no_picture"))


def _quiet(answer: Response) -> Response:
    """Let nobody keep a picture longer than its link is good; the link is asked for each time."""
    answer.headers.update(_QUIET)
    return answer
