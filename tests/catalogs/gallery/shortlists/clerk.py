"""Somebody who edits a list from what he has seen of it, with a clock of his own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from catalogs.gallery.shortlists.clock import new_event_id
from catalogs.gallery.shortlists.events import Event, Kind
from catalogs.gallery.shortlists.merging import Shortlist, merge

EIGHT = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)


def design(number: int) -> str:
    return f"{number:032x}"


class Clerk:
    """Edits with ids later than all that he has seen; ``off`` is by how much his clock is wrong."""

    def __init__(self, name: str, off: timedelta = timedelta(0)) -> None:
        self.name = name
        self.off = off
        self.seen: dict[str, Event] = {}

    def see(self, *events: Event) -> None:
        self.seen |= {one.event_id: one for one in events}

    def list(self) -> Shortlist:
        return merge("spring", self.seen.values())

    def does(self, kind: Kind, *, at: datetime = EIGHT, **said: Any) -> Event:
        event = Event(new_event_id(at + self.off, max(self.seen, default="")), kind, self.name, **said)
        self.see(event)
        return event

    def adds(self, number: int, **said: Any) -> Event:
        return self.does(Kind.ADD, design=design(number), **said)

    def removes(self, number: int, **said: Any) -> Event:
        entry = self.list().entry(design(number))
        return self.does(Kind.REMOVE, design=design(number), seen=entry.adds if entry else (), **said)

    def undoes(self, event: Event, **said: Any) -> Event:
        return self.does(Kind.UNDO, undoes=event.event_id, **said)
