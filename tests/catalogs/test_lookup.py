"""Ids as a set in little memory: whatever Python's own says, and which row each is in."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from catalogs.lookup import NOWHERE, Lookup

NAMES = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=9)


@given(st.lists(NAMES, unique=True, max_size=30), st.lists(NAMES, max_size=30))
def test_a_lookup_says_what_a_dictionary_says(there: list[str], asked: list[str]):
    rows = {name: row for row, name in enumerate(there)}
    half = len(there) // 2
    column = pa.chunked_array([pa.array(there[:half], pa.string()), pa.array(there[half:], pa.string())])
    lookup, wanted = Lookup(column), [*asked, *there]
    assert lookup.rows(wanted).tolist() == [rows.get(name, NOWHERE) for name in wanted]
    assert lookup.rows(pa.array(wanted, pa.string())).tolist() == lookup.rows(wanted).tolist()
    assert lookup.hold(asked).tolist() == [name in rows for name in asked]
    assert [name in lookup for name in asked] == [name in rows for name in asked]
    assert (len(lookup), set(lookup), lookup == frozenset(there)) == (len(there), set(there), True)
    assert lookup & frozenset(asked) == frozenset(there) & frozenset(asked)
    assert lookup.isdisjoint(asked) == frozenset(there).isdisjoint(asked)


def test_what_is_no_id_is_not_found():
    lookup = Lookup(pa.array(["a", "b"]).slice(1))
    assert ("a" in lookup, "b" in lookup, "bb" in lookup, "é" in lookup, 1 in lookup) == (False, True) + (
        False,
    ) * 3
    assert lookup.rows(pa.array(["b", "a"]).slice(1)).tolist() == [NOWHERE]


def test_nothing_holds_nothing():
    empty = Lookup(pa.array([], pa.string()))
    assert (len(empty), list(empty), "" in empty) == (0, [], False)
    assert empty.rows(["a", "b"]).tolist() == [NOWHERE, NOWHERE]
    assert Lookup(pa.array(["a"])).rows([]).tolist() == []
