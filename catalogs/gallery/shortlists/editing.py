"""What somebody wants done to a list, checked and written as an edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from catalogs.gallery.errors import EditRefused
from catalogs.gallery.shortlists.clock import is_ahead, new_event_id
from catalogs.gallery.shortlists.events import HOUSE, OF_THE_HOUSE, Event, Kind, event_of
from catalogs.gallery.shortlists.merging import Shortlist
from catalogs.gallery.shortlists.places import at_end, between
from catalogs.gallery.shortlists.shelf import Shelf

# A line sheet of more is a catalogue.
MOST_DESIGNS = 2000


def edit(shelf: Shelf, list_id: str, wish: Mapping[str, Any], *, by: str) -> Event:
    """Do what somebody wants done to a list, once, however often it is sent, and return the edit.

    Args:
        shelf: the lists.
        list_id: which; ``HOUSE`` for ratings and rejections outside any.
        wish: an edit's JSON without ``by`` and ``at_utc``. Without ``id`` one is made here. A move says
            ``after``: the design that it shall follow, "" to be first, nothing to be last. A removal says
            with ``seen`` which adds it knows of; without, it is all that are known here.
        by: who wants it.

    Raises:
        EditRefused: it cannot be done; ``clock_ahead`` and ``id_taken`` can with another id.
        CatalogError: ``unsafe_id``.
    """
    now = datetime.now(UTC)
    found = shelf.read(list_id)
    known = {name: value for name, value in wish.items() if name not in ("by", "place", "at_utc", "after")}
    event = event_of({"id": new_event_id(now, found.clock), **known, "by": by})
    there = found.event(event.event_id)
    if there is not None and there.says_the_same(event):
        return there
    if is_ahead(event.event_id, now=now, seen=found.clock):
        raise EditRefused("the edit's id is of a time to come; make one of now", code="clock_ahead")
    _check(found, event)
    if event.kind is Kind.MOVE:
        event = replace(event, place=_place(found, event, wish.get("after")))
    if event.kind is Kind.REMOVE and "seen" not in wish:
        entry = found.entry(event.design)
        event = replace(event, seen=entry.adds if entry else ())
    return shelf.write(list_id, event)


def _check(found: Shortlist, event: Event) -> None:
    """Refuse what makes no sense in a list."""
    if found.list_id == HOUSE:
        if event.kind not in OF_THE_HOUSE:
            raise EditRefused(f"outside a list one can {', '.join(OF_THE_HOUSE)}, got {event.kind}")
    elif not found.name and event.kind is not Kind.CREATE:
        raise EditRefused(f"there is no list {found.list_id!r}; create it first")
    if event.kind is Kind.ADD and len(found.entries) >= MOST_DESIGNS:
        raise EditRefused(f"a list has at most {MOST_DESIGNS:,} designs; begin another")
    if event.kind is Kind.UNDO:
        target = found.event(event.undoes)
        if target is None:
            raise EditRefused("what should be undone is not known here")
        if target.by != event.by:
            raise EditRefused(f"that was done by {target.by}, who alone can undo it")


def _place(found: Shortlist, event: Event, after: object) -> str:
    """Return where a moved design stands from now on: between the one that it follows and the next."""
    others = [one.place for one in found.entries if one.design != event.design]
    if not isinstance(after, str):
        low = others[-1] if others else ""
        end = at_end(event.event_id)
        return end if end > low else between(low, "")
    low = found.places.get(after, "") if after else ""
    if after and not low:
        raise EditRefused(f"the list never had the design {after[:60]!r}, which it should follow")
    high = next((place for place in others if place > low), "")
    return between(low, high)
