"""What a gallery is started with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

DAY_S = 86_400.0


@dataclass(frozen=True)
class ProxySettings:
    """A reverse proxy before the gallery, which speaks TLS with browsers and may know who they are.

    Attributes:
        addresses: of the proxy, or networks (``10.0.0.0/8``); from others its headers do not count.
        user_header: in which it says who somebody is; "" where it does not.
        groups_header: in which it says their groups, with commas between.
        editors: users and groups (``@design``) that may write; the others read.
    """

    addresses: tuple[str, ...] = ()
    user_header: str = ""
    groups_header: str = "x-forwarded-groups"
    editors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Allowance:
    """How much one person, or one address, may ask: so many a second, and so many at once."""

    per_s: float
    at_once: float


@dataclass(frozen=True)
class Limits:
    """What one person may ask of a gallery; somebody at this machine who did not sign in may ask anything.

    Attributes:
        pages: pages and what their scripts ask.
        pictures: a wall that is scrolled fast asks for hundreds.
        changes: ratings, notes, requests.
        body_bytes: of one request.
        body_within_s: that it may take to come.
    """

    pages: Allowance = Allowance(50, 300)
    pictures: Allowance = Allowance(500, 4000)
    changes: Allowance = Allowance(20, 200)
    body_bytes: int = 1 << 20
    body_within_s: float = 30.0


@dataclass(frozen=True)
class GallerySettings:
    """How a gallery looks at its bucket, and whom it lets in.

    Attributes:
        look_every_s: between two looks for new manifests.
        threads: of one query of the table.
        memory: that the table may take, as DuckDB writes it.
        prefect_page: address of Prefect's pages, for links to flow runs; "" for none.
        secret: what cookies, tokens and links are signed with; without a kept one they end with the process.
        hosts: names that the gallery is called by besides this machine's, with the port where it is not the
            scheme's own: ``gallery.house.example``.
        users: file of those who sign in with a password; None: nobody does.
        proxy: what is before the gallery.
        session_s: how long somebody stays signed in.
        limits: what one person may ask.
    """

    look_every_s: float = 5.0
    threads: int = 2
    memory: str = "2GB"
    prefect_page: str = ""
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    hosts: tuple[str, ...] = ()
    users: Path | None = None
    proxy: ProxySettings = ProxySettings()
    session_s: float = 7 * DAY_S
    limits: Limits = Limits()

    @property
    def is_for_one(self) -> bool:
        """Say whether this is somebody's own gallery: who is at the machine reads, a link lets in to write.

        So it is where neither passwords nor a proxy say who somebody is.
        """
        return self.users is None and not self.proxy.user_header
