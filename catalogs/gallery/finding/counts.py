"""What else could be chosen: how many designs each word of each facet has, and how figures are spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.arrays import NONE, Arrays
from catalogs.gallery.collection.columns import COUNTED, FACET
from catalogs.gallery.finding.cubes import BINS, Axis, Counts, Cube, facet_cubes, figure_cubes
from catalogs.gallery.finding.filters import allowed_places, meeting, meeting_apart
from catalogs.gallery.finding.view import View


@dataclass(frozen=True)
class Count:
    """A word of a facet and how many designs of the view have it; "" is nothing."""

    word: str
    count: int


@dataclass(frozen=True)
class Histogram:
    """How a figure is spread over the designs of a view, its own range left out.

    Attributes:
        low, high: of all designs that there are.
        counts: of ``BINS`` equal parts between them.
    """

    low: float
    high: float
    counts: tuple[int, ...]


def count_facets(
    collection: Collection, view: View, facets: Sequence[str] = COUNTED
) -> dict[str, list[Count]]:
    """Return the words of each of the counted facets with exact counts, most designs first.

    A facet's own choice is left out of its counts: they tell what choosing another word, too, would add.
    """
    arrays = collection.arrays()
    told: dict[str, list[Count]] = {}
    with collection.calculating:
        for cube in facet_cubes(arrays):
            if not set(cube.names).isdisjoint(facets):
                told |= _of_cube(collection, arrays, cube, view)
    return {name: told[name] for name in facets}


def histograms(collection: Collection, view: View, figures: Sequence[str]) -> dict[str, Histogram]:
    """Return how figures are spread; those that no design has are left out."""
    with collection.calculating:
        return _spread(collection, view, figures)


def _spread(collection: Collection, view: View, figures: Sequence[str]) -> dict[str, Histogram]:
    arrays = collection.arrays()
    bounds = arrays.kept(("bounds", *figures), lambda: _bounds(arrays, figures))
    mask = meeting(collection, arrays, view)
    spread: dict[str, Counts] = {}
    for cube in figure_cubes(arrays, bounds):
        ranged = [name for name in cube.names if name in view.ranges]
        if len(ranged) < len(cube.names):
            table = cube.count(mask)
            spread |= {name: _along(table, cube, name) for name in cube.names if name not in ranged}
        for name in ranged:
            table = cube.count(meeting(collection, arrays, view, but=name))
            spread[name] = _along(table, cube, name)
    return {
        name: Histogram(*bounds[name], tuple(spread[name][:BINS].tolist()))
        for name in figures
        if name in bounds
    }


def _of_cube(collection: Collection, arrays: Arrays, cube: Cube, view: View) -> dict[str, list[Count]]:
    """Return the counts of the facets of one table."""
    mask = meeting_apart(collection, arrays, view)
    for other in facet_cubes(arrays):
        if other is not cube and not (allowed := allowed_places(collection, other, view)).all():
            mask = mask & other.among(allowed)
    table = cube.count(mask)
    told = {}
    for axis in cube.axes:
        allowed = allowed_places(collection, cube, view, but=axis.name)
        counts = _along(np.where(allowed, table, 0), cube, axis.name)
        named = _named_flags if axis.name == "flags" else _named
        told[axis.name] = sorted(named(collection, axis, counts), key=lambda one: (-one.count, one.word))
    return told


def _along(table: Counts, cube: Cube, name: str) -> Counts:
    """Return a table's sums along one of its axes."""
    place = cube.names.index(name)
    return np.asarray(table.sum(axis=tuple(other for other in range(table.ndim) if other != place)))


def _named(collection: Collection, axis: Axis, counts: Counts) -> list[Count]:
    there = np.flatnonzero(counts)
    values = axis.values[there].tolist()
    if axis.name == "size":
        words = ["" if value == NONE else str(value) for value in values]
    else:
        text = collection.vocabulary.words[FACET[axis.name].column].text
        words = [text(value) for value in values]
    return [Count(word, count) for word, count in zip(words, counts[there].tolist(), strict=True)]


def _named_flags(collection: Collection, axis: Axis, counts: Counts) -> list[Count]:
    """Return the counts of flags, of which a design has any number."""
    told = []
    for place, name in enumerate(collection.vocabulary.flag_names()):
        have = axis.values >> np.uint64(place) & np.uint64(1) != 0
        if count := int(counts[have].sum()):
            told.append(Count(name, count))
    return told


def _bounds(arrays: Arrays, figures: Sequence[str]) -> dict[str, tuple[float, float]]:
    told = {}
    for name in figures:
        values = arrays.column(name)[arrays.there]
        values = values[~np.isnan(values)]
        if len(values):
            told[name] = float(values.min()), float(values.max())
    return told
