"""Which designs a view shows, as one mask over all of them; a condition is one pass over a column."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date

import numpy as np

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.arrays import NONE, Arrays, Column, Mask
from catalogs.gallery.collection.columns import COUNTED, FACET
from catalogs.gallery.finding.cubes import Axis, Cube, facet_cubes
from catalogs.gallery.finding.text import holding
from catalogs.gallery.finding.view import View
from catalogs.manifest import OK

_FIRST_DAY = date(1970, 1, 1)


def meeting(collection: Collection, arrays: Arrays, view: View, *, but: str = "") -> Mask:
    """Return which designs are in a view.

    Args:
        collection: whose words are meant.
        arrays: the version of it that is asked.
        view: the view.
        but: a facet or figure whose own choice is left out: its counts tell what else could be chosen.
    """

    def make() -> Mask:
        mask = meeting_apart(collection, arrays, view, but=but)
        for cube in facet_cubes(arrays):
            allowed = allowed_places(collection, cube, view, but=but)
            if not allowed.all():
                mask = mask & cube.among(allowed)
        return mask

    return arrays.kept(("meeting", _conditions(collection, view), but), make)


def stamp_of(collection: Collection, view: View) -> str:
    """Return a word that changes when people's choices change what a view shows; "" where none matter."""
    return collection.choices.stamp(view.list_id) if view.list_id or view.hides_rejected else ""


def meeting_apart(collection: Collection, arrays: Arrays, view: View, *, but: str = "") -> Mask:
    """Return which designs meet what is said apart from the counted facets; see ``meeting``."""
    chosen = {name: words for name, words in view.chosen.items() if name not in COUNTED and name != but}
    ranges = {name: ends for name, ends in view.ranges.items() if name != but}

    def make() -> Mask:
        mask = arrays.there
        for name, words in chosen.items():
            numbers = _numbers(collection, FACET[name].column, words)
            mask = mask & _one_of(arrays.column(FACET[name].column), numbers)
        for name, ends in ranges.items():
            values = arrays.column(name)
            with np.errstate(invalid="ignore"):
                if ends.low is not None:
                    mask = mask & (values >= ends.low)
                if ends.high is not None:
                    mask = mask & (values <= ends.high)
        mask = _of_days(arrays, mask, view)
        if view.listed:
            mask = mask & _listed(collection, arrays, view.listed)
        if view.list_id:
            mask = mask & _with_ids(collection, arrays, collection.choices.of_list(view.list_id))
        if view.hides_rejected:
            mask = mask & ~_with_ids(collection, arrays, collection.choices.rejected(view.list_id))
        for word in view.text.split():
            mask = mask & arrays.kept(("word", word), lambda word=word: _holding(collection, arrays, word))  # type: ignore[misc]
        return mask

    said = tuple(sorted(chosen.items())), tuple(sorted(ranges.items()))
    return arrays.kept(("apart", *said, *_said_apart(collection, view)), make)


def allowed_places(collection: Collection, cube: Cube, view: View, *, but: str = "") -> Mask:
    """Return at which places of a table of facets the designs of a view can be, ``cube.shape``."""
    allowed = np.ones(cube.shape, np.bool_)
    for place, axis in enumerate(cube.axes):
        if axis.name != but and (words := _chosen(view).get(axis.name)) is not None:
            along = [1] * len(cube.axes)
            along[place] = -1
            allowed &= _wanted(collection, axis, words).reshape(along)
    return allowed


def _chosen(view: View) -> Mapping[str, Sequence[str]]:
    return view.chosen if "status" in view.chosen else {**view.chosen, "status": (OK,)}


def _wanted(collection: Collection, axis: Axis, words: Sequence[str]) -> Mask:
    """Return which places along an axis are one of some words."""
    if axis.name == "flags":
        names = collection.vocabulary.flag_names()
        bits = sum(1 << names.index(word) for word in dict.fromkeys(words) if word in names)
        return np.asarray(axis.values & np.uint64(bits) != 0)
    if axis.name == "size":
        sizes = [int(word) for word in words if word.isdecimal() and len(word) < 8]
        return np.isin(axis.values, [*sizes, *([NONE] if "" in words else [])])
    return np.isin(axis.values, _numbers(collection, FACET[axis.name].column, words))


def _numbers(collection: Collection, column: str, words: Sequence[str]) -> list[int]:
    found = (collection.vocabulary.words[column].number(word) for word in words)
    return [number for number in found if number is not None]


def _one_of(column: Column, numbers: Sequence[int]) -> Mask:
    """Return where a column of numbers of words is one of some."""
    most = int(column.max(initial=0))
    table = np.zeros(most + 1, np.bool_)
    table[[number for number in numbers if number <= most]] = True
    return np.take(table, column)


def _of_days(arrays: Arrays, mask: Mask, view: View) -> Mask:
    if view.since is None and view.until is None:
        return mask
    days = arrays.column("day")
    mask = mask & (days != NONE)
    if view.since is not None:
        mask = mask & (days >= (view.since - _FIRST_DAY).days)
    if view.until is not None:
        mask = mask & (days <= (view.until - _FIRST_DAY).days)
    return mask


def _listed(collection: Collection, arrays: Arrays, batch_id: str) -> Mask:
    listed = np.zeros(arrays.length, np.bool_)
    batch = collection.vocabulary.words["batch_id"].number(batch_id)
    if batch is not None:
        numbers = collection.ask("select n from appearances where batch = ?", [batch]).fetchnumpy()["n"]
        listed[numbers[numbers < arrays.length]] = True
    return listed


def _with_ids(collection: Collection, arrays: Arrays, design_ids: Iterable[str]) -> Mask:
    """Return which designs have one of some ids."""
    mask = np.zeros(arrays.length, np.bool_)
    sql = "select n from designs where id in (select unnest($ids::uuid[]))"
    numbers = collection.ask(sql, {"ids": list(design_ids)}).fetchnumpy()["n"]
    mask[numbers[numbers < arrays.length]] = True
    return mask


def _holding(collection: Collection, arrays: Arrays, word: str) -> Mask:
    """Return which designs have a text that holds a word."""
    found = holding(collection, word)
    mask = np.zeros(arrays.length, np.bool_)
    for cube in facet_cubes(arrays):
        held = np.zeros(cube.shape, np.bool_)
        for place, axis in enumerate(cube.axes):
            numbers = found.pop(FACET[axis.name].column, None)
            if numbers is not None:
                along = [1] * len(cube.axes)
                along[place] = -1
                held |= np.isin(axis.values, numbers).reshape(along)
        if held.any():
            mask |= cube.among(held)
    for column, numbers in found.items():
        mask |= _one_of(arrays.column(column), numbers)
    return mask


def _conditions(collection: Collection, view: View) -> tuple[Hashable, ...]:
    """Return what decides whether a design is in a view, whatever the order is."""
    said = tuple(sorted(view.chosen.items())), tuple(sorted(view.ranges.items()))
    return *said, *_said_apart(collection, view)


def _said_apart(collection: Collection, view: View) -> tuple[Hashable, ...]:
    of_people = view.list_id, view.hides_rejected, stamp_of(collection, view)
    return view.since, view.until, view.text, view.listed, *of_people
