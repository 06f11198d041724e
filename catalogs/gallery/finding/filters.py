"""A view's conditions in SQL, over numbers of words: no text of an address reaches the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.columns import FACET
from catalogs.gallery.finding.text import holding
from catalogs.gallery.finding.view import View
from catalogs.manifest import OK

NOWHERE = "false"


@dataclass(frozen=True)
class Condition:
    """What a row has to meet: a condition of SQL, and the values that it names by ``$``."""

    sql: str
    values: dict[str, Any]


def condition(collection: Collection, view: View, *, but: str = "") -> Condition:
    """Return what a design has to meet to be in a view.

    Args:
        collection: whose words the numbers are of.
        view: the view.
        but: a facet or figure whose own choice is left out: its counts tell what else could be chosen.
    """
    said: list[str] = []
    values: dict[str, Any] = {}
    chosen = view.chosen if "status" in view.chosen or but == "status" else {**view.chosen, "status": (OK,)}
    for name, words in chosen.items():
        if name != but:
            said.append(_of_facet(collection, name, words))
    for name, ends in view.ranges.items():
        if name == but:
            continue
        said += [f'"{name}" >= {ends.low!r}'] if ends.low is not None else []
        said += [f'"{name}" <= {ends.high!r}'] if ends.high is not None else []
    if view.since is not None:
        said.append(f"rendered_at >= timestamp '{view.since} 00:00:00'")
    if view.until is not None:
        said.append(f"rendered_at < timestamp '{view.until + timedelta(days=1)} 00:00:00'")
    if view.listed:
        batch = collection.vocabulary.words["batch_id"].number(view.listed)
        said.append(NOWHERE if batch is None else f"n in (select n from appearances where batch = {batch})")
    if view.list_id:
        values["listed_ids"] = list(collection.choices.of_list(view.list_id))
        said.append("id in (select unnest($listed_ids::uuid[]))")
    if view.hides_rejected:
        values["rejected_ids"] = list(collection.choices.rejected(view.list_id))
        said.append("id not in (select unnest($rejected_ids::uuid[]))")
    for place, word in enumerate(view.text.split()):
        found = holding(collection, word)
        either = []
        for column, numbers in found.items():
            values[f"{column}_{place}"] = numbers
            either.append(f"{column} in (select unnest(${column}_{place}))")
        said.append(f"({' or '.join(either)})" if either else NOWHERE)
    return Condition(" and ".join(said) or "true", values)


def _of_facet(collection: Collection, name: str, words: Sequence[str]) -> str:
    column = FACET[name].column
    if column == "flags":
        names = collection.vocabulary.flag_names()
        bits = sum(1 << names.index(word) for word in dict.fromkeys(words) if word in names)
        return f"flags & {bits}::ubigint <> 0" if bits else NOWHERE
    if column == "size_px":
        sizes = sorted({int(word) for word in words if word.isdecimal() and len(word) < 8})
        return f"size_px in ({', '.join(map(str, sizes))})" if sizes else NOWHERE
    known = (collection.vocabulary.words[column].number(word) for word in words)
    numbers = sorted(number for number in known if number is not None)
    return f"{column} in ({', '.join(map(str, numbers))})" if numbers else NOWHERE
