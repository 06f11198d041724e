"""What runs before every route: who asks, may they, how often, and did a page of ours send it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request

from catalogs.gallery.house import House
from catalogs.gallery.safety.addresses import ADDRESS, is_loopback
from catalogs.gallery.safety.buckets import Buckets
from catalogs.gallery.safety.errors import Forged, NotAllowed, SignInNeeded, TooMany
from catalogs.gallery.safety.porter import Porter, Visit
from catalogs.gallery.safety.users import User
from catalogs.gallery.settings import Limits
from catalogs.gallery.words import Words

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Where a change says that it comes from a page of ours: a header from scripts, a field in forms.
TOKEN_HEADER, TOKEN_FIELD = "x-toile-token", "token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_PICTURES = ("/thumbs/", "/images/", "/garments/", "/styles/")
_OPEN = "is_open_to_all"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def open_to_all(endpoint: Endpoint) -> Endpoint:
    """Let anybody ask for a route; what it checks is its own affair."""
    setattr(endpoint, _OPEN, True)
    return endpoint


class Allowances:
    """How much each person may still ask: pages, pictures and changes apart."""

    def __init__(self, limits: Limits) -> None:
        self._pages = Buckets(limits.pages)
        self._pictures = Buckets(limits.pictures)
        self._changes = Buckets(limits.changes)

    def take(self, request: Request, visit: Visit | None) -> float:
        """Take one of whoever asks; return 0, or how many seconds to wait."""
        name = visit.user.name if visit else ""
        address = str(request.scope.get(ADDRESS, ""))
        if visit is not None and not name and is_loopback(address):
            return 0.0
        kind = self._pictures if request.url.path.startswith(_PICTURES) else self._pages
        kind = kind if request.method in SAFE else self._changes
        return kind.take(f"name {name}" if name else f"address {address}")


def keep_guard(app: FastAPI, house: House) -> None:
    """Put before an application what ``guarded`` asks."""
    app.state.porter = Porter(house.settings)
    app.state.allowances = Allowances(house.settings.limits)


async def guarded(request: Request) -> None:
    """Refuse what is not for whoever asks; the dependency of every route.

    Raises:
        SignInNeeded: nobody is known.
        NotAllowed: a change, by a viewer.
        Forged: a change that no page of ours sent.
        TooMany: asked too often.
    """
    visit = visit_of(request)
    allowances: Allowances = request.app.state.allowances
    wait_s = allowances.take(request, visit)
    if wait_s > 0:
        raise TooMany(words_of(request)("signin.too_many"), wait_s=wait_s)
    is_change = request.method not in SAFE
    if is_change:
        _check_sent_from_here(request)
    if getattr(request.scope.get("endpoint"), _OPEN, False):
        return
    user = await viewer(request)
    if is_change:
        if not user.may_write:
            raise _not_allowed(request, user)
        await check_token(request)


async def viewer(request: Request) -> User:
    """Return who asks: somebody who may read.

    Raises:
        SignInNeeded: nobody is known.
    """
    visit = visit_of(request)
    if visit is None:
        raise SignInNeeded(words_of(request)("signin.needed"))
    return visit.user


async def editor(request: Request) -> User:
    """Return who asks: somebody who may write.

    Raises:
        SignInNeeded: nobody is known.
        NotAllowed: a viewer.
    """
    user = await viewer(request)
    if not user.may_write:
        raise _not_allowed(request, user)
    return user


Viewer = Annotated[User, Depends(viewer)]
Editor = Annotated[User, Depends(editor)]


async def check_token(request: Request) -> None:
    """See that a change comes from a page that was made for whoever sends it.

    Raises:
        Forged: it does not.
    """
    visit = visit_of(request)
    said = request.headers.get(TOKEN_HEADER) or await _field(request)
    if visit is None or not porter_of(request).is_token(visit, said):
        raise Forged(words_of(request)("signin.forged"))


def porter_of(request: Request) -> Porter:
    """Return the porter of the gallery that a request is to."""
    porter: Porter = request.app.state.porter
    return porter


def visit_of(request: Request) -> Visit | None:
    """Return who sends a request, asked once a request; None: nobody who may read."""
    if not hasattr(request.state, "visit"):
        request.state.visit = porter_of(request).visit(request)
    visit: Visit | None = request.state.visit
    return visit


def token_of(request: Request) -> str:
    """Return what a page puts into its forms and its head; "" for those who cannot write."""
    visit = visit_of(request)
    return porter_of(request).token(visit) if visit is not None else ""


def words_of(request: Request) -> Words:
    """Return the words of the gallery that a request is to."""
    words: Words = request.app.state.house.words
    return words


def _check_sent_from_here(request: Request) -> None:
    """Refuse a change that a browser says another site sent; scripts and old browsers say nothing."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    here = {request.headers.get("host", ""), *request.app.state.house.settings.hosts}
    if site not in ("same-origin", "none") or (origin is not None and _netloc(origin) not in here):
        raise Forged(words_of(request)("signin.forged"))


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


async def _field(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return ""
    said = (await request.form(max_files=4, max_fields=100)).get(TOKEN_FIELD, "")
    return said if isinstance(said, str) else ""


def _not_allowed(request: Request, user: User) -> SignInNeeded | NotAllowed:
    words = words_of(request)
    if not user.name:
        return SignInNeeded(words("signin.needed_to_write"))
    return NotAllowed(words("signin.viewer", name=user.name))
