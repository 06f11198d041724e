"""The designs of a view: how many, in what order, in which groups, and any stretch of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogs.alike.nearest import nearest_first
from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.arrays import Arrays, Mask
from catalogs.gallery.collection.columns import FACET, FIGURES, RANK
from catalogs.gallery.collection.kept import Kept
from catalogs.gallery.finding.filters import meeting, stamp_of
from catalogs.gallery.finding.finals import last_of_each
from catalogs.gallery.finding.sorting import in_order
from catalogs.gallery.finding.view import NEW, View
from catalogs.report.words import MAX_REASON_CHARS, plain

# Of a million designs an order takes 4 MB.
KEPT_BYTES = 24 << 20
MOST_TILES = 500
_TITLES = {"content_id": "content_title", "style_id": "style_title"}
_GROUPED_BY = {name: FACET[name].column for name in ("garment", "style", "recipe", "colorway", "batch")}
_SHOWN = (
    "content_id",
    "content_title",
    "style_id",
    "style_title",
    "recipe",
    "colorway",
    "batch_id",
    "category",
)
_SHOWN_TOO = ("season", "style_kind", "tint", "repeat", "maker", "status", "error_code")

_ALL_SHOWN = (*_SHOWN, *_SHOWN_TOO)

Numbers = NDArray[np.uint32]


@dataclass(frozen=True)
class Tile:
    """A design as the wall shows it.

    Attributes:
        number: of its row.
        design_id: 32 hex digits.
        words: of its columns, by column; "" for nothing.
        figures: its rank and scores, None where it has none.
        flags: what was noticed of it.
        width_px, height_px: of its picture; 0 where it has none.
        size_px: asked for.
        rendered_at_utc: when it was painted.
        error: why it is not there.
        stands_for: how many designs of the view it is shown for: itself, its preview, and those nearly the
            same.
    """

    number: int
    design_id: str
    words: dict[str, str]
    figures: dict[str, float | None]
    flags: tuple[str, ...]
    width_px: int
    height_px: int
    size_px: int | None
    rendered_at_utc: datetime | None
    error: str
    stands_for: int = 1


@dataclass(frozen=True)
class Group:
    """Designs of one garment, style, recipe, colorway or batch: their word, and how many."""

    word: str
    label: str
    count: int


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


@dataclass
class _Order:
    numbers: Numbers
    groups: tuple[Group, ...] = ()
    stands_for: Numbers | None = None
    designs: int = 0

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        stands_for = 0 if self.stands_for is None else self.stands_for.nbytes
        return self.numbers.nbytes + stands_for + 256 * len(self.groups)


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
        if not numbers:
            return ()
        columns = (
            *("n", "id", *_SHOWN, *_SHOWN_TOO, RANK, *FIGURES, "flags"),
            *("width_px", "height_px", "size_px", "rendered_at", "error"),
        )
        said = ", ".join(f'"{name}"' for name in columns)
        # a join with what is wanted takes half the time of a list in the condition
        sql = f"select {said} from designs where n in (select unnest($wanted))"
        rows = self._collection.ask(sql, {"wanted": list(map(int, numbers))}).fetchall()
        found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
        return tuple(self._tile(found[number]) for number in numbers if number in found)

    def by_id(self, design_ids: Sequence[str]) -> dict[str, Tile]:
        """Return designs by their ids; those that no manifest lists are left out."""
        found = (self._collection.find(design_id) for design_id in design_ids)
        return {tile.design_id: tile for tile in self.tiles([one.number for one in found if one is not None])}

    def _stretch(self, order: _Order, stretch: slice) -> tuple[Tile, ...]:
        """Return tiles of an order, each with how many designs it stands for."""
        numbers = order.numbers[stretch].tolist()
        tiles = self.tiles(numbers)
        if order.stands_for is None:
            return tiles
        many = dict(zip(numbers, order.stands_for[stretch].tolist(), strict=True))
        return tuple(replace(tile, stands_for=many[tile.number]) for tile in tiles)

    def _tile(self, row: dict[str, Any]) -> Tile:
        vocabulary = self._collection.vocabulary
        names = vocabulary.flag_names()
        return Tile(
            number=row["n"],
            design_id=row["id"].hex,
            words={name: _shown(name, vocabulary.words[name].text(row[name])) for name in _ALL_SHOWN},
            figures={name: row[name] for name in (RANK, *FIGURES)},
            flags=tuple(name for place, name in enumerate(names) if row["flags"] >> place & 1),
            width_px=row["width_px"] or 0,
            height_px=row["height_px"] or 0,
            size_px=row["size_px"],
            rendered_at_utc=row["rendered_at"],
            error=plain(row["error"], at_most=MAX_REASON_CHARS),
        )

    def _newest(self, view: View, choices: str | None = None) -> tuple[int, _Order]:
        arrays = self._collection.arrays()
        if choices is None:
            choices = stamp_of(self._collection, view)
        key = _key(arrays.version, view, choices)
        return arrays.version, self._orders.get(key, lambda: self._made(arrays, view))

    def _made(self, arrays: Arrays, view: View) -> _Order:
        with self._collection.calculating:
            return self._computed(arrays, view)

    def _computed(self, arrays: Arrays, view: View) -> _Order:
        mask = meeting(self._collection, arrays, view)
        if view.alike:
            return self._alike(arrays, view, mask)
        if view.best_of:
            mask = _best_of_each(arrays, mask, view.sort, _GROUPED_BY[view.best_of])
        order = self._folded(arrays, view, in_order(arrays, mask, view.sort, worst_first=view.worst_first))
        grouped = _GROUPED_BY.get(view.group)
        return self._grouped(arrays, order, grouped) if grouped else order

    def _folded(self, arrays: Arrays, view: View, numbers: Numbers) -> _Order:
        """Return designs in order: finals without their previews, of those nearly the same the first."""
        order = _Order(numbers, designs=len(numbers))
        if not view.fold:
            return order
        if (last := last_of_each(arrays, numbers)) is not None:
            order.numbers, order.stands_for = numbers[last.kept], last.stands_for
        if (folded := self._collection.near.fold(order.numbers, order.stands_for)) is not None:
            order.numbers, order.stands_for = order.numbers[folded.kept], folded.stands_for
        return order

    def _grouped(self, arrays: Arrays, order: _Order, column: str) -> _Order:
        """Return an order group by group: newest batches first, all others by their label."""
        words = arrays.column(column)[order.numbers]
        counts = np.bincount(words)
        labels = self._labels(arrays, column)
        present = np.flatnonzero(counts).tolist()
        if column == "batch_id":
            shown = sorted(present, reverse=True)
        else:
            shown = sorted(present, key=lambda word: (labels[word].casefold(), word))
        place = np.zeros(len(counts), np.uint16 if len(shown) <= np.iinfo(np.uint16).max else np.uint32)
        place[shown] = np.arange(len(shown))
        by_group = np.argsort(place[words], kind="stable")
        text = self._collection.vocabulary.words[column].text
        groups = tuple(Group(text(word), labels[word], int(counts[word])) for word in shown)
        stands_for = order.stands_for[by_group] if order.stands_for is not None else None
        return _Order(order.numbers[by_group], groups, stands_for, order.designs)

    def _labels(self, arrays: Arrays, column: str) -> Sequence[str]:
        """Return what groups are called, by word: garments and styles by the title of their first design."""
        words = self._collection.vocabulary.words
        texts = words[column].texts()
        if column not in _TITLES:
            return texts

        def make() -> Sequence[str]:
            of, titles = arrays.column(column), arrays.column(_TITLES[column])
            title_of = np.zeros(int(of.max(initial=0)) + 1, np.uint32)
            title_of[of[::-1]] = titles[::-1]  # where several designs write, the last one stays: the first
            title = words[_TITLES[column]].text
            told = [title(number) or text for number, text in zip(title_of.tolist(), texts, strict=False)]
            return ["", *told[1:]]

        return arrays.kept(("labels", column), make)

    def _alike(self, arrays: Arrays, view: View, mask: Mask) -> _Order:
        found = self._collection.find(view.alike)
        if found is None:
            return _Order(np.zeros(0, np.uint32))
        rows, lengths = self._collection.descriptors[view.by].with_lengths()
        allowed = np.flatnonzero(mask).astype(np.uint32)
        return self._folded(arrays, view, nearest_first(rows, lengths, found.number, allowed)[0])


def _key(version: int, view: View, choices: str) -> tuple[int, str, str]:
    """Return what an order is kept by: views of what people chose change with each choice."""
    return version, view.query(), choices


def _best_of_each(arrays: Arrays, mask: Mask, sort: str, column: str) -> Mask:
    """Return the best design of each garment or style alone; by rank for ``new``."""
    numbers = in_order(arrays, mask, RANK if sort == NEW else sort)
    of = arrays.column(column)
    best = np.full(int(of.max(initial=0)) + 1, arrays.length)
    best[of[numbers[::-1]]] = numbers[::-1]  # the last one written stays: the first in order
    only = np.zeros(arrays.length, np.bool_)
    only[best[best < arrays.length]] = True
    return only


def _shown(name: str, word: str) -> str:
    """Return a word as it is shown: titles on one line, of a length, without marks that reorder others."""
    return plain(word) if name.endswith("_title") else word
