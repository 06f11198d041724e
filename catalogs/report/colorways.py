"""A batch's designs by colorway: a row a design, a column a colorway, its own colours first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.frugal import chosen
from catalogs.report.ranking import best_first

Row = Mapping[str, Any]

_HEX = re.compile(r"#[0-9a-f]{6}")
# What two rows have alike that differ in their colorway alone; the joined title tells motifs apart.
_ALIKE = ("content_id", "style_id", "style_title", "recipe", "size_px", "seed", "palette_id")


@dataclass(frozen=True)
class Colorway:
    """The head of a column: a palette's name and its colours, hex; neither for a design's own."""

    name: str = ""
    colours: tuple[str, ...] = ()


@dataclass(frozen=True)
class ByColorway:
    """Finished designs by colorway.

    Attributes:
        columns: a design's own colours, then each colorway, by name.
        rows: for each design its rows in the columns' order, None where one was not finished; the designs
            best first.
        designs: how many there are in all.
        colorways: how many, a design's own not counted.
    """

    columns: tuple[Colorway, ...]
    rows: tuple[tuple[Row | None, ...], ...]
    designs: int
    colorways: int


def by_colorway(ok: pa.Table, *, designs: int, columns: int) -> ByColorway | None:
    """Return the designs of a batch by colorway, at most so many; None where it has no colorways.

    Args:
        ok: finished rows of a manifest.
        designs, columns: the most that are taken; of the columns a design's own colours are the first.
    """
    if not any(pc.unique(ok.column("colorway")).to_pylist()):
        return None
    told = (pc.fill_null(ok.column(name), "").to_pylist() for name in ("colorway", "colorway_colours"))
    names = list(zip(*told, strict=True))
    found = sorted({one for one in names if one[0]})
    place = {one: at for at, one in enumerate([("", ""), *found][:columns])}
    keys = list(zip(*(ok.column(name).to_pylist() for name in _ALIKE), strict=True))
    grouped: dict[Any, list[int | None]] = {}
    for at in _best_first(ok).tolist():
        line = grouped.setdefault(keys[at], [None] * len(place))
        if (column := place.get(names[at])) is not None:
            line[column] = at
    shown = [line for line in grouped.values() if any(at is not None for at in line)][:designs]
    wanted = [at for line in shown for at in line if at is not None]
    rows = dict(zip(wanted, ok.take(pa.array(wanted, pa.int64())).to_pylist(), strict=True))
    return ByColorway(
        columns=tuple(Colorway(name, _colours(said)) for name, said in place),
        rows=tuple(tuple(None if at is None else rows[at] for at in line) for line in shown),
        designs=len(grouped),
        colorways=len(found),
    )


def in_their_own_colours(ok: pa.Table) -> pa.Table:
    """Return the rows of designs in their own colours."""
    return chosen(ok, pc.equal(pc.fill_null(ok.column("colorway"), ""), ""))


def _best_first(ok: pa.Table) -> NDArray[np.int64]:
    """Return the positions of all rows: those that have a rank, best first, then the others."""
    order = best_first(ok)
    return np.concatenate([order, np.setdiff1d(np.arange(len(ok)), order)])


def _colours(said: str) -> tuple[str, ...]:
    """Return the colours of a colorway as the plan says it: contrast, inks, colours."""
    return tuple(word for word in said.split(" ")[2:] if _HEX.fullmatch(word))
