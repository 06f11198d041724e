"""The designs of a view in its order, in its groups, and for how many each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalogs.alike.nearest import nearest_first
from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.arrays import Arrays, Mask
from catalogs.gallery.collection.columns import FACET, RANK
from catalogs.gallery.finding.filters import meeting
from catalogs.gallery.finding.finals import last_of_each
from catalogs.gallery.finding.sorting import in_order
from catalogs.gallery.finding.view import NEW, View

_TITLES = {"content_id": "content_title", "style_id": "style_title"}
_GROUPED_BY = {name: FACET[name].column for name in ("garment", "style", "recipe", "colorway", "batch")}

Numbers = NDArray[np.uint32]


@dataclass(frozen=True)
class Group:
    """Designs of one garment, style, recipe, colorway or batch: their word, and how many."""

    word: str
    label: str
    count: int


@dataclass
class Order:
    """The designs of a view.

    Attributes:
        numbers: of those that are shown, in their order.
        groups: of the view, in the order in which their designs come.
        stands_for: for how many each is shown; None: for itself.
        designs: for how many all are shown.
    """

    numbers: Numbers
    groups: tuple[Group, ...] = ()
    stands_for: Numbers | None = None
    designs: int = 0

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        stands_for = 0 if self.stands_for is None else self.stands_for.nbytes
        return self.numbers.nbytes + stands_for + 256 * len(self.groups)


def order_of(collection: Collection, arrays: Arrays, view: View) -> Order:
    """Return the designs of a view; its filters, folding and groups are all applied."""
    mask = meeting(collection, arrays, view)
    if view.alike:
        return _alike(collection, arrays, view, mask)
    if view.best_of:
        mask = _best_of_each(arrays, mask, view.sort, _GROUPED_BY[view.best_of])
    order = _folded(collection, arrays, view, in_order(arrays, mask, view.sort, worst_first=view.worst_first))
    grouped = _GROUPED_BY.get(view.group)
    return _grouped(collection, arrays, order, grouped) if grouped else order


def _folded(collection: Collection, arrays: Arrays, view: View, numbers: Numbers) -> Order:
    """Return designs in order: finals without their previews, of those nearly the same the first."""
    order = Order(numbers, designs=len(numbers))
    if not view.fold:
        return order
    if (last := last_of_each(arrays, numbers)) is not None:
        order.numbers, order.stands_for = numbers[last.kept], last.stands_for
    if (folded := collection.near.fold(order.numbers, order.stands_for)) is not None:
        order.numbers, order.stands_for = order.numbers[folded.kept], folded.stands_for
    return order


def _grouped(collection: Collection, arrays: Arrays, order: Order, column: str) -> Order:
    """Return an order group by group: newest batches first, all others by their label."""
    words = arrays.column(column)[order.numbers]
    counts = np.bincount(words)
    labels = _labels(collection, arrays, column)
    present = np.flatnonzero(counts).tolist()
    if column == "batch_id":
        shown = sorted(present, reverse=True)
    else:
        shown = sorted(present, key=lambda word: (labels[word].casefold(), word))
    place = np.zeros(len(counts), np.uint16 if len(shown) <= np.iinfo(np.uint16).max else np.uint32)
    place[shown] = np.arange(len(shown))
    by_group = np.argsort(place[words], kind="stable")
    text = collection.vocabulary.words[column].text
    groups = tuple(Group(text(word), labels[word], int(counts[word])) for word in shown)
    stands_for = order.stands_for[by_group] if order.stands_for is not None else None
    return Order(order.numbers[by_group], groups, stands_for, order.designs)


def _labels(collection: Collection, arrays: Arrays, column: str) -> Sequence[str]:
    """Return what groups are called, by word: garments and styles by the title of their first design."""
    words = collection.vocabulary.words
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


def _alike(collection: Collection, arrays: Arrays, view: View, mask: Mask) -> Order:
    found = collection.find(view.alike)
    if found is None:
        return Order(np.zeros(0, np.uint32))
    rows, lengths = collection.descriptors[view.by].with_lengths()
    allowed = np.flatnonzero(mask).astype(np.uint32)
    return _folded(collection, arrays, view, nearest_first(rows, lengths, found.number, allowed)[0])


def _best_of_each(arrays: Arrays, mask: Mask, sort: str, column: str) -> Mask:
    """Return the best design of each garment or style alone; by rank for ``new``."""
    numbers = in_order(arrays, mask, RANK if sort == NEW else sort)
    of = arrays.column(column)
    best = np.full(int(of.max(initial=0)) + 1, arrays.length)
    best[of[numbers[::-1]]] = numbers[::-1]  # the last one written stays: the first in order
    only = np.zeros(arrays.length, np.bool_)
    only[best[best < arrays.length]] = True
    return only
