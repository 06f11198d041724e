"""The known names that look most like a mistyped one, for messages that help."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# difflib compares with every name: a catalog of a million rows is not searched whole for one message.
MAX_NAMES = 20_000
# Looking for the nearest name costs a comparison with every other: after this many, the slip is systematic.
MAX_SUGGESTIONS = 20


def nearest(got: str, known: Iterable[str], *, at_most: int = 3, cutoff: float = 0.5) -> list[str]:
    """Return up to ``at_most`` of the ``known`` names closest to ``got``, best first; may be empty.

    Letter case is ignored in the comparison; of more than 20,000 names only the first are looked at.
    """
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold(), name)
        if len(folded) >= MAX_NAMES:
            break
    close = difflib.get_close_matches(got.casefold(), list(folded), n=at_most, cutoff=cutoff)
    return [folded[name] for name in close]


def did_you_mean(got: str, known: Iterable[str], *, at_most: int = 3) -> str:
    """Return ``"; the nearest are 'a', 'b'"``, or an empty text when nothing is near."""
    names = nearest(got, known, at_most=at_most)
    if not names:
        return ""
    verb = "the nearest is" if len(names) == 1 else "the nearest are"
    return f"; {verb} {', '.join(repr(name) for name in names)}"


class Suggestions:
    """``did_you_mean`` for a list of names that may all be wrong: after twenty answers it falls silent."""

    def __init__(self) -> None:
        self._left = MAX_SUGGESTIONS

    def __call__(self, got: str, known: Iterable[str]) -> str:
        """Return the nearest names as ``did_you_mean`` does, "" after the twentieth question."""
        self._left -= 1
        return did_you_mean(got, known) if self._left >= 0 else ""
