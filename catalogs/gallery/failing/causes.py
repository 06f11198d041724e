"""Causes of a published batch: its rows that are not finished, grouped by what their sentences say alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.gallery.collection import Collection
from catalogs.keeping.causes import MOST_CAUSES, in_common
from catalogs.manifest import FAILED, OK, SKIPPED
from catalogs.remedies import remedy

EXAMPLES = 3
_TOLD = pa.schema(
    [
        *(("status", pa.uint16()), ("error_code", pa.uint16()), ("error", pa.string())),
        *(("designs", pa.int64()), ("first", pa.int64())),
    ]
)


@dataclass(frozen=True)
class Cause:
    """Designs that are not there for one reason.

    Attributes:
        code: as in the manifest.
        says: the sentence, with ``#`` and ``<file>`` where the designs differ.
        designs: how many.
        examples: numbers of the first few, the first of each sentence first.
        remedy: what to do, a sentence.
    """

    code: str
    says: str
    designs: int
    examples: tuple[int, ...]
    remedy: str


@dataclass(frozen=True)
class Causes:
    """Where a batch stands: ``ok``, ``failed`` and ``skipped`` designs are all that its manifest lists.

    A design that failed in this batch and is finished in a later one is finished.

    Attributes:
        because_failed, because_skipped: most designs first, at most 50 each.
        unlisted: how many causes are not among them.
    """

    ok: int
    failed: int
    skipped: int
    because_failed: tuple[Cause, ...]
    because_skipped: tuple[Cause, ...]
    unlisted: int

    @property
    def planned(self) -> int:
        """How many designs the manifest lists."""
        return self.ok + self.failed + self.skipped


def causes_of(collection: Collection, batch_id: str) -> Causes:
    """Return why designs of a batch are not there; a batch that nobody published has none."""
    words = collection.vocabulary.words
    batch, ok = words["batch_id"].number(batch_id), words["status"].number(OK)
    if batch is None:
        return Causes(0, 0, 0, (), (), 0)
    listed = f"from designs where n in (select n from appearances where batch = {batch})"
    counts = Counter[str]()
    for status, count in collection.ask(f"select status, count(*) {listed} group by status").fetchall():
        counts[words["status"].text(status)] += count
    rows = collection.ask(
        "select status, error_code, coalesce(error, '') as error, count(*)::bigint as designs, "
        f"min(n)::bigint as first {listed} and status is distinct from {-1 if ok is None else ok} "
        "group by status, error_code, error"
    ).fetchall()
    columns = zip(_TOLD, zip(*rows, strict=True) if rows else [()] * len(_TOLD), strict=True)
    told = pa.table([pa.array(column, field.type) for field, column in columns], schema=_TOLD)
    failed, left = _grouped(collection, told, FAILED)
    skipped, left_too = _grouped(collection, told, SKIPPED)
    return Causes(counts[OK], counts[FAILED], counts[SKIPPED], failed, skipped, left + left_too)


def _grouped(collection: Collection, told: pa.Table, status: str) -> tuple[tuple[Cause, ...], int]:
    number = collection.vocabulary.words["status"].number(status)
    mine = told.filter(pc.equal(told.column("status"), -1 if number is None else number))
    mine = mine.append_column("says", in_common(mine.column("error")))
    groups = mine.group_by(["error_code", "says"]).aggregate([("designs", "sum"), ("first", "list")])
    order = [("designs_sum", "descending"), ("error_code", "ascending"), ("says", "ascending")]
    listed = groups.sort_by(order).slice(0, MOST_CAUSES).to_pylist()
    codes = collection.vocabulary.words["error_code"]
    causes = []
    for group in listed:
        code = codes.text(group["error_code"])
        examples = tuple(sorted(group["first_list"])[:EXAMPLES])
        causes.append(Cause(code, group["says"], group["designs_sum"], examples, remedy(code)))
    return tuple(causes), len(groups) - len(listed)
