"""What was asked for and what became of it, as pages and scripts tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalogs.gallery.house import House
from catalogs.requests import Asked, StateName
from configs.request import USUAL_LIMIT

SHOWN = 12


@dataclass(frozen=True)
class Told:
    """A request as pages tell it.

    Attributes:
        asked: the request and its state.
        what: what is asked for, in words.
        state: how far it is, in words.
        made: designs that were made for it and are published, at most 12, and how many there are in all.
        batch: that they are in; "" where none is published.
    """

    asked: Asked
    what: str
    state: str
    made: tuple[str, ...]
    made_in_all: int
    batch: str


def told_of(house: House, asked: Asked) -> Told:
    """Return a request in words."""
    words, state = house.words, asked.state
    wish = asked.request
    what = words("request.unreadable", why=asked.problem)
    if wish is not None:
        what = words(
            f"request.asks.{wish.kind}",
            size=wish.size_px or "",
            colorways=", ".join((*wish.colorways, *wish.palettes)),
            of=wish.category or wish.style_kind,
            limit=wish.limit or USUAL_LIMIT,
        )
    made = tuple(house.finder.by_id(state.designs[: 4 * SHOWN]))
    made = tuple(one for one in state.designs if one in made)[:SHOWN]
    count = len(state.designs)
    reason = state.reason or words("request.no_reason")
    if state.state is StateName.DONE:
        sentence = words("request.states.done", count=count)
    elif state.state is StateName.ASKED and state.tries:
        sentence = words("request.states.again", tries=state.tries, reason=reason)
    else:
        sentence = words(f"request.states.{state.state}", reason=reason)
    published = house.watch.standing.batches
    batch = next((one for one in state.batches if one in published), "")
    return Told(asked, what, sentence, made, count, batch)


def as_json(told: Told) -> dict[str, Any]:
    """Return a request as scripts know it."""
    return {
        "id": told.asked.request_id,
        "kind": told.asked.request.kind if told.asked.request else "",
        "what": told.what,
        "state": told.asked.state.state,
        "says": told.state,
        "made": told.made,
        "batch": told.batch,
    }
