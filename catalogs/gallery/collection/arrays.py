"""The table's columns as arrays by the designs' numbers: what is counted and sorted by is counted there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

import duckdb
import numpy as np
from numpy.typing import NDArray

from catalogs.gallery.collection.kept import Kept

# Of a million designs a column takes 4 MB, as an order does.
KEPT_BYTES = 48 << 20
# What no row has: of a size, of a day.
NONE = -1

Mask = NDArray[np.bool_]
Column = NDArray[Any]
T = TypeVar("T")

_ODD = {
    "size_px": f"coalesce(size_px, {NONE})",
    "day": f"coalesce(date_diff('day', date '1970-01-01', rendered_at::date), {NONE})::integer",
}


class _Hashes(NamedTuple):
    """The hashes of all ids, growing, and the numbers of their designs."""

    hashes: NDArray[np.uint64]
    numbers: NDArray[np.uint32]

    @property
    def nbytes(self) -> int:
        return self.hashes.nbytes + self.numbers.nbytes


class Followers(NamedTuple):
    """The numbers of the designs that another follows, and of each design the one that does, or its own."""

    followed: NDArray[np.uint32]
    followers: NDArray[np.uint32]

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.followed.nbytes + self.followers.nbytes


class Arrays:
    """One version of the table, column by column; a column is read when it is first asked for.

    Everything is of length ``length`` and at the number of its design; where no design has that number there
    are zeros, and ``there`` says so. Nothing that is returned is to be written to.

    Attributes:
        version: of the collection.
        length: one more than the largest number.
    """

    def __init__(self, ask: Callable[..., duckdb.DuckDBPyConnection], *, version: int, length: int) -> None:
        self._ask = ask
        self._kept = Kept(KEPT_BYTES)
        self.version = version
        self.length = length

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returns, computed once as long as there is room for it."""
        return self._kept.get(key, make)

    @property
    def there(self) -> Mask:
        """Whether a design has this number."""

        def make() -> Mask:
            there = np.zeros(self.length, np.bool_)
            there[self._read(())[0]] = True
            return there

        return self.kept("there", make)

    def column(self, name: str) -> Column:
        """Return a column: numbers of words, float32 with NaN, bits of flags, ``day`` since 1970."""
        return self.kept(("column", name), lambda: self.columns([name])[0])

    def columns(self, names: Sequence[str]) -> list[Column]:
        """Return columns that are not kept: read together they cost less than one after the other."""
        numbers, *told = self._read(names)
        if len(numbers) == self.length and np.array_equal(numbers, np.arange(self.length)):
            return told
        columns = [np.zeros(self.length, values.dtype) for values in told]
        for column, values in zip(columns, told, strict=True):
            column[numbers] = values
        return columns

    def lengths(self, names: Sequence[str], *, different: Sequence[str] = ()) -> dict[str, int]:
        """Return one more than the largest number of some columns, and of others how many different ones."""
        asked = {name: f"coalesce(max({_said(name)}), 0) + 1" for name in names}
        asked |= {name: f"count(distinct {_said(name)})" for name in different}
        found = self._ask(f"select {', '.join(asked.values())} from designs").fetchone() or ()
        return dict(zip(asked, map(int, found), strict=True))

    def numbers_of(self, design_id: str) -> list[int]:
        """Return the numbers of the designs whose ids have the hash of one: of that one, if it is there.

        Args:
            design_id: 32 hex digits.
        """
        hashes, numbers = self.kept("hashes", self._hashes)
        (wanted,) = self._ask("select hash(?::uuid)", [design_id]).fetchone() or (0,)
        low, high = (np.searchsorted(hashes, np.uint64(wanted), side) for side in ("left", "right"))
        return [int(number) for number in numbers[low:high]]

    @property
    def followers(self) -> Followers | None:
        """The designs after which a funnel made others; None where there are none."""
        return self.kept("followers", self._followers)

    def _followers(self) -> Followers | None:
        found = self._ask(
            "select d.n, f.n from (select n, followed_by from designs where followed_by is not null) d "
            "join designs f on f.id = d.followed_by"
        ).fetchnumpy()
        before, after = (np.asarray(values, np.uint32) for values in found.values())
        known = (before < self.length) & (after < self.length)
        if not known.any():
            return None
        followers = np.arange(self.length, dtype=np.uint32)
        followers[before[known]] = after[known]
        return Followers(before[known], followers)

    def _hashes(self) -> _Hashes:
        found = self._ask("select n, hash(id) from designs").fetchnumpy()
        numbers, hashes = (np.asarray(values) for values in found.values())
        order = np.argsort(hashes)
        return _Hashes(hashes[order], numbers[order])

    def _read(self, names: Sequence[str]) -> list[Column]:
        said = "".join(f", {_said(name)} as c{at}" for at, name in enumerate(names))
        found = self._ask(f"select n{said} from designs").fetchnumpy()
        columns: list[Column] = [
            values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
            for values in found.values()
        ]
        # a change that came since may have brought numbers of its own
        known = columns[0] < self.length
        return columns if known.all() else [values[known] for values in columns]


def _said(name: str) -> str:
    """Return a column in SQL."""
    return _ODD.get(name, f'"{name}"')
