"""Who comes: by a signed cookie, or as a reader at this machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from catalogs.gallery.safety.signing import SESSION, TOKEN, is_signature, sign, signature, unsign
from catalogs.gallery.safety.users import ROLES, VIEWER, User
from catalogs.gallery.settings import GallerySettings

COOKIE = "toile-session"
# Somebody at this machine who did not sign in.
AT_THIS_MACHINE = User("", VIEWER)


@dataclass(frozen=True)
class Visit:
    """A request's sender.

    Attributes:
        user: who it is.
        session: what the token of their pages is bound to; "" for those who cannot write.
    """

    user: User
    session: str = ""


class Porter:
    """Knows who sends a request, and lets people in."""

    def __init__(self, settings: GallerySettings) -> None:
        self._settings = settings

    def visit(self, request: HTTPConnection) -> Visit | None:
        """Return who sends a request; None: nobody who may read."""
        found = self.known_by(request.cookies.get(cookie_name(request), ""))
        if found is None and self._settings.open_to_readers:
            return Visit(AT_THIS_MACHINE)
        return found

    def let_in(self, user: User) -> str:
        """Return the value of the cookie that a user is known by from now on."""
        value = {"id": secrets.token_hex(16), "name": user.name, "role": user.role}
        return sign(self._settings.secret, SESSION, value)

    def known_by(self, cookie: str) -> Visit | None:
        """Return who has a cookie of this value; None: nobody, or no longer."""
        value = unsign(self._settings.secret, SESSION, cookie, max_age_s=self._settings.session_s)
        if not isinstance(value, dict) or value.get("role") not in ROLES:
            return None
        return Visit(User(str(value["name"]), value["role"]), str(value["id"]))

    def token(self, visit: Visit) -> str:
        """Return what the pages of a visit send along with each change; "" for those who cannot write."""
        return signature(self._settings.secret, TOKEN, visit.session) if visit.session else ""

    def is_token(self, visit: Visit, said: str) -> bool:
        """Say whether a change comes from a page that was made for this visit."""
        return bool(visit.session) and is_signature(self._settings.secret, TOKEN, visit.session, said)


def cookie_name(request: HTTPConnection) -> str:
    """Return the session cookie's name: cookies know no ports, and one machine may have two galleries."""
    port = request.url.port
    name = COOKIE if port is None else f"{COOKIE}-{port}"
    return f"__Host-{name}" if request.url.scheme == "https" else name
