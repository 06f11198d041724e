"""Facets of all designs as one small number each: one pass over it counts them all.

A design's place in a table with an axis a facet is one number below the table's size. Counting these numbers
fills the table; sums along its axes are each facet's counts, and leaving a facet's own choice out of them is
a matter of the table, not of a million rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catalogs.gallery.collection.arrays import NONE, Arrays, Column, Mask
from catalogs.gallery.collection.columns import COUNTED, FACET

# Places that a table may have, so that a design's fits 16 bits, with one to spare for designs left out.
_MOST = 65_535
BINS = 24
_READ_TOGETHER = 4
# Of fewer than one in so many designs the numbers are picked out; of more all are counted.
_FEW = 6
# Facets whose numbers are no places, few as they are.
_SPARSE = ("flags", "size")

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Axis:
    """One facet or figure along a table.

    Attributes:
        name: of the facet or figure.
        values: what each place stands for: the number of a word, a size, the bits of flags, the n-th bin.
    """

    name: str
    values: Column


@dataclass(frozen=True)
class Cube:
    """A table of some facets, and each design's place in it.

    Attributes:
        axes: of the table.
        codes: ``(length,)``, unsigned, each design's place in the flattened table.
    """

    axes: tuple[Axis, ...]
    codes: Column

    @property
    def shape(self) -> tuple[int, ...]:
        """How long each axis is."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.codes.nbytes

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the axes."""
        return tuple(axis.name for axis in self.axes)

    def count(self, mask: Mask) -> Counts:
        """Return the table of how many designs of a mask are at each place, ``shape``."""
        places = math.prod(self.shape)
        if np.count_nonzero(mask) * _FEW < len(mask):
            codes = self.codes[np.flatnonzero(mask)]
        else:
            codes = np.where(mask, self.codes, self.codes.dtype.type(places))
        return np.bincount(codes, minlength=places)[:places].reshape(self.shape)

    def among(self, allowed: Mask) -> Mask:
        """Return which designs are at places that are allowed.

        Args:
            allowed: ``shape``.
        """
        return np.take(allowed.reshape(-1), self.codes)


def facet_cubes(arrays: Arrays) -> tuple[Cube, ...]:
    """Return tables that have every counted facet once."""
    names = arrays.kept("facets of cubes", lambda: _shared_out(arrays))
    return tuple(arrays.kept(("cube", one), lambda one=one: _facets(arrays, one)) for one in names)  # type: ignore[misc]


def figure_cubes(arrays: Arrays, bounds: dict[str, tuple[float, float]]) -> tuple[Cube, ...]:
    """Return tables of figures in ``BINS`` equal parts between their bounds; the last place is for none."""
    names = sorted(bounds)
    return tuple(
        arrays.kept(("bins", tuple(few)), lambda few=few: _bins(arrays, few, bounds))  # type: ignore[misc]
        for few in (names[at : at + 3] for at in range(0, len(names), 3))
    )


def _shared_out(arrays: Arrays) -> list[tuple[str, ...]]:
    """Share the facets out to as few tables as they fit in; one that is too long is a table of its own."""
    columns = {name: FACET[name].column for name in COUNTED}
    sparse = {column for name, column in columns.items() if name in _SPARSE}
    found = arrays.lengths([one for one in columns.values() if one not in sparse], different=sorted(sparse))
    lengths = {name: found[column] for name, column in columns.items()}
    crates: list[list[str]] = []
    for name in sorted(lengths, key=lambda name: -lengths[name]):
        for crate in crates:
            if math.prod(lengths[one] for one in crate) * lengths[name] <= _MOST:
                crate.append(name)
                break
        else:
            crates.append([name])
    return [tuple(crate) for crate in crates]


def _facets(arrays: Arrays, names: Sequence[str]) -> Cube:
    return _cube(_axes(arrays, names))


def _axes(arrays: Arrays, names: Sequence[str]) -> list[tuple[Axis, Column]]:
    """Return each facet's axis and the designs' places along it."""
    told = []
    for at in range(0, len(names), _READ_TOGETHER):
        few = names[at : at + _READ_TOGETHER]
        for name, column in zip(few, arrays.columns([FACET[one].column for one in few]), strict=True):
            if name in _SPARSE:
                values, places = _few(column)
            else:
                values, places = np.arange(int(column.max(initial=0)) + 1), column
            told.append((Axis(name, values), places))
    return told


def _few(column: Column) -> tuple[Column, Column]:
    """Return the different numbers, sorted, and where each design is among them: hashed, not sorted."""
    words = pa.array(column).dictionary_encode()
    values, places = words.dictionary.to_numpy(), words.indices.to_numpy()
    order = np.argsort(values)
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return values[order], rank[places]


def _bins(arrays: Arrays, names: Sequence[str], bounds: dict[str, tuple[float, float]]) -> Cube:
    told = []
    for name in names:
        (low, high), values = bounds[name], arrays.column(name)
        with np.errstate(invalid="ignore"):
            part = np.floor((values - low) * (BINS / max(high - low, 1e-9)))
        places = np.where(np.isnan(part), BINS, np.clip(part, 0, BINS - 1)).astype(np.uint8)
        told.append((Axis(name, np.append(np.arange(BINS), NONE)), places))
    return _cube(told)


def _cube(told: Sequence[tuple[Axis, Column]]) -> Cube:
    axes = tuple(axis for axis, _ in told)
    size = math.prod(len(axis.values) for axis in axes)
    codes = np.zeros(len(told[0][1]), np.uint16 if size <= _MOST else np.uint32)
    for axis, places in told:
        np.multiply(codes, codes.dtype.type(len(axis.values)), out=codes)
        np.add(codes, places.astype(codes.dtype), out=codes)
    return Cube(axes, codes)
