"""The designs of a view: how many, in what order, in which groups, and any stretch of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogs.gallery.alike.nearest import nearest_first
from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.columns import FACET, FIGURES, RANK
from catalogs.gallery.finding.filters import condition
from catalogs.gallery.finding.sorting import order_by, worth
from catalogs.gallery.finding.view import View

# Orders that are kept: of a million designs one takes 4 MB.
KEPT_BYTES = 96 << 20
MOST_TILES = 500
_GROUPED_BY = {name: FACET[name].column for name in ("garment", "style", "recipe", "colorway", "batch")}
_TITLES = {"content_id": "content_title", "style_id": "style_title"}
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


@dataclass(frozen=True)
class Group:
    """Designs of one garment, style, recipe, colorway or batch: their word, and how many."""

    word: str
    label: str
    count: int


@dataclass(frozen=True)
class Page:
    """A stretch of a view: ``total`` designs in all, ``tiles`` from ``start`` on, as of a version."""

    total: int
    start: int
    tiles: tuple[Tile, ...]
    groups: tuple[Group, ...] = ()
    version: int = 0


@dataclass
class _Order:
    numbers: Numbers
    groups: tuple[Group, ...] = ()
    likeness: NDArray[np.float32] | None = field(default=None, repr=False)


class Finder:
    """Answers views on a collection, and remembers their orders, older ones for those who look at them."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._orders: OrderedDict[tuple[int, str], _Order] = OrderedDict()
        self._keeping = threading.Lock()

    def page(self, view: View, start: int = 0, count: int = 100, *, version: int | None = None) -> Page:
        """Return a stretch of a view; its groups are those of the whole view.

        Args:
            view: the view.
            start: of the stretch, 0 for the first.
            count: at most 500.
            version: of the collection, whose order is wanted: nothing moves while somebody looks at it. Where
                that order is no longer kept, or lists what is gone, the stretch is of the newest.
        """
        start = max(0, start)
        if version is not None and (kept := self._kept(self._key(version, view))) is not None:
            wanted = kept.numbers[start : start + min(count, MOST_TILES)]
            tiles = self.tiles(wanted.tolist())
            if len(tiles) == len(wanted):
                return Page(len(kept.numbers), start, tiles, kept.groups, version)
        newest, order = self._newest(view)
        wanted = order.numbers[start : start + min(count, MOST_TILES)]
        return Page(len(order.numbers), start, self.tiles(wanted.tolist()), order.groups, newest)

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
        listed = ", ".join(map(str, map(int, numbers)))
        said = ", ".join(f'"{name}"' for name in columns)
        rows = self._collection.ask(f"select {said} from designs where n in ({listed})").fetchall()
        found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
        return tuple(self._tile(found[number]) for number in numbers if number in found)

    def by_id(self, design_ids: Sequence[str]) -> dict[str, Tile]:
        """Return designs by their ids; those that no manifest lists are left out."""
        rows = self._collection.ask(
            "select n from designs where id in (select unnest($ids::uuid[]))", {"ids": list(design_ids)}
        ).fetchall()
        return {tile.design_id: tile for tile in self.tiles([number for (number,) in rows])}

    def _tile(self, row: dict[str, Any]) -> Tile:
        vocabulary = self._collection.vocabulary
        names = vocabulary.flag_names()
        return Tile(
            number=row["n"],
            design_id=row["id"].hex,
            words={name: vocabulary.words[name].text(row[name]) for name in (*_SHOWN, *_SHOWN_TOO)},
            figures={name: row[name] for name in (RANK, *FIGURES)},
            flags=tuple(name for place, name in enumerate(names) if row["flags"] >> place & 1),
            width_px=row["width_px"] or 0,
            height_px=row["height_px"] or 0,
            size_px=row["size_px"],
            rendered_at_utc=row["rendered_at"],
            error=row["error"] or "",
        )

    def _newest(self, view: View) -> tuple[int, _Order]:
        version = self._collection.version
        key = self._key(version, view)
        if (kept := self._kept(key)) is not None:
            return version, kept
        order = self._made(view)
        with self._keeping:
            if self._collection.version == version:
                self._orders[key] = order
                while len(self._orders) > 1 and self._kept_bytes() > KEPT_BYTES:
                    self._orders.popitem(last=False)
        return version, order

    def _key(self, version: int, view: View) -> tuple[int, str]:
        """Return what an order is kept by: views of what people chose change with each choice."""
        is_chosen = view.list_id or view.hides_rejected
        chosen = f" {self._collection.choices.stamp(view.list_id)}" if is_chosen else ""
        return version, view.query() + chosen

    def _kept(self, key: tuple[int, str]) -> _Order | None:
        with self._keeping:
            if key in self._orders:
                self._orders.move_to_end(key)
            return self._orders.get(key)

    def _made(self, view: View) -> _Order:
        meets = condition(self._collection, view)
        if view.alike:
            return self._alike(view, meets.sql, meets.values)
        grouped = _GROUPED_BY.get(view.group)
        column = f", {grouped}" if grouped else ""
        if view.best_of:
            of = _GROUPED_BY[view.best_of]
            best = f"arg_max(n, coalesce({worth(view.sort)}, -1e30))"
            chosen = f"select {best} from designs where {meets.sql} group by {of}"
            sql = f"select n{column} from designs where n in ({chosen}) order by {order_by(view)}"
        else:
            sql = f"select n{column} from designs where {meets.sql} order by {order_by(view)}"
        found = self._collection.ask(sql, meets.values).fetchnumpy()
        numbers = np.asarray(found["n"], np.uint32)
        return self._grouped(numbers, np.asarray(found[grouped]), grouped) if grouped else _Order(numbers)

    def _grouped(self, numbers: Numbers, words: NDArray[np.integer[Any]], column: str) -> _Order:
        """Return an order group by group: newest batches first, all others by their label."""
        present, counts = np.unique(words, return_counts=True)
        labels = self._labels(column, present.tolist())
        if column == "batch_id":
            shown = sorted(labels, reverse=True)
        else:
            shown = sorted(labels, key=lambda word: (labels[word].casefold(), word))
        place = np.zeros(int(present.max(initial=0)) + 1, np.uint32)
        place[shown] = np.arange(len(shown))
        order = np.argsort(place[words], kind="stable")
        many = dict(zip(present.tolist(), counts.tolist(), strict=True))
        text = self._collection.vocabulary.words[column].text
        return _Order(numbers[order], tuple(Group(text(word), labels[word], many[word]) for word in shown))

    def _labels(self, column: str, present: Sequence[int]) -> dict[int, str]:
        """Return what groups are called: garments and styles by the title of one of their designs."""
        words = self._collection.vocabulary.words
        labels = {word: words[column].text(word) for word in present}
        if column in _TITLES:
            title = _TITLES[column]
            listed = ", ".join(map(str, present)) or "null"
            rows = self._collection.ask(
                f"select {column}, max({title}) from designs where {column} in ({listed}) group by {column}"
            ).fetchall()
            labels |= {word: words[title].text(told) for word, told in rows if word and told}
        return labels

    def _alike(self, view: View, sql: str, values: dict[str, Any]) -> _Order:
        found = self._collection.find(view.alike)
        if found is None:
            return _Order(np.zeros(0, np.uint32))
        allowed = self._collection.ask(f"select n from designs where {sql}", values).fetchnumpy()["n"]
        rows = self._collection.descriptors[view.by].rows()
        numbers, likeness = nearest_first(rows, found.number, np.asarray(allowed, np.uint32))
        return _Order(numbers, likeness=likeness)

    def _kept_bytes(self) -> int:
        return sum(order.numbers.nbytes for order in self._orders.values())
