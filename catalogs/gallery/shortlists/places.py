"""Where a design stands in a list: a text that sorts, with room for others between any two.

A design that is added stands where its edit's id says: after all that were there. One that is moved gets a
text between those of its new neighbours, so that two people who move different designs both have their way.
"""

from __future__ import annotations

import secrets

_DIGITS = "0123456789abcdef"
_BASE = len(_DIGITS)
# Of two people who move into the same gap at once: drawn, so that there is room between them afterwards.
_DRAWN = 2


def at_end(event_id: str) -> str:
    """Return the place after all that were put at the end before; never ends in 0."""
    return f"{event_id.replace('-', '')}8"


def between(low: str, high: str) -> str:
    """Return a place between two.

    Args:
        low: "" for before all.
        high: "" for after all, else later than ``low``.

    Raises:
        ValueError: ``high`` is not later than ``low``.
    """
    if high and low >= high:
        raise ValueError(f"places must grow, got {low!r} and {high!r}")
    return _middle(low, high) + "".join(secrets.choice(_DIGITS) for _ in range(_DRAWN)) + "8"


def _middle(low: str, high: str) -> str:
    """Return the shortest text about half-way, such that whatever follows it is between, too."""
    found = ""
    is_bounded = bool(high)
    place = 0
    while True:
        under = _DIGITS.index(low[place]) if place < len(low) else 0
        over = _BASE
        if is_bounded:
            if place == len(high):
                raise ValueError(f"nothing fits between {low!r} and {high!r}")
            over = _DIGITS.index(high[place])
        if over - under > 1:
            return found + _DIGITS[(under + over) // 2]
        found += _DIGITS[under]
        is_bounded = is_bounded and over == under
        place += 1
