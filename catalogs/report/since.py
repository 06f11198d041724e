"""Tonight against last night: what is new, which scores moved further than they usually do, what it cost."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogs.errors import NotFound
from catalogs.frugal import chosen
from catalogs.layout import MANIFESTS_PREFIX, batch_of
from catalogs.manifest import FAILED, OK
from catalogs.publication import read_manifest
from catalogs.refusals import ManifestRefused
from catalogs.report.colorways import in_their_own_colours
from catalogs.report.medians import BETTER, Cost, medians, read_medians
from catalogs.report.ranking import RANKED_BY, TOLD_BY, best_first, rank_scores
from catalogs.storage import Storage
from configs.batch import Batch

# Earlier nights that tell how much a score moves from night to night.
NIGHTS = 9
# Of fewer, one bad night would make its own recovery look usual.
ENOUGH_NIGHTS = 4
# So many times the usual spread is no chance: of a normal spread 1 night in 370 goes beyond.
BEYOND = 3.0
# What nobody would see, whatever the spread: points of rank, hundredths of the others.
LEAST = {"rank": 2.0}
LEAST_SCORE = 0.02
NAMED = 8
# Of new designs, those that are shown with pictures.
BEST_NEW = 6
# Of a normal distribution: its standard deviation over its MAD, and that of a median over that of a mean.
_SIGMA_OF_MAD, _OF_MEDIAN = 1.4826, 1.2533
_COLUMNS = ("design_id", "status", "error_code", "content_id", "style_id", "recipe")

Group = tuple[str, str, str]


@dataclass(frozen=True)
class Move:
    """A median that moved further than usual.

    Attributes:
        style_id, recipe, score: of which designs, and what.
        before, now: the medians.
        usual: what it moves by from night to night, as a standard deviation.
        designs: tonight.
    """

    style_id: str
    recipe: str
    score: str
    before: float
    now: float
    usual: float
    designs: int

    @property
    def is_drop(self) -> bool:
        """Whether it got worse: of a distance, more."""
        return (self.now - self.before) * BETTER[self.score] < 0


@dataclass(frozen=True)
class Since:
    """What changed since last night.

    Attributes:
        batch_id: of last night.
        new, gone: designs finished now and not then, and the other way.
        new_names: garments, textiles and recipes that are new, by kind; the first few.
        moves: medians beyond their usual spread, drops first, the furthest first.
        compared: how many medians both nights have.
        nights: how many earlier nights there are; ``ENOUGH_NIGHTS`` of them tell what is usual, before that
            the spread within the two nights does.
        cost, cost_before: what each night painted newly; None where last night's report told nothing.
        failures: error code → (tonight, last night), those that differ.
        best_new: rows of the best new designs with their rank scores; none where all are new.
    """

    batch_id: str
    new: int
    gone: int
    new_names: dict[str, list[str]]
    moves: list[Move]
    compared: int
    nights: int
    cost: Cost
    cost_before: Cost | None
    failures: dict[str, tuple[int, int]]
    best_new: list[tuple[dict[str, Any], float]]


def earlier_nights(storage: Storage, batch_id: str, batch: Batch) -> list[str]:
    """Return the published nights of the same batch before this one, newest first.

    A batch whose id has no date has none: each of its runs takes the place of the one before.
    """
    if "{date}" not in batch.batch_id:
        return []
    before, _, after = batch.batch_id.replace("{name}", batch.name).partition("{date}")
    pattern = rf"{re.escape(before)}(\d{{8}}){re.escape(after)}"
    ids = [batch_of(one.key) for one in storage.list(MANIFESTS_PREFIX) if one.key.endswith(".parquet")]
    dates = {one: found[1] for one in [*ids, batch_id] if (found := re.fullmatch(pattern, one))}
    own = dates.get(batch_id, "")
    earlier = [one for one, date in dates.items() if date < own]
    return sorted(earlier, key=dates.__getitem__, reverse=True)[:NIGHTS]


def since(storage: Storage, rows: pa.Table, nights: Sequence[str]) -> Since | None:
    """Compare a manifest's rows with the night before; None without one that can be read.

    Args:
        storage: where the nights are.
        rows: tonight's manifest, the report's columns.
        nights: of ``earlier_nights``.
    """
    if not nights:
        return None
    try:
        last = read_manifest(storage, nights[0], columns=_COLUMNS)
    except (NotFound, ManifestRefused):
        return None
    ok, was_ok = (chosen(one, pc.equal(one.column("status"), OK)) for one in (rows, last))
    new = chosen(ok, pc.invert(_in(ok, was_ok, "design_id")))
    known = [found for night in nights if (found := read_medians(storage, night)) is not None]
    tables = [_by_group(table) for table, _ in known]
    now = _by_group(medians(in_their_own_colours(ok)))
    told_last = read_medians(storage, nights[0])
    then = told_last[0] if told_last else _medians_of(storage, nights[0])
    moves, compared = _moves(now, _by_group(then), tables)
    return Since(
        batch_id=nights[0],
        new=len(new),
        gone=int(pc.sum(pc.invert(_in(was_ok, ok, "design_id"))).as_py() or 0),
        new_names={name: _new(new, last, name) for name in ("content_id", "style_id", "recipe")},
        moves=moves,
        compared=compared,
        nights=len(tables),
        cost=cost_of(new),
        cost_before=told_last[1] if told_last else None,
        failures=_failures(rows, last),
        best_new=_best(new) if len(new) < len(ok) else [],
    )


def cost_of(new: pa.Table) -> Cost:
    """Return what newly finished designs cost."""
    return Cost(len(new), float(pc.sum(new.column("seconds")).as_py() or 0.0))


def _best(new: pa.Table) -> list[tuple[dict[str, Any], float]]:
    own = in_their_own_colours(new)
    order = best_first(own)[:BEST_NEW]
    rows: list[dict[str, Any]] = own.take(pa.array(order, pa.int64())).to_pylist()
    return list(zip(rows, map(float, rank_scores(own)[order]), strict=True))


def _medians_of(storage: Storage, batch_id: str) -> pa.Table:
    """Return the medians of a night whose report left none: from its manifest."""
    names = ["status", "style_id", "recipe", "colorway", "flags", *RANKED_BY, *TOLD_BY, *BETTER]
    columns = [name for name in dict.fromkeys(names) if name != "rank"]
    rows = read_manifest(storage, batch_id, columns=columns)
    return medians(in_their_own_colours(rows.filter(pc.equal(rows.column("status"), OK))))


def _moves(
    now: dict[Group, tuple[int, float, float]],
    last: dict[Group, tuple[int, float, float]],
    nights: Sequence[dict[Group, tuple[int, float, float]]],
) -> tuple[list[Move], int]:
    """Return the medians that moved beyond what is usual, and how many were compared."""
    both = [group for group in now if group in last]
    told = nights if len(nights) >= ENOUGH_NIGHTS else ()
    steps = {group: _steps([night[group][1] for night in told if group in night]) for group in both}
    pooled = {score: _sigma([one for g in both if g[2] == score for one in steps[g]]) for score in BETTER}
    moves = []
    for group in both:
        (count, median, mad), (count_before, before, mad_before) = now[group], last[group]
        sampled = math.hypot(_of_median(count, mad), _of_median(count_before, mad_before))
        over_time = _sigma(steps[group]) if len(steps[group]) >= 3 else pooled[group[2]]
        usual = max(sampled, over_time)
        if abs(median - before) > max(BEYOND * usual, LEAST.get(group[2], LEAST_SCORE)):
            moves.append(Move(*group, before=before, now=median, usual=usual, designs=count))
    moves.sort(key=lambda one: (not one.is_drop, -abs(one.now - one.before) / (one.usual or 1e-9)))
    return moves, len(both)


def _by_group(table: pa.Table) -> dict[Group, tuple[int, float, float]]:
    columns = (table.column(name).to_pylist() for name in table.column_names)
    return {(s, r, what): (n, median, mad) for s, r, what, n, median, mad in zip(*columns, strict=True)}


def _steps(series: Sequence[float]) -> list[float]:
    return [abs(one - other) for one, other in pairwise(series)]


def _sigma(steps: Sequence[float]) -> float:
    return _SIGMA_OF_MAD * float(np.median(steps)) if steps else 0.0


def _of_median(count: int, mad: float) -> float:
    return _OF_MEDIAN * _SIGMA_OF_MAD * mad / math.sqrt(count)


def _in(rows: pa.Table, others: pa.Table, name: str) -> pa.ChunkedArray:
    return pc.is_in(rows.column(name), value_set=others.column(name).combine_chunks())


def _new(new: pa.Table, last: pa.Table, name: str) -> list[str]:
    unknown = new.filter(pc.invert(_in(new, last, name)))
    return sorted(value for value in pc.unique(unknown.column(name)).to_pylist() if value)


def _failures(rows: pa.Table, last: pa.Table) -> dict[str, tuple[int, int]]:
    now, then = (_codes(one) for one in (rows, last))
    codes = sorted({*now, *then}, key=lambda code: (-now.get(code, 0), code))
    return {
        code: (now.get(code, 0), then.get(code, 0)) for code in codes if now.get(code, 0) != then.get(code, 0)
    }


def _codes(rows: pa.Table) -> dict[str, int]:
    failed = rows.filter(pc.equal(rows.column("status"), FAILED))
    found = pc.value_counts(failed.column("error_code")).to_pylist()
    return {one["values"] or "": one["counts"] for one in found}
