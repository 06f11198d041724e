"""A list as its edits make it: the same edits give the same list, in whatever order they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from catalogs.gallery.shortlists.events import Event, Kind
from catalogs.gallery.shortlists.places import at_end

Value = TypeVar("Value")


@dataclass(frozen=True)
class Entry:
    """A design in a list.

    Attributes:
        design: 32 hex digits.
        place: where it stands.
        by: who added it first.
        event_id: of that edit.
        adds: all edits that keep it here: a removal names them.
        notes: by person.
        ratings: 1 to 5, by person.
        rejected_by: who said no last; "" if nobody.
    """

    design: str
    place: str
    by: str
    event_id: str
    adds: tuple[str, ...]
    notes: Mapping[str, str]
    ratings: Mapping[str, int]
    rejected_by: str


@dataclass(frozen=True)
class Share:
    """A link that shows a list: who gave it, until when (seconds since 1970)."""

    share: str
    by: str
    event_id: str
    until: int


@dataclass(frozen=True)
class Shortlist:
    """A list at one moment.

    Attributes:
        list_id: its id.
        name: "" where no edit named it.
        by: who made it.
        is_deleted: put away; it can be restored.
        entries: its designs in order.
        notes, ratings, rejected: of all designs ever spoken of here, also of those that are not in the list.
        places: of all designs that ever stood here.
        shares: links that were given and not taken back.
        events: all edits in the order of their ids.
        undone: ids of those that were taken back.
    """

    list_id: str
    name: str = ""
    by: str = ""
    is_deleted: bool = False
    entries: tuple[Entry, ...] = ()
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ratings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rejected: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, Share] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    undone: frozenset[str] = frozenset()

    @property
    def exists(self) -> bool:
        """Whether anybody made it, and nobody put it away."""
        return bool(self.name) and not self.is_deleted

    @property
    def clock(self) -> str:
        """The last edit's id; "" before the first."""
        return self.events[-1].event_id if self.events else ""

    @cached_property
    def by_design(self) -> Mapping[str, Entry]:
        """Its entries by their designs."""
        return {entry.design: entry for entry in self.entries}

    @property
    def designs(self) -> tuple[str, ...]:
        """Its designs in order."""
        return tuple(entry.design for entry in self.entries)

    def entry(self, design: str) -> Entry | None:
        """Return a design's entry; None where the list has it not."""
        return self.by_design.get(design)

    def event(self, event_id: str) -> Event | None:
        """Return an edit; None where the list has it not."""
        return next((one for one in self.events if one.event_id == event_id), None)


def merge(list_id: str, events: Iterable[Event]) -> Shortlist:
    """Return the list that a set of edits makes; order and doubles do not matter.

    What is one person's (ratings, notes) is kept by person, so that nobody writes over another. A design is
    in the list as long as there is an add that no removal had seen. Of names, moves and rejections the last
    holds.
    """
    ordered = _ordered(events)
    undone = _undone(ordered)
    live = [one for one in ordered if one.event_id not in undone]
    name = by = ""
    is_deleted = False
    notes: dict[str, dict[str, str]] = {}
    ratings: dict[str, dict[str, int]] = {}
    rejected: dict[str, str] = {}
    shares: dict[str, Share] = {}
    revoked: set[str] = set()
    for one in live:
        match one.kind:
            case Kind.CREATE | Kind.RENAME:
                name, by = one.text.strip(), by or one.by
            case Kind.DELETE | Kind.RESTORE:
                is_deleted = one.kind is Kind.DELETE
            case Kind.NOTE:
                _put(notes, one.design, one.by, one.text.strip())
            case Kind.RATE:
                _put(ratings, one.design, one.by, one.stars)
            case Kind.REJECT:
                rejected.pop(one.design, None)
                if one.on:
                    rejected[one.design] = one.by
            case Kind.SHARE:
                shares.setdefault(one.share, Share(one.share, one.by, one.event_id, one.until))
            case Kind.REVOKE:
                revoked.add(one.share)
    adds, moves = _adds(live), _moves(live)
    places = _places(ordered, adds, moves)
    entries = [
        Entry(
            design=design,
            place=places[design],
            by=kept[0].by,
            event_id=kept[0].event_id,
            adds=tuple(one.event_id for one in kept),
            notes=notes.get(design, {}),
            ratings=ratings.get(design, {}),
            rejected_by=rejected.get(design, ""),
        )
        for design, kept in adds.items()
    ]
    return Shortlist(
        list_id=list_id,
        name=name,
        by=by,
        is_deleted=is_deleted,
        entries=tuple(sorted(entries, key=lambda one: (one.place, one.event_id))),
        notes=notes,
        ratings=ratings,
        rejected=rejected,
        places=places,
        shares={name: one for name, one in shares.items() if name not in revoked},
        events=ordered,
        undone=undone,
    )


def _ordered(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return each edit once; of two with one id, as a resend past a packing can make, always the same."""
    found: dict[str, Event] = {}
    for one in events:
        known = found.get(one.event_id)
        if known is None or (one != known and one.encode() < known.encode()):
            found[one.event_id] = one
    return tuple(found[event_id] for event_id in sorted(found))


def _undone(ordered: tuple[Event, ...]) -> frozenset[str]:
    """Return the edits that were taken back: one's own, earlier ones, by an undo that itself stands."""
    by = {one.event_id: one.by for one in ordered}
    undone: set[str] = set()
    for one in reversed(ordered):
        if one.kind is not Kind.UNDO or one.event_id in undone:
            continue
        if one.undoes < one.event_id and by.get(one.undoes) == one.by:
            undone.add(one.undoes)
    return frozenset(undone)


def _adds(live: list[Event]) -> dict[str, list[Event]]:
    """Return the adds that keep each design in the list, the earliest first."""
    gone = {(one.design, event_id) for one in live if one.kind is Kind.REMOVE for event_id in one.seen}
    adds: dict[str, list[Event]] = {}
    for one in live:
        if one.kind is Kind.ADD and (one.design, one.event_id) not in gone:
            adds.setdefault(one.design, []).append(one)
    return adds


def _moves(live: list[Event]) -> dict[str, Event]:
    """Return the last move of each design."""
    return {one.design: one for one in live if one.kind is Kind.MOVE and one.place}


def _places(
    ordered: tuple[Event, ...], adds: Mapping[str, list[Event]], moves: Mapping[str, Event]
) -> dict[str, str]:
    """Return where designs stand: where they were moved to since they came in, else where they came in."""
    came = {one.design: one for one in reversed(ordered) if one.kind is Kind.ADD}
    came |= {design: kept[0] for design, kept in adds.items()}
    places = {design: at_end(one.event_id) for design, one in came.items()}
    for design, move in moves.items():
        if design in came and move.event_id > came[design].event_id:
            places[design] = move.place
    return places


def _put(table: dict[str, dict[str, Value]], design: str, person: str, value: Value) -> None:
    """Set a person's word on a design; an empty one takes it away."""
    told = table.setdefault(design, {})
    told.pop(person, None)
    if value:
        told[person] = value
    if not told:
        del table[design]
