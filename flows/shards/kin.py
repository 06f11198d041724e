"""What became of the other designs of a shard's recipe and size: when the rest of them is given up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

# So many designs of one recipe and size have each killed two processes, and none was ever finished.
MOST_IN_QUARANTINE = 3


@dataclass(frozen=True)
class Kin:
    """The designs of a batch that have one recipe and one size, as a run found them when it began.

    Attributes:
        recipe: its name.
        size_px: the long side.
        died: those in quarantine, or due there.
        finished: whether any of them has an image: then not all of them can be too much for a machine.
        suspects: those with which in hand a process died, in whatever shard.
    """

    recipe: str
    size_px: int
    died: frozenset[str] = frozenset()
    finished: bool = False
    suspects: frozenset[str] = frozenset()

    def given_up(self, more: Collection[str] = ()) -> bool:
        """Whether the others are not tried any more, with ``more`` of them found guilty since."""
        return not self.finished and len(self.died.union(more)) >= MOST_IN_QUARANTINE

    def may_be_too_much(self, more: Collection[str] = ()) -> bool:
        """Whether so many are suspect, with ``more`` of them, that probably none can be painted."""
        return not self.finished and len(self.suspects.union(more)) >= MOST_IN_QUARANTINE
