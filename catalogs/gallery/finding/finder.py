"""Answers to views: a stretch of a view's designs, one design's neighbours, designs by number or id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.arrays import Arrays
from catalogs.gallery.collection.kept import Kept
from catalogs.gallery.finding.filters import stamp_of
from catalogs.gallery.finding.orders import Group, Numbers, Order, order_of
from catalogs.gallery.finding.tiles import Tile, read_tiles
from catalogs.gallery.finding.view import View

# Of a million designs an order takes 4 MB.
KEPT_BYTES = 24 << 20
MOST_TILES = 500


@dataclass(frozen=True)
class Page:
    """A stretch of a view.

    Attributes:
        total: tiles of the whole view.
        start: which of them come first here.
        tiles: from ``start`` on.
        groups: of the whole view, counted in tiles.
        version: of the collection that this is of.
        designs: that the tiles of the whole view stand for.
        choices: the word for people's choices that this is of, ``stamp_of``; "" where none matter.
    """

    total: int
    start: int
    tiles: tuple[Tile, ...]
    groups: tuple[Group, ...] = ()
    version: int = 0
    designs: int = 0
    choices: str = ""


class Finder:
    """Answers views on a collection, and remembers their orders, older ones for those who look at them."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._orders = Kept(KEPT_BYTES)

    def page(
        self,
        view: View,
        start: int = 0,
        count: int = 100,
        *,
        version: int | None = None,
        choices: str | None = None,
    ) -> Page:
        """Return a stretch of a view; its groups are those of the whole view.

        Args:
            view: the view.
            start: of the stretch, 0 for the first.
            count: at most 500.
            version: of the collection, whose order is wanted: nothing moves while somebody looks at it. Where
                that order is no longer kept, or lists what is gone, the stretch is of the newest.
            choices: of people, as ``Page.choices`` told them: what is rejected while somebody looks at a view
                without the rejected moves nothing, either. None: as they are now.
        """
        start = max(0, start)
        stretch = slice(start, start + min(count, MOST_TILES))
        now = stamp_of(self._collection, view)
        if version is not None:
            asked = now if choices is None else choices
            if (kept := self._orders.peek(_key(version, view, asked))) is not None:
                tiles = self._stretch(kept, stretch)
                if len(tiles) == len(kept.numbers[stretch]):
                    return Page(len(kept.numbers), start, tiles, kept.groups, version, kept.designs, asked)
        newest, order = self._newest(view, now)
        tiles = self._stretch(order, stretch)
        return Page(len(order.numbers), start, tiles, order.groups, newest, order.designs, now)

    def numbers(self, view: View) -> Numbers:
        """Return the numbers of all designs of a view, in its order; not to be written to."""
        return self._newest(view)[1].numbers

    def beside(self, view: View, number: int) -> tuple[int, int | None, int | None]:
        """Return a design's place in a view and the numbers of those before and after it; -1: not there."""
        numbers = self._newest(view)[1].numbers
        places = np.flatnonzero(numbers == number)
        if not len(places):
            return -1, None, None
        place = int(places[0])
        before = int(numbers[place - 1]) if place else None
        return place, before, int(numbers[place + 1]) if place + 1 < len(numbers) else None

    def tiles(self, numbers: Sequence[int]) -> tuple[Tile, ...]:
        """Return designs by their numbers, in that order; those that are gone are left out."""
        return read_tiles(self._collection, numbers)

    def by_id(self, design_ids: Sequence[str]) -> dict[str, Tile]:
        """Return designs by their ids; those that no manifest lists are left out."""
        found = (self._collection.find(design_id) for design_id in design_ids)
        return {tile.design_id: tile for tile in self.tiles([one.number for one in found if one is not None])}

    def _stretch(self, order: Order, stretch: slice) -> tuple[Tile, ...]:
        """Return tiles of an order, each with how many designs it stands for."""
        numbers = order.numbers[stretch].tolist()
        tiles = self.tiles(numbers)
        if order.stands_for is None:
            return tiles
        many = dict(zip(numbers, order.stands_for[stretch].tolist(), strict=True))
        return tuple(replace(tile, stands_for=many[tile.number]) for tile in tiles)

    def _newest(self, view: View, choices: str | None = None) -> tuple[int, Order]:
        arrays = self._collection.arrays()
        if choices is None:
            choices = stamp_of(self._collection, view)
        key = _key(arrays.version, view, choices)
        return arrays.version, self._orders.get(key, lambda: self._made(arrays, view))

    def _made(self, arrays: Arrays, view: View) -> Order:
        with self._collection.calculating:
            return order_of(self._collection, arrays, view)


def _key(version: int, view: View, choices: str) -> tuple[int, str, str]:
    """Return what an order is kept by: views of what people chose change with each choice."""
    return version, view.query(), choices
