"""What a night scored, textile by textile and recipe by recipe: a small table beside its report.

Later nights are compared with these tables, so that no old manifest of a million rows is read again.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from catalogs.errors import NotFound
from catalogs.layout import scores_key
from catalogs.report.ranking import rank_scores
from catalogs.storage import Storage

# Score → whether more of it is better. The rank is that of the report, 0 to 100.
BETTER = {"rank": 1, "motif": 1, "relief": 1, "gmd_heldout": -1, "legibility": 1}
_COST = b"toile_night"
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("style_id", "recipe", "score")),
        ("designs", pa.int64()),
        *((name, pa.float64()) for name in ("median", "mad")),
    ]
)


@dataclass(frozen=True)
class Cost:
    """What a night painted that was not there the night before: designs, and seconds of painting."""

    designs: int
    seconds: float

    @property
    def designs_an_hour(self) -> float:
        """Designs in an hour of one device's painting; 0 where nothing was painted."""
        return 3600 * self.designs / self.seconds if self.seconds > 0 else 0.0


def medians(ok: pa.Table) -> pa.Table:
    """Return median and MAD of each score of each textile by each recipe, of ``SCHEMA``.

    Args:
        ok: finished designs in their own colours, with the report's columns.
    """
    scores = {name: _numbers(ok.column(name)) for name in BETTER if name != "rank"}
    values = {"rank": rank_scores(ok)} | scores
    names = ok.select(["style_id", "recipe"]).combine_chunks()
    keys = pc.binary_join_element_wise(*(pc.fill_null(one, "") for one in names.columns), "\n")
    encoded = pc.dictionary_encode(keys)
    whole = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    groups = np.asarray(whole.indices, np.int64)
    said = [key.split("\n") for key in whole.dictionary.to_pylist()]
    rows = []
    for score, numbers in values.items():
        for group, count, median, mad in zip(*_of_groups(groups, numbers), strict=True):
            style_id, recipe = said[group]
            rows.append((style_id, recipe, score, count, median, mad))
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


def write_medians(storage: Storage, batch_id: str, table: pa.Table, cost: Cost) -> None:
    """Write a night's table beside its report."""
    out = io.BytesIO()
    told = {_COST: json.dumps(asdict(cost)).encode()}
    pq.write_table(table.replace_schema_metadata(told), out, compression="zstd")
    storage.write_atomic(scores_key(batch_id), out.getvalue())


def read_medians(storage: Storage, batch_id: str) -> tuple[pa.Table, Cost] | None:
    """Return a night's table and cost; None where its report has left none that can be read."""
    try:
        table = pq.read_table(pa.BufferReader(storage.read(scores_key(batch_id))))
        cost = Cost(**json.loads((table.schema.metadata or {})[_COST]))
        return table.replace_schema_metadata(None).cast(SCHEMA), cost
    except (NotFound, pa.ArrowException, OSError, KeyError, ValueError, TypeError):
        return None


def _of_groups(
    groups: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[list[int], list[int], list[float], list[float]]:
    """Return the groups that have finite values, how many, their median and median deviation from it."""
    there = np.isfinite(values)
    groups, values = groups[there], values[there]
    if not len(groups):
        return [], [], [], []
    found, starts, counts = _sorted_starts(groups)
    middle = _medians(groups, values, starts, counts)
    deviation = np.abs(values - middle[np.searchsorted(found, groups)])
    spread = _medians(groups, deviation, starts, counts)
    return found.tolist(), counts.tolist(), middle.tolist(), spread.tolist()


def _sorted_starts(
    groups: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    found, starts, counts = np.unique(np.sort(groups), return_index=True, return_counts=True)
    return found, starts.astype(np.int64), counts.astype(np.int64)


def _medians(
    groups: NDArray[np.int64],
    values: NDArray[np.float64],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> NDArray[np.float64]:
    ordered = values[np.lexsort((values, groups))]
    return np.asarray((ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2, np.float64)


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
