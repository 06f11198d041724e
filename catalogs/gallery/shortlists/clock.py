"""Ids of edits: they sort by time, and after every edit that their maker had seen, whatever his clock says.

An id is ``<12 hex of ms since 1970><4 hex of a counter>-<8 hex drawn>``: a hybrid logical clock. Whoever
makes one takes the later of his own clock and of the last id that he has seen, so a clock that is minutes off
never puts an edit before the one that it answers, nor two edits of one person the wrong way round.

Source:
    Kulkarni, Demirbas, Madappa, Avva, Leone (2014), "Logical Physical Clocks and Consistent Snapshots in
    Globally Distributed Databases".
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta

# An id may be so far ahead of what the server's clock and the list say: further is a clock set wrong.
MOST_AHEAD = timedelta(minutes=5)
_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")
_MOST = 0xFFFF


def is_event_id(text: str) -> bool:
    """Say whether a text can name an edit."""
    return _ID.fullmatch(text) is not None


def new_event_id(now: datetime, seen: str = "") -> str:
    """Return an id later than ``seen``.

    Args:
        now: aware.
        seen: the last id that is known; "" for none.
    """
    ms, count = int(now.timestamp() * 1000), 0
    if seen and int(seen[:12], 16) >= ms:
        ms, count = int(seen[:12], 16), int(seen[12:16], 16) + 1
        if count > _MOST:
            ms, count = ms + 1, 0
    return f"{ms:012x}{count:04x}-{secrets.token_hex(4)}"


def time_of(event_id: str) -> datetime:
    """Return when an edit was made, as its maker's clock said it."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(event_id[:12], 16))


def is_ahead(event_id: str, *, now: datetime, seen: str = "") -> bool:
    """Say whether an id is later than any clock that is right can have made it."""
    known = max(now, time_of(seen)) if seen else now
    return int(event_id[:12], 16) > int((known + MOST_AHEAD).timestamp() * 1000)
