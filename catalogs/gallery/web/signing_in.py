"""Signing in and out, and whether the gallery is well."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from catalogs.gallery.safety.addresses import ADDRESS
from catalogs.gallery.safety.errors import SignInNeeded
from catalogs.gallery.safety.guard import SAFE, check_token, open_to_all, porter_of
from catalogs.gallery.safety.passwords import MOST_LENGTH, MOST_NAME, Crowded, Entry
from catalogs.gallery.safety.porter import cookie_name
from catalogs.gallery.safety.users import User
from catalogs.gallery.web.rendering import Here, page

router = APIRouter()
PAGE = "/signin"
# A look that is so many times later than it should be: the bucket cannot be read, or the thread is gone.
_LATE = 20
_MOST_ADDRESS = 2000
# Until a try that met a crowd is worth repeating.
_CROWDED_S = 3.0


@router.get(PAGE)
@open_to_all
def sign_in(request: Request, to: Annotated[str, Query(alias="next")] = "") -> Response:
    """Answer the page that says how to sign in."""
    return _sign_in_page(request, to)


@router.post(PAGE)
@open_to_all
def enter(
    request: Request,
    house: Here,
    name: Annotated[str, Form(max_length=MOST_NAME)],
    password: Annotated[str, Form(max_length=MOST_LENGTH)],
    to: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Let somebody in by name and password; after some wrong ones each next try waits longer."""
    porter = porter_of(request)
    if porter.passwords is None:
        return _sign_in_page(request, to)
    address = str(request.scope.get(ADDRESS, ""))
    wait_s = max(porter.tries_by_name.begin(name), porter.tries_by_address.begin(address))
    entry: Entry | None = None
    if wait_s <= 0:
        try:
            entry = porter.passwords.check(name, password)
        except Crowded:
            wait_s = _CROWDED_S
    if wait_s > 0:
        told = house.words("signin.wait", seconds=math.ceil(wait_s))
        answer = _sign_in_page(request, to, status_code=429, sentence=told, name=name)
        answer.headers["Retry-After"] = str(math.ceil(wait_s))
        return answer
    if entry is None:
        told = house.words("signin.wrong")
        return _sign_in_page(request, to, status_code=401, sentence=told, name=name)
    porter.tries_by_name.succeeded(name)
    return _let_in(request, entry.user, to)


@router.get("/signin/link")
@open_to_all
def enter_by_link(request: Request, house: Here, key: Annotated[str, Query(max_length=1000)]) -> Response:
    """Let the owner in by a link that was printed; it does so once."""
    links = porter_of(request).links
    user = links.use(key) if links else None
    if user is None:
        return _sign_in_page(request, "", status_code=401, sentence=house.words("signin.link_spent"))
    return _let_in(request, user, "")


@router.post("/signout")
@open_to_all
async def leave(request: Request) -> Response:
    """Sign somebody out in this browser, which forgets the pictures too."""
    await check_token(request)
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(cookie_name(request), secure=request.url.scheme == "https", httponly=True)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@router.get("/healthz")
@open_to_all
def health(house: Here) -> JSONResponse:
    """Say whether pages can be shown and are kept in step with the bucket; nothing of what is in it."""
    looked_at = house.watch.standing.looked_at_utc
    late = timedelta(seconds=max(60.0, _LATE * house.settings.look_every_s))
    is_well = looked_at is not None and datetime.now(UTC) - looked_at < late
    return JSONResponse({"is_well": is_well}, status_code=200 if is_well else 503)


def sign_in_page(request: Request, error: SignInNeeded) -> Response | None:
    """Return the way to the sign-in page for somebody who asked for a page; None for scripts and pictures."""
    is_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if not is_page:
        return None
    if request.method not in SAFE:
        return _sign_in_page(request, "", status_code=error.status, sentence=error.message)
    to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{PAGE}?{urlencode({'next': to[:_MOST_ADDRESS]})}", status_code=303)


def _sign_in_page(
    request: Request, to: str, *, status_code: int = 200, sentence: str = "", name: str = ""
) -> Response:
    porter = porter_of(request)
    way = "password" if porter.passwords else "link" if porter.links else "proxy"
    return page(
        request,
        "signin.html",
        status_code=status_code,
        way=way,
        next=_place(to),
        sentence=sentence,
        name=name,
    )


def _let_in(request: Request, user: User, to: str) -> Response:
    answer = RedirectResponse(_place(to), status_code=303)
    settings = request.app.state.house.settings
    answer.set_cookie(
        cookie_name(request),
        porter_of(request).let_in(user),
        max_age=int(settings.session_s),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


def _place(to: str) -> str:
    """Return a place of this gallery: whatever else an address asks for is the wall."""
    if not to.startswith("/") or to.startswith(("//", "/\\", PAGE)) or not to.isprintable():
        return "/"
    try:
        parts = urlsplit(to)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else to[:_MOST_ADDRESS]
