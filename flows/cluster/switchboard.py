"""Between a run and the processes that paint for it: what became of designs one way, when to end the other.

It lives in a small process beside the run, as a Ray actor. Clocks of machines are never compared: the run
says that its minutes are over when they are.
"""

from __future__ import annotations

from dataclasses import dataclass

# What is told: ("settle", design_id, outcome), ("step", shard_id, designs, share), ("ended", shard_id).
News = tuple[str | int | float, ...]


@dataclass(frozen=True)
class Orders:
    """What a run tells all its painters."""

    cancelled: bool = False
    budget_spent: bool = False


class Switchboard:
    """Holds the run's orders and the painters' news until the other side asks; either side may be late."""

    def __init__(self) -> None:
        self._orders = Orders()
        self._news: list[News] = []

    def exchange(self, news: list[News]) -> Orders:
        """Take a painter's news and return the run's orders."""
        self._news += news
        return self._orders

    def take(self, orders: Orders) -> list[News]:
        """Take the run's orders and return all news since the last time."""
        self._orders = orders
        taken, self._news = self._news, []
        return taken
