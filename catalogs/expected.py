"""How good designs will be that are not painted yet, by what is there: previews, earlier nights.

A guess in the numbers that the report ranks by (``report/ranking.py``: motif, relief, speckle, style, each
between a bad and a good anchor). Where a night has less time than designs, the best go first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.errors import NotFound
from catalogs.layout import MANIFESTS_PREFIX, batch_of, is_of_request
from catalogs.manifest import OK
from catalogs.pairing import scatter
from catalogs.parts import read_blocks
from catalogs.plan import Plan
from catalogs.refusals import ManifestRefused
from catalogs.report.ranking import RANKED_BY, TOLD_BY, rank_scores
from catalogs.storage import Storage

# So many nights tell what is usual, the newest ones.
NIGHTS = 4
# A mean of n designs counts n times, what is expected without it this often: three lucky designs make no
# textile the best one.
PRIOR = 4.0
# Where nobody knows anything, all are alike.
UNKNOWN = 50.0

Numbers = NDArray[np.float64]
Keys = NDArray[np.uint64]
_NAMED_BY = ("content_sha256", "style_sha256", "recipe_hash")
_COLUMNS = ("design_id", "status", "size_px", "seed", *_NAMED_BY, *RANKED_BY, *TOLD_BY, "flags")


def expected_scores(storage: Storage, plan: Plan) -> Numbers:
    """Return the rank score (0 to 100) that each design to render is expected to have, in the plan's order.

    A preview, the same garment, textile, recipe and seed at another size, counts as it is; else the mean of
    the recipe, moved by how much better or worse this textile and this garment come out with it than others.
    The same bucket gives the same numbers.

    Args:
        storage: where the manifests are; those of the newest nights are read, one at a time.
        plan: all its designs.
    """
    wanted = _Wanted.of(plan)
    learnt = _Learnt()
    for key in _nights(storage):
        try:
            for block in read_blocks(storage.read(key), key=key, columns=_COLUMNS):
                rows = block.filter(pc.equal(block.column("status"), OK))
                ranks = rank_scores(rows)
                scored = ~np.isnan(ranks)
                learnt.add(rows.filter(pa.array(scored)), ranks[scored], wanted)
        except (NotFound, ManifestRefused):
            continue  # what cannot be read tells nothing
    return np.where(np.isnan(wanted.previews), learnt.expected(wanted), wanted.previews)


def _nights(storage: Storage) -> list[str]:
    found = [one for one in storage.list(MANIFESTS_PREFIX) if one.key.endswith(".parquet")]
    nights = [one for one in found if not is_of_request(batch_of(one.key))]
    newest = sorted(nights, key=lambda one: (one.modified_at_utc, one.key), reverse=True)
    return [one.key for one in newest[:NIGHTS]]


@dataclass
class _Coded:
    """A column as numbers: which of the different texts each row has."""

    names: tuple[str, ...]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Coded:
        text = column.unify_dictionaries().combine_chunks()
        if isinstance(text, pa.ChunkedArray):
            text = text.combine_chunks()
        if not pa.types.is_dictionary(text.type):
            text = text.dictionary_encode()
        codes = text.indices.fill_null(len(text.dictionary)).to_numpy(zero_copy_only=False)
        return cls((*text.dictionary.to_pylist(), ""), codes.astype(np.int64))

    def hashes(self) -> Keys:
        """Return 64 bits for each row, of its text alone."""
        hashes: Keys = np.array([int(name[:16] or "0", 16) for name in self.names], np.uint64)
        return hashes[self.codes]


@dataclass
class _Rows:
    """What tells designs apart, whatever their size."""

    columns: Mapping[str, _Coded]
    keys: Keys

    @classmethod
    def of(cls, table: pa.Table) -> _Rows:
        columns = {name: _Coded.of(table.column(name)) for name in _NAMED_BY}
        keys = table.column("seed").to_numpy().astype(np.uint64)
        for column in columns.values():
            keys = scatter(keys ^ column.hashes())
        return cls(columns, keys)


@dataclass
class _Wanted:
    """The designs of a plan and the previews that were found of them, NaN where there is none."""

    rows: _Rows
    previews: Numbers
    preview_px: NDArray[np.int32]

    @classmethod
    def of(cls, plan: Plan) -> _Wanted:
        count = plan.to_render
        rows = _Rows.of(plan.table.slice(0, count))
        return cls(rows, np.full(count, np.nan), np.zeros(count, np.int32))

    def take(self, keys: Keys, ranks: Numbers, sizes_px: NDArray[np.int32]) -> None:
        """Keep for each design the largest preview, and of those the newest."""
        order = np.lexsort((sizes_px, keys))
        there = keys[order]
        at = np.maximum(np.searchsorted(there, self.rows.keys, side="right") - 1, 0)
        px = sizes_px[order][at]
        better = (there[at] == self.rows.keys) & (px > self.preview_px)
        self.previews[better], self.preview_px[better] = ranks[order][at][better], px[better]


@dataclass
class _Learnt:
    """Sums and counts of rank scores, of each recipe, and of each textile and garment in it."""

    recipes: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    in_recipes: dict[tuple[str, str, str], NDArray[np.float64]] = field(default_factory=dict)

    def add(self, table: pa.Table, ranks: Numbers, wanted: _Wanted) -> None:
        if not len(table):
            return
        rows = _Rows.of(table)
        wanted.take(rows.keys, ranks, table.column("size_px").to_numpy())
        recipe = rows.columns["recipe_hash"]
        for name, sums in _summed(recipe.codes, ranks):
            self.recipes[recipe.names[name]] = self.recipes.get(recipe.names[name], 0) + sums
        for side in _NAMED_BY[:2]:
            column = rows.columns[side]
            both = recipe.codes * len(column.names) + column.codes
            for pair, sums in _summed(both, ranks):
                of, at = divmod(pair, len(column.names))
                key = recipe.names[of], side, column.names[at]
                self.in_recipes[key] = self.in_recipes.get(key, 0) + sums

    def expected(self, wanted: _Wanted) -> Numbers:
        """Return what the designs of a plan are expected to have by these."""
        total = sum(self.recipes.values(), np.zeros(2))
        overall = total[0] / total[1] if total[1] else UNKNOWN
        recipe = wanted.rows.columns["recipe_hash"]
        means = np.array([_mean(self.recipes.get(name), overall) for name in recipe.names])
        expected: Numbers = means[recipe.codes]
        for side in _NAMED_BY[:2]:
            column = wanted.rows.columns[side]
            moved = [
                [_mean(self.in_recipes.get((of, side, name)), mean) - mean for name in column.names]
                for of, mean in zip(recipe.names, means.tolist(), strict=True)
            ]
            expected = expected + np.array(moved)[recipe.codes, column.codes]
        return expected


def _summed(codes: NDArray[np.int64], ranks: Numbers) -> list[tuple[int, NDArray[np.float64]]]:
    """Return the sum and the number of the ranks of each code that occurs."""
    occurring, at = np.unique(codes, return_inverse=True)
    both = np.stack([np.bincount(at, weights=ranks), np.bincount(at)], axis=1)
    return list(zip(occurring.tolist(), both, strict=True))


def _mean(found: NDArray[np.float64] | None, prior: float) -> float:
    """Return the mean of sum and number, drawn towards what is expected without it."""
    sums, count = (0.0, 0.0) if found is None else found
    return float((sums + PRIOR * prior) / (count + PRIOR))


def shards_best_first(scores: Numbers, shards: NDArray[np.int32], missing: Sequence[int]) -> list[int]:
    """Return the shards with missing designs, that of the best mean first, equal ones as they are planned.

    Args:
        scores: of each design to render.
        shards: of each, ascending.
        missing: the shards that are wanted.
    """
    if not len(scores):
        return list(missing)
    first = int(shards[0])
    counts = np.bincount(shards - first)
    means = np.bincount(shards - first, weights=scores) / np.maximum(counts, 1)
    return sorted(missing, key=lambda shard: (-means[shard - first], shard))
