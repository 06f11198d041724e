"""What people chose, as far as the table must know it to show some designs and not others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class Choices(Protocol):
    """Which designs lists have, and which were rejected, by ids of 32 hex digits."""

    def of_list(self, list_id: str, /) -> Collection[str]:
        """Return the designs of a list; none where there is no such list."""
        ...

    def rejected(self, list_id: str, /) -> Collection[str]:
        """Return what was rejected in the house and, where it is not "", in a list."""
        ...

    def stamp(self, list_id: str, /) -> str:
        """Return a word that changes when any of it does."""
        ...


class NoChoices:
    """Of a table that nobody chooses from."""

    def of_list(self, _list_id: str, /) -> Collection[str]:
        """Return nothing."""
        return ()

    def rejected(self, _list_id: str, /) -> Collection[str]:
        """Return nothing."""
        return ()

    def stamp(self, _list_id: str, /) -> str:
        """Return always the same."""
        return ""
