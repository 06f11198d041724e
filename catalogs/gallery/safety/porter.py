"""Who comes: as a proxy says, by a signed cookie, or as a reader at this machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from catalogs.gallery.safety.addresses import BY_PROXY
from catalogs.gallery.safety.buckets import Failures
from catalogs.gallery.safety.links import Links
from catalogs.gallery.safety.passwords import MOST_NAME, Passwords
from catalogs.gallery.safety.signing import SESSION, TOKEN, is_signature, sign, signature, unsign
from catalogs.gallery.safety.users import EDITOR, ROLES, VIEWER, User
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
        self.passwords = Passwords(settings.users) if settings.users else None
        self.links = Links(settings.secret) if settings.is_for_one else None
        # a name waits for a minute at most, so that nobody can lock another one out
        self.tries_by_name = Failures(free=5, most_s=60.0)
        self.tries_by_address = Failures(free=20, most_s=900.0)

    def visit(self, request: HTTPConnection) -> Visit | None:
        """Return who sends a request; None: nobody who may read."""
        found = self._by_proxy(request) or self.known_by(request.cookies.get(cookie_name(request), ""))
        if found is None and self._settings.is_for_one:
            return Visit(AT_THIS_MACHINE)
        return found

    def let_in(self, user: User) -> str:
        """Return the value of the cookie that a user is known by from now on."""
        mark = self._mark(user.name)
        value = {"id": secrets.token_hex(16), "name": user.name, "role": user.role, "mark": mark}
        return sign(self._settings.secret, SESSION, value)

    def known_by(self, cookie: str) -> Visit | None:
        """Return who has a cookie of this value; None: nobody, or no longer."""
        if not cookie:
            return None
        value = unsign(self._settings.secret, SESSION, cookie, max_age_s=self._settings.session_s)
        if not isinstance(value, dict) or value.get("role") not in ROLES:
            return None
        if value["mark"] is None or value["mark"] != self._mark(value["name"]):
            return None
        return Visit(User(str(value["name"]), value["role"]), str(value["id"]))

    def token(self, visit: Visit) -> str:
        """Return what the pages of a visit send along with each change; "" for those who cannot write."""
        return signature(self._settings.secret, TOKEN, visit.session) if visit.session else ""

    def is_token(self, visit: Visit, said: str) -> bool:
        """Say whether a change comes from a page that was made for this visit."""
        return bool(visit.session) and is_signature(self._settings.secret, TOKEN, visit.session, said)

    def _by_proxy(self, request: HTTPConnection) -> Visit | None:
        """Return whom the proxy names; a name that comes twice is none, as one of them is not the proxy's."""
        proxy = self._settings.proxy
        if not proxy.user_header or not request.scope.get(BY_PROXY):
            return None
        names = request.headers.getlist(proxy.user_header)
        name = names[0].strip() if len(names) == 1 else ""
        if not name or len(name) > MOST_NAME * 4 or not name.isprintable():
            return None
        told = ",".join(request.headers.getlist(proxy.groups_header)).split(",")
        is_editor = name in proxy.editors or any(f"@{group.strip()}" in proxy.editors for group in told)
        return Visit(User(name, EDITOR if is_editor else VIEWER), f"proxy:{name}")

    def _mark(self, name: str) -> str | None:
        """Return what a session ends with: a changed line of the passwords, or another way to sign in."""
        if self.passwords is not None:
            entry = self.passwords.find(name)
            return entry.mark if entry else None
        return "link" if self.links is not None else None


def cookie_name(request: HTTPConnection) -> str:
    """Return the session cookie's name: cookies know no ports, and one machine may have two galleries."""
    port = request.url.port
    name = COOKIE if port is None else f"{COOKIE}-{port}"
    return f"__Host-{name}" if request.url.scheme == "https" else name
