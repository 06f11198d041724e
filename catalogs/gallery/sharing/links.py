"""A link: signed with the gallery's secret, good until a day, and as long as nobody takes it back.

The bucket knows of each link who gave it and until when, as edits of the list; not its signature, which
nobody can make without the secret. So whoever may read the bucket cannot make links, and to take one back is
an edit.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from catalogs.gallery.errors import EditRefused
from catalogs.gallery.safety.errors import Refused
from catalogs.gallery.safety.signing import LINK, sign, unsign
from catalogs.gallery.shortlists import HOUSE, Kind, Shelf, Shortlist, edit
from catalogs.gallery.shortlists.merging import Share

HOUR_S, DAY_S = 3600, 86_400
SHORTEST_S, LONGEST_S = HOUR_S, 90 * DAY_S


class LinkEnded(Refused):
    """A link that was good once: its time is over, or it was taken back."""

    code: str = "link_ended"
    status = 410


class NoLink(Refused):
    """Nothing that this gallery ever signed."""

    code: str = "no_link"
    status = 404


def give(shelf: Shelf, list_id: str, *, for_s: int, by: str) -> Share:
    """Make a link to a list and return it.

    Args:
        shelf: the lists.
        list_id: which; not the house's.
        for_s: how long it is good, one hour to 90 days.
        by: who gives it.

    Raises:
        EditRefused: there is no such list, or that is no time.
    """
    if not SHORTEST_S <= for_s <= LONGEST_S:
        raise EditRefused(f"a link is good for 1 hour to 90 days, got {for_s / HOUR_S:g} hours")
    if list_id == HOUSE:
        raise EditRefused("the ratings of the house are no list to share")
    share = Share(secrets.token_hex(8), by, "", int(time.time()) + for_s)
    wish = {"kind": Kind.SHARE, "share": share.share, "until": share.until}
    event = edit(shelf, list_id, wish, by=by)
    return Share(share.share, by, event.event_id, share.until)


def take_back(shelf: Shelf, list_id: str, share: str, *, by: str) -> None:
    """Let a link show nothing any more, whoever gave it."""
    edit(shelf, list_id, {"kind": Kind.REVOKE, "share": share}, by=by)


def address_of(secret: bytes, list_id: str, share: Share) -> str:
    """Return the path of a link: whoever has it sees the list."""
    return f"/share/{sign(secret, LINK, [list_id, share.share, share.until])}"


def opened(shelf: Shelf, secret: bytes, token: str) -> tuple[Shortlist, Share]:
    """Return the list that a link shows, as it is now.

    Raises:
        NoLink: it was never given, or changed on its way.
        LinkEnded: its time is over, it was taken back, or the list was put away.
    """
    told: Any = unsign(secret, LINK, token)
    if not isinstance(told, list) or len(told) != 3:
        raise NoLink("This is no link of this gallery. Copy it again, to its last letter.")
    list_id, name, until = told
    if time.time() >= until:
        raise LinkEnded("This link has ended. Ask whoever sent it for a new one.")
    found = shelf.read(list_id)
    share = found.shares.get(name)
    if share is None or not found.exists:
        raise LinkEnded("This list is not shared any more. Ask whoever sent the link.")
    return found, share
