"""A link that lets the owner of a gallery in to write, once: whoever has the secret's file can make one."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from catalogs.gallery.safety.signing import LINK, sign, unsign
from catalogs.gallery.safety.users import EDITOR, User

PATH = "/signin/link"
GOOD_FOR_S = 3600.0


def link(secret: bytes, address: str, name: str) -> str:
    """Return the address that signs somebody in as an editor: once, within an hour.

    Args:
        secret: of the gallery.
        address: of the gallery, without a slash at the end.
        name: that changes are signed with.
    """
    key = sign(secret, LINK, {"id": secrets.token_hex(16), "name": name, "at": time.time()})
    return f"{address}{PATH}?{urlencode({'key': key})}"


class Links:
    """Which links were used; those of before the gallery started count as such, as nobody knows."""

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock
        self._since = clock()
        self._used: dict[str, float] = {}
        self._using = threading.Lock()

    def use(self, key: str) -> User | None:
        """Return whom a link lets in; None where it is none, was used, or is too old."""
        value = unsign(self._secret, LINK, key)
        now = self._clock()
        if not isinstance(value, dict) or not max(self._since, now - GOOD_FOR_S) <= float(value["at"]):
            return None
        with self._using:
            self._used = {one: at for one, at in self._used.items() if at >= now - GOOD_FOR_S}
            if value["id"] in self._used:
                return None
            self._used[value["id"]] = now
        return User(str(value["name"]), EDITOR)
