"""An edit of a shortlist: who did what to which design, as a small JSON object that never changes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalogs.gallery.errors import EditRefused
from catalogs.gallery.shortlists.clock import is_event_id, time_of

# The list of the house: ratings and rejections that belong to no list of somebody's.
HOUSE = "ratings"
MOST_NAME, MOST_NOTE, MOST_STARS = 120, 1000, 5
_DESIGN = re.compile(r"[0-9a-f]{32}")
_PLACE = re.compile(r"[0-9a-f]{1,400}")
_SHARE = re.compile(r"[0-9a-f]{16}")
# Control characters, and marks that turn the direction of writing; a note may have lines.
_MARKS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Kind(StrEnum):
    """What an edit does."""

    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    RESTORE = "restore"
    ADD = "add"
    REMOVE = "remove"
    MOVE = "move"
    NOTE = "note"
    RATE = "rate"
    REJECT = "reject"
    SHARE = "share"
    REVOKE = "revoke"
    UNDO = "undo"


OF_DESIGNS = (Kind.ADD, Kind.REMOVE, Kind.MOVE, Kind.NOTE, Kind.RATE, Kind.REJECT)
OF_THE_HOUSE = (Kind.RATE, Kind.REJECT, Kind.UNDO)


@dataclass(frozen=True, slots=True)
class Event:
    """One edit; what its kind does not need is empty.

    Attributes:
        event_id: sorts by time; see ``clock``.
        kind: what it does.
        by: who, as people know them.
        design: that it is about.
        place: where a moved design stands from now on.
        seen: remove: the edits that had added the design, as far as was known. Those alone are taken back:
            somebody else's add at the same moment stays.
        text: name of a list, or a note; an empty note is none.
        stars: rate: 1 to 5, 0 takes the rating away.
        on: reject: whether it is rejected or taken back in.
        undoes: undo: the edit that is taken back, one's own.
        share: share, revoke: 16 hex digits that the link carries.
        until: share: when the link ends, seconds since 1970.
    """

    event_id: str
    kind: Kind
    by: str
    design: str = ""
    place: str = ""
    seen: tuple[str, ...] = ()
    text: str = ""
    stars: int = 0
    on: bool = True
    undoes: str = ""
    share: str = ""
    until: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as it is written: nothing for what is empty."""
        told: dict[str, Any] = {
            "id": self.event_id,
            "kind": str(self.kind),
            "by": self.by,
            "at_utc": time_of(self.event_id).isoformat(timespec="milliseconds"),
        }
        told |= {name: getattr(self, name) for name in ("design", "place", "text") if getattr(self, name)}
        if self.kind is Kind.REMOVE:
            told["seen"] = list(self.seen)
        if self.kind is Kind.RATE:
            told["stars"] = self.stars
        if self.kind is Kind.REJECT:
            told["on"] = self.on
        told |= {name: getattr(self, name) for name in ("undoes", "share", "until") if getattr(self, name)}
        return told

    def encode(self) -> bytes:
        """Return its object's bytes."""
        return json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True).encode()

    def says_the_same(self, other: Event) -> bool:
        """Say whether two are one edit that was sent twice; where it stands is worked out when it comes."""

        def said(one: Event) -> tuple[object, ...]:
            what = (one.design, one.text, one.stars, one.on, one.undoes, one.share, one.until)
            return (one.event_id, one.kind, one.by, *what)

        return said(self) == said(other)


def event_of(told: Mapping[str, Any]) -> Event:
    """Return an edit of its JSON.

    Raises:
        EditRefused: it is none; says what is wrong.
    """
    event_id, kind, by = told.get("id"), told.get("kind"), told.get("by")
    if not isinstance(event_id, str) or not is_event_id(event_id):
        raise EditRefused(f"an edit's id is 16 hex digits, '-' and 8 more, got {str(event_id)[:60]!r}")
    if kind not in tuple(Kind):
        raise EditRefused(f"there is no edit {str(kind)[:40]!r}; there are {', '.join(Kind)}")
    if not isinstance(by, str) or not 1 <= len(by) <= 200 or _MARKS.search(by):
        raise EditRefused(f"who edits is a name of 1 to 200 characters, got {str(by)[:60]!r}")
    event = Event(
        event_id,
        Kind(kind),
        by,
        design=_text(told, "design"),
        place=_text(told, "place"),
        seen=_ids(told.get("seen", ())),
        text=_text(told, "text"),
        stars=_number(told, "stars"),
        on=told.get("on", True) is not False,
        undoes=_text(told, "undoes"),
        share=_text(told, "share"),
        until=_number(told, "until"),
    )
    _check(event)
    return event


def _check(event: Event) -> None:
    kind = event.kind
    if (kind in OF_DESIGNS or event.design) and not _DESIGN.fullmatch(event.design):
        raise EditRefused(f"{kind} names a design by 32 hex digits, got {event.design[:60]!r}")
    if event.place and not (_PLACE.fullmatch(event.place) and not event.place.endswith("0")):
        raise EditRefused(f"a place is hex digits that do not end in 0, got {event.place[:60]!r}")
    if kind in (Kind.CREATE, Kind.RENAME):
        if not event.text.strip() or len(event.text) > MOST_NAME or "\n" in event.text:
            raise EditRefused(f"a list's name is one line of 1 to {MOST_NAME} characters")
    elif len(event.text) > MOST_NOTE:
        raise EditRefused(f"a note has at most {MOST_NOTE:,} characters, got {len(event.text):,}")
    if _MARKS.search(event.text):
        raise EditRefused("names and notes have no control characters; type the text anew")
    if not 0 <= event.stars <= MOST_STARS:
        raise EditRefused(f"a rating is 1 to {MOST_STARS}, or 0 for none, got {event.stars}")
    if kind is Kind.UNDO and not is_event_id(event.undoes):
        raise EditRefused(f"undo names the edit that it takes back, got {event.undoes[:60]!r}")
    if kind in (Kind.SHARE, Kind.REVOKE) and not _SHARE.fullmatch(event.share):
        raise EditRefused(f"a link's id is 16 hex digits, got {event.share[:60]!r}")


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise EditRefused(f"{name} is a text, got {str(value)[:60]!r}")
    return value


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise EditRefused(f"{name} is a whole number, got {str(value)[:60]!r}")
    return value


def _ids(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > 1000:
        raise EditRefused("seen is a list of at most 1,000 edits' ids")
    if not all(isinstance(one, str) and is_event_id(one) for one in value):
        raise EditRefused("seen holds what is no edit's id")
    return tuple(value)
