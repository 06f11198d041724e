"""What a gallery is started with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

DAY_S = 86_400.0


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
        open_to_readers: whether who did not sign in may read; for one's own machine alone.
        session_s: how long somebody stays signed in.
    """

    look_every_s: float = 5.0
    threads: int = 2
    memory: str = "2GB"
    prefect_page: str = ""
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    hosts: tuple[str, ...] = ()
    open_to_readers: bool = True
    session_s: float = 7 * DAY_S
