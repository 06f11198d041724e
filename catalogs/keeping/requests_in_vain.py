"""Open requests of which nothing can come."""

from __future__ import annotations

from collections.abc import Iterator

from catalogs.keeping.flaws import EXAMPLES, Flaw
from catalogs.layout import design_key
from catalogs.requests import open_requests, read_requests
from catalogs.storage import Storage


def requests_in_vain(storage: Storage) -> Iterator[Flaw]:
    """Yield what is wrong with open requests: whoever takes them up refuses them, with these reasons."""
    open_still = [one.request_id for one in open_requests(storage)]
    asked = read_requests(storage, only=open_still) if open_still else []
    if unreadable := [one for one in asked if one.request is None]:
        says = f"{len(unreadable):,} requests cannot be read, such as: {unreadable[0].problem}"
        examples = tuple(one.request_id for one in unreadable[:EXAMPLES])
        yield Flaw("requests_unreadable", "", len(unreadable), says, examples)
    named = {name for one in asked if one.request is not None for name in one.request.designs}
    if gone := [name for name in sorted(named) if not storage.exists(design_key(name))]:
        says = f"{len(gone):,} designs that requests are about have no image"
        yield Flaw("requests_in_vain", "", len(gone), says, tuple(gone[:EXAMPLES]))
