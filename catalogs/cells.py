"""One value of a manifest's row: whether its column can hold it, and what it is there.

Arrow itself would cut 1.5 to 1, take a text for a list of its letters and a time without zone for UTC. And it
takes 1.5 ms to make a table of a single row, which a night of a million designs would do a million times.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from numbers import Integral, Real
from typing import Any

import pyarrow as pa

Cell = Callable[[Any], Any]


class Unfit(ValueError):
    """A value that a column cannot hold."""


def cell_of(wanted: pa.DataType) -> Cell:
    """Return what gives a value, not None, as a column of this type gives it back, or raises ``Unfit``.

    Args:
        wanted: text, whole numbers of any width, double, times with a zone, and lists or structures of these.
    """
    if pa.types.is_string(wanted):
        return _text
    if pa.types.is_floating(wanted):
        return _number
    if pa.types.is_integer(wanted):
        return _whole(wanted.bit_width)
    if pa.types.is_timestamp(wanted):
        return _time
    if pa.types.is_list(wanted):
        inside = cell_of(wanted.value_type)
        if pa.types.is_integer(wanted.value_type):
            return _wholes(wanted.value_type.bit_width, _list(inside))
        return _list(inside)
    if pa.types.is_struct(wanted):
        return _structure(
            {wanted.field(at).name: cell_of(wanted.field(at).type) for at in range(wanted.num_fields)}
        )
    raise TypeError(f"no column of a manifest holds {wanted}")


def in_words(wanted: pa.DataType) -> str:
    """Return what a column of this type holds, as an error message says it."""
    if pa.types.is_timestamp(wanted):
        return "times with a zone"
    if pa.types.is_list(wanted):
        if pa.types.is_struct(wanted.value_type):
            return "lists of named values"
        return f"lists of {in_words(wanted.value_type)}"
    if pa.types.is_string(wanted):
        return "texts"
    return f"whole numbers ({wanted})" if pa.types.is_integer(wanted) else "numbers"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:  # half of a surrogate pair is no character
            raise Unfit from error
    return value


def _number(value: Any) -> float:
    if type(value) is float:
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        raise Unfit
    return float(value)


def _whole(bits: int) -> Cell:
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def whole(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, Integral) or not least <= value <= most:
            raise Unfit
        return int(value)

    return whole


def _time(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unfit
    return value.astimezone(UTC)


def _list(inside: Cell) -> Cell:
    def listed(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise Unfit
        return [inside(one) for one in value]

    return listed


def _wholes(bits: int, careful: Cell) -> Cell:
    """Return what takes a list of plain whole numbers at a glance, as descriptors are: a row has 128."""
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def wholes(value: Any) -> list[Any]:
        plain = isinstance(value, list | tuple) and set(map(type, value)) == {int}
        if plain and least <= min(value) and max(value) <= most:
            return list(value)
        found: list[Any] = careful(value)
        return found

    return wholes


def _structure(cells: dict[str, Cell]) -> Cell:
    def structure(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not value.keys() <= cells.keys():
            raise Unfit
        return {name: None if (one := value.get(name)) is None else cell(one) for name, cell in cells.items()}

    return structure
