"""A gallery as anybody would write it first: every question is a loop over all rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from catalogs.gallery.collection.columns import FACET, RANK
from catalogs.gallery.collection.words import folded
from catalogs.gallery.finding.sorting import BEST_AT, direction
from catalogs.gallery.finding.text import SEARCHED
from catalogs.gallery.finding.view import NEW, View
from catalogs.report.ranking import rank_score

TINTS = {"#c02010": "red", "#1040c0": "blue", "#ffffff": "white"}
GROUPED_BY = {"garment": "content_id", "style": "style_id", "batch": "batch_id"}
TITLES = {"garment": "content_title", "style": "style_title"}
WIDE_FACETS = ("garment", "style")

Row = dict[str, Any]


class PlainGallery:
    """The designs of manifests that were put in, one after the other."""

    def __init__(self, manifests: Mapping[str, Sequence[Row]]) -> None:
        self.designs: list[Row] = []
        self.listed: dict[str, set[str]] = {}
        self.batches = list(manifests)
        for batch_id, rows in manifests.items():
            self._put(batch_id, rows)

    def _put(self, batch_id: str, rows: Sequence[Row]) -> None:
        finished_first: dict[str, Row] = {}
        for row in sorted(rows, key=lambda row: row["status"] != "ok"):
            finished_first.setdefault(row["design_id"], row)
        places = {row["design_id"]: place for place, row in enumerate(self.designs)}
        for row in rows:
            if row is not finished_first[row["design_id"]]:
                continue
            told = {**row, "batch_id": batch_id, "tint": TINTS.get((row["colours"] or [""])[0], "")}
            told[RANK] = rank_score(row)
            if row["design_id"] not in places:
                self.designs.append(told)
            elif self.designs[places[row["design_id"]]]["status"] != "ok":
                self.designs[places[row["design_id"]]] = told
        self.listed[batch_id] = set(finished_first)

    def shows(self, row: Row, view: View, but: str = "") -> bool:
        return (
            self._has_words(row, view, but)
            and self._within(row, view, but)
            and (not view.listed or row["design_id"] in self.listed.get(view.listed, ()))
            and all(
                any(folded(word) in folded(row[column] or "") for column in SEARCHED)
                for word in view.text.split()
            )
        )

    def _has_words(self, row: Row, view: View, but: str) -> bool:
        chosen = view.chosen if "status" in view.chosen else {**view.chosen, "status": ("ok",)}
        return all(
            name == but or not set(words).isdisjoint(words_of(row, name)) for name, words in chosen.items()
        )

    def _within(self, row: Row, view: View, but: str) -> bool:
        day = day_of(row)
        return (
            all(
                name == but or within(figure(row, name), one.low, one.high)
                for name, one in view.ranges.items()
            )
            and (view.since is None or (day is not None and day >= view.since))
            and (view.until is None or (day is not None and day <= view.until))
        )

    def ids(self, view: View) -> list[str]:
        """Return the designs of a view, in its order."""
        rows = [row for row in self.designs if self.shows(row, view)]
        if view.best_of:
            firsts: dict[Any, Row] = {}
            ranked = self._sorted(rows, RANK if view.sort == NEW else view.sort, worst_first=False)
            for row in ranked:
                firsts.setdefault(row[GROUPED_BY[view.best_of]] or "", row)
            rows = [row for row in rows if any(row is one for one in firsts.values())]
        rows = self._sorted(rows, view.sort, worst_first=view.worst_first)
        if view.group:
            places = {word: place for place, (word, _, _) in enumerate(self.groups(view))}
            rows.sort(key=lambda row: places[group_of(row, view.group)])
        return [row["design_id"] for row in rows]

    def groups(self, view: View) -> list[tuple[str, str, int]]:
        """Return the word, the label and the number of designs of each group."""
        wanted = set(self.ids(View(**{**vars(view), "group": ""})))
        counts = Counter(group_of(row, view.group) for row in self.designs if row["design_id"] in wanted)
        if view.group == "batch":
            shown = sorted(counts, key=self.batches.index, reverse=True)
            return [(word, word, counts[word]) for word in shown]
        labels: dict[str, str] = {}
        for row in self.designs:
            word = group_of(row, view.group)
            titled = row[TITLES[view.group]] if view.group in TITLES and word else None
            labels.setdefault(word, titled or word)
        order = {row_word: place for place, row_word in enumerate(self.words_in_order(view.group))}
        shown = sorted(counts, key=lambda word: (labels[word].casefold(), order[word]))
        return [(word, labels[word], counts[word]) for word in shown]

    def words_in_order(self, group: str) -> list[str]:
        """Return a group's words as they came, nothing first."""
        return ["", *dict.fromkeys(word for row in self.designs if (word := group_of(row, group)))]

    def counts(self, view: View, facet: str) -> dict[str, int]:
        """Return how many designs have each word of a facet, its own choice left out."""
        rows = (row for row in self.designs if self.shows(row, view, but=facet))
        return dict(Counter(word for row in rows for word in set(words_of(row, facet))))

    def spread(self, view: View, name: str) -> list[float]:
        """Return the values that a histogram is of."""
        values = (figure(row, name) for row in self.designs if self.shows(row, view, but=name))
        return [value for value in values if value is not None]

    def _sorted(self, rows: list[Row], sort: str, *, worst_first: bool) -> list[Row]:
        name = RANK if sort == NEW else sort
        way = 1 if worst_first else -1

        def key(row: Row) -> tuple[Any, ...]:
            value = figure(row, name)
            batch = way * self.batches.index(row["batch_id"]) if sort == NEW else 0
            return batch, value is None, 0 if value is None else way * float(worth(name, value))

        return sorted(rows, key=key)


def words_of(row: Row, facet: str) -> list[str]:
    value = row.get(FACET[facet].column)
    if facet == "flags":
        return list(value or ())
    return ["" if value is None else str(value)]


def group_of(row: Row, group: str) -> str:
    return row[GROUPED_BY.get(group, group)] or ""


def figure(row: Row, name: str) -> np.float32 | None:
    value = row.get(name)
    return None if value is None or not math.isfinite(value) else np.float32(value)


def worth(name: str, value: np.float32) -> np.float32:
    if direction(name) == "near":
        return -abs(value - np.float32(BEST_AT[name]))
    return -value if direction(name) == "less" else value


def within(value: np.float32 | None, low: float | None, high: float | None) -> bool:
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def day_of(row: Row) -> date | None:
    at = row["rendered_at_utc"]
    return at.date() if at else None
