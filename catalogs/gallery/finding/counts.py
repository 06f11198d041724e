"""What else could be chosen: how many designs each word of each facet has, and how figures are spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.columns import COUNTED, FACET
from catalogs.gallery.finding.filters import condition
from catalogs.gallery.finding.view import View

BINS = 24


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
    """Return the words of each facet with exact counts, most designs first.

    A facet's own choice is left out of its counts: they tell what choosing another word, too, would add.
    """
    told = {name: _flag_counts(collection, view) for name in facets if name == "flags"}
    plain = [name for name in facets if name != "flags"]
    chosen = [name for name in plain if name in view.chosen or name == "status"]
    together = [name for name in plain if name not in chosen]
    for names, but in [(together, ""), *(([name], name) for name in chosen)]:
        if names:
            told |= _word_counts(collection, view, names, but)
    return {name: told[name] for name in facets}


def histograms(collection: Collection, view: View, figures: Sequence[str]) -> dict[str, Histogram]:
    """Return how figures are spread; those that no design has are left out."""
    bounds = _bounds(collection, figures)
    ranged = [name for name in bounds if name in view.ranges]
    together = [name for name in bounds if name not in ranged]
    told: dict[str, Histogram] = {}
    for names, but in [(together, ""), *(([name], name) for name in ranged)]:
        if names:
            told |= _histograms(collection, view, {name: bounds[name] for name in names}, but)
    return {name: told[name] for name in figures if name in told}


def _word_counts(
    collection: Collection, view: View, names: Sequence[str], but: str
) -> dict[str, list[Count]]:
    meets = condition(collection, view, but=but)
    columns = [FACET[name].column for name in names]
    sets = ", ".join(f"({column})" for column in columns)
    rows = collection.ask(
        f"select {', '.join(columns)}, grouping_id({', '.join(columns)}), count(*) from designs "
        f"where {meets.sql} group by grouping sets ({sets})",
        meets.values,
    ).fetchall()
    told: dict[str, list[Count]] = {name: [] for name in names}
    everything = (1 << len(names)) - 1
    for *values, left_out, count in rows:
        # of n columns the first is the highest bit, which is 0 for the one that was grouped by
        place = len(names) - (everything ^ left_out).bit_length()
        told[names[place]].append(Count(_word(collection, columns[place], values[place]), count))
    return {name: sorted(counts, key=lambda one: (-one.count, one.word)) for name, counts in told.items()}


def _word(collection: Collection, column: str, value: Any) -> str:
    if column == "size_px":
        return "" if value is None else str(value)
    return collection.vocabulary.words[column].text(value)


def _flag_counts(collection: Collection, view: View) -> list[Count]:
    names = collection.vocabulary.flag_names()
    if not names:
        return []
    meets = condition(collection, view, but="flags")
    sums = ", ".join(
        f"count(*) filter (where flags & {1 << place}::ubigint <> 0)" for place in range(len(names))
    )
    row = collection.ask(
        f"select {sums} from designs where {meets.sql} and flags <> 0", meets.values
    ).fetchone()
    counts = [Count(name, count) for name, count in zip(names, row or (), strict=True) if count]
    return sorted(counts, key=lambda one: (-one.count, one.word))


def _bounds(collection: Collection, figures: Sequence[str]) -> dict[str, tuple[float, float]]:
    if not figures:
        return {}
    ends = ", ".join(f'min("{name}"), max("{name}")' for name in figures)
    row = collection.ask(f"select {ends} from designs").fetchone() or ()
    pairs = zip(figures, row[::2], row[1::2], strict=True)
    return {name: (low, high) for name, low, high in pairs if low is not None}


def _histograms(
    collection: Collection, view: View, bounds: dict[str, tuple[float, float]], but: str
) -> dict[str, Histogram]:
    meets = condition(collection, view, but=but)
    bins = [
        f'least({BINS - 1}, floor(("{name}" - {low!r}) * {BINS / max(high - low, 1e-9)!r}))::utinyint '
        f"as b{place}"
        for place, (name, (low, high)) in enumerate(bounds.items())
    ]
    names = [f"b{place}" for place in range(len(bounds))]
    rows = collection.ask(
        f"select {', '.join(names)}, grouping_id({', '.join(names)}), count(*) from "
        f"(select {', '.join(bins)} from designs where {meets.sql}) "
        f"group by grouping sets ({', '.join(f'({name})' for name in names)})",
        meets.values,
    ).fetchall()
    counts = np.zeros((len(bounds), BINS), np.int64)
    everything = (1 << len(names)) - 1
    for *values, left_out, count in rows:
        place = len(names) - (everything ^ left_out).bit_length()
        if values[place] is not None:
            counts[place, values[place]] = count
    return {
        name: Histogram(low, high, tuple(counts[place].tolist()))
        for place, (name, (low, high)) in enumerate(bounds.items())
    }
