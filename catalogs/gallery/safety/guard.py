"""What runs before every route: who asks, may they, and did a page of ours send it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request

from catalogs.gallery.house import House
from catalogs.gallery.safety.errors import Forged, NotAllowed, SignInNeeded
from catalogs.gallery.safety.porter import Porter, Visit
from catalogs.gallery.safety.users import User

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Where a change says that it comes from a page of ours: a header from scripts, a field in forms.
TOKEN_HEADER, TOKEN_FIELD = "x-toile-token", "token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_OPEN = "is_open_to_all"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def open_to_all(endpoint: Endpoint) -> Endpoint:
    """Let anybody ask for a route, even change something by it; what it checks is its own affair."""
    setattr(endpoint, _OPEN, True)
    return endpoint


async def guarded(request: Request) -> None:
    """Refuse what is not for whoever asks; the dependency of every route.

    Raises:
        SignInNeeded: nobody is known.
        NotAllowed: a change, by a viewer.
        Forged: a change that no page of ours sent.
    """
    words = _words(request)
    if request.method not in SAFE:
        _check_sent_from_here(request)
    if getattr(request.scope.get("endpoint"), _OPEN, False):
        return
    visit = visit_of(request)
    if visit is None:
        raise SignInNeeded(words("signin.needed"))
    if request.method in SAFE:
        return
    if not visit.user.may_write:
        raise _not_allowed(request, visit.user)
    said = request.headers.get(TOKEN_HEADER) or await _field(request)
    if not porter_of(request).is_token(visit, said):
        raise Forged(words("signin.forged"))


async def viewer(request: Request) -> User:
    """Return who asks: somebody who may read.

    Raises:
        SignInNeeded: nobody is known.
    """
    visit = visit_of(request)
    if visit is None:
        raise SignInNeeded(_words(request)("signin.needed"))
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


def _check_sent_from_here(request: Request) -> None:
    """Refuse a change that a browser says another site sent; old browsers and scripts say nothing."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    here = {request.headers.get("host", ""), *_house(request).settings.hosts}
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc not in here):
        raise Forged(_words(request)("signin.forged"))


async def _field(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return ""
    said = (await request.form()).get(TOKEN_FIELD, "")
    return said if isinstance(said, str) else ""


def _not_allowed(request: Request, user: User) -> SignInNeeded | NotAllowed:
    words = _words(request)
    if not user.name:
        return SignInNeeded(words("signin.needed_to_write"))
    return NotAllowed(words("signin.viewer", name=user.name))


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


def _words(request: Request) -> Any:
    return _house(request).words
