"""What people click in a gallery: one kind of question after the other, and fifty people at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from bench.gallery_rows import CATEGORIES, COLORWAYS, FLAGS, KINDS, RECIPES, id_of

SORTS = ("new", "rank", "motif", "relief", "gmd_heldout", "speckle", "-rank", "ssim", "novelty", "tv")
FACETS = {
    "category": CATEGORIES,
    "kind": KINDS,
    "recipe": RECIPES,
    "colorway": COLORWAYS[1:],
    "season": ("SS27", "AW27", "SS28"),
    "tint": ("red", "blue", "green", "brown", "pink", "grey"),
    "flags": FLAGS,
    "size": ("256", "384"),
}
THINK_S = (2.0, 8.0)
STRETCH = 100


class Clicks:
    """Addresses as a person would ask for them.

    Args:
        seed: of the choices.
        rows: how many designs there are.
        thumbs: ids of designs that have a thumbnail.
    """

    def __init__(self, seed: int, rows: int, thumbs: list[str]) -> None:
        self._choose = random.Random(seed)
        self._rows = rows
        self._thumbs = thumbs

    def first_page(self) -> list[str]:
        """The wall as it opens."""
        return ["/"]

    def facet(self) -> list[str]:
        """One to three words of facets."""
        return self._both(self._chosen(self._choose.randint(1, 3)))

    def sort(self) -> list[str]:
        """A word, and another order."""
        return [f"/api/designs?sort={self._choose.choice(SORTS)}&{self._chosen(1)}&count={STRETCH}"]

    def figures(self) -> list[str]:
        """Ranges of two figures."""
        low = self._choose.randint(1, 60)
        return self._both(f"min_motif={low / 100}&max_speckle={self._choose.randint(50, 99) / 100}")

    def text(self) -> list[str]:
        """Two words of titles."""
        word = self._choose.choice(["ete", "linen", "mill", self._choose.choice(KINDS)])
        return self._both(f"q={quote(f'{word} {self._choose.randint(0, 999)}')}")

    def groups(self) -> list[str]:
        """A word, in groups."""
        group = self._choose.choice(["garment", "style", "recipe", "colorway", "batch"])
        return [f"/api/designs?group={group}&{self._chosen(1)}&count={STRETCH}"]

    def best(self) -> list[str]:
        """The best design of each garment or style."""
        of = self._choose.choice(["garment", "style"])
        return [f"/api/designs?best_of={of}&sort={self._choose.choice(SORTS)}&{self._chosen(1)}"]

    def deep(self) -> list[str]:
        """A stretch in the middle of everything."""
        start = self._choose.randrange(self._rows * 2 // 5, self._rows * 3 // 5)
        return [f"/api/designs?sort={self._choose.choice(SORTS)}&start={start}&count={STRETCH}"]

    def scroll(self) -> list[str]:
        """Three stretches after each other."""
        query, start = self._chosen(1), self._choose.randint(0, 5) * STRETCH
        return [f"/api/designs?{query}&start={start + at * STRETCH}&count={STRETCH}" for at in range(3)]

    def look(self) -> list[str]:
        """What is like a design by look."""
        return [f"/api/designs?alike={self._a_design()}&count={STRETCH}"]

    def palette(self) -> list[str]:
        """What is like a design by palette."""
        return [f"/api/designs?alike={self._a_design()}&by=palette&count={STRETCH}"]

    def thumbnails(self) -> list[str]:
        """The pictures of twenty tiles."""
        return [f"/thumbs/{one}" for one in self._choose.sample(self._thumbs, min(20, len(self._thumbs)))]

    def any(self) -> list[str]:
        """Return one click of those that people make most."""
        kinds = (self.first_page, self.facet, self.sort, self.scroll, self.text, self.look, self.thumbnails)
        weights = (2, 5, 2, 4, 1, 1, 4)
        kind = self._choose.choices(kinds, weights)[0]
        return kind()

    def think_s(self) -> float:
        """How long somebody looks before the next click."""
        return self._choose.uniform(*THINK_S)

    def _a_design(self) -> str:
        return id_of(self._choose.randrange(self._rows))

    def _both(self, query: str) -> list[str]:
        return [f"/api/designs?{query}&count={STRETCH}", f"/api/counts?{query}"]

    def _chosen(self, count: int) -> str:
        names = self._choose.sample(sorted(FACETS), count)
        return "&".join(f"{name}={quote(self._choose.choice(FACETS[name]))}" for name in names)


@dataclass
class Crowd:
    """What fifty people saw.

    Attributes:
        seconds: each answer's.
        errors: what was no answer.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def crowd(address: str, people: int, minutes: float, clicks: Callable[[int], Clicks]) -> Crowd:
    """Let people click beside each other, each thinking between two clicks."""
    told = Crowd()
    asyncio.run(_clicking(address, people, time.perf_counter() + minutes * 60, clicks, told))
    return told


async def _clicking(
    address: str, people: int, until: float, clicks: Callable[[int], Clicks], told: Crowd
) -> None:
    # shorter than the server keeps a connection: a browser asks again where one was closed under its hand
    limits = httpx.Limits(max_connections=6 * people, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits, trust_env=False) as client:
        await asyncio.gather(*(_person(client, until, clicks(one), told) for one in range(people)))


async def _person(client: httpx.AsyncClient, until: float, clicks: Clicks, told: Crowd) -> None:
    await asyncio.sleep(clicks.think_s() / 2)
    while time.perf_counter() < until:
        # a browser asks for all that a click needs at once
        await asyncio.gather(*(_asked(client, one, told) for one in clicks.any()))
        await asyncio.sleep(clicks.think_s())


async def _asked(client: httpx.AsyncClient, address: str, told: Crowd) -> None:
    start = time.perf_counter()
    try:
        answer = await client.get(address)
        if answer.is_error:
            told.errors.append(f"{answer.status_code} {address}")
    except httpx.HTTPError as error:
        told.errors.append(f"{type(error).__name__} {address}")
    told.seconds.append(time.perf_counter() - start)


def kinds(clicks: Clicks) -> Iterator[tuple[str, int, Callable[[], list[str]]]]:
    """Yield what is asked one after the other: its name, the p95 that is wanted in ms, and the addresses."""
    yield "first page", 150, clicks.first_page
    yield "facet change: designs and counts", 200, clicks.facet
    yield "sort change", 200, clicks.sort
    yield "ranges: designs and counts", 200, clicks.figures
    yield "text: designs and counts", 200, clicks.text
    yield "groups", 200, clicks.groups
    yield "best of each garment or style", 200, clicks.best
    yield "deep scroll, from the middle", 200, clicks.deep
    yield "more like this, by look", 150, clicks.look
    yield "more like this, by palette", 150, clicks.palette
    yield "20 thumbnails", 200, clicks.thumbnails
