"""The totals of a batch: what ``summary.json`` holds and the flow prints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.frugal import chosen
from catalogs.layout import batch_manifest_key
from catalogs.manifest import FAILED, OK, SCORES, SKIPPED

# The columns that totals are made of.
SUMMARISED = ("status", "error_code", "seconds", *SCORES)


@dataclass(frozen=True)
class Summary:
    """Totals of a batch.

    Attributes:
        batch_id: the batch.
        planned: rows of its manifest; planned = ok + failed + skipped.
        ok: finished designs.
        failed: designs with an error, broken catalog rows included.
        skipped: duplicates, over max_designs, or out of time.
        failure_rate: failed / (ok + failed), 0 when there is neither.
        failures: error_code → count of the failed, most first.
        skips: error_code → count of the skipped, most first.
        medians: of each score over the ok designs; None where none has it.
        seconds: painting time of the ok designs, summed.
        manifest: key of the batch's own manifest.
        manifest_sha256: of its bytes.
        published_at_utc: ISO 8601, None when it was not published.
    """

    batch_id: str
    planned: int
    ok: int
    failed: int
    skipped: int
    failure_rate: float
    failures: dict[str, int]
    skips: dict[str, int]
    medians: dict[str, float | None]
    seconds: float
    manifest: str
    manifest_sha256: str
    published_at_utc: str | None = None

    def published(self, moment: datetime) -> Summary:
        """Return the summary of a batch that was published at that moment."""
        return replace(self, published_at_utc=moment.isoformat(timespec="seconds"))


def summarise(batch_id: str, table: pa.Table, *, sha256: str) -> Summary:
    """Return the totals of a manifest's rows; ``sha256`` is that of the manifest's bytes.

    Of the rows only the columns ``SUMMARISED`` are asked for.
    """
    status = table.column("status")
    parts = {name: chosen(table, pc.equal(status, name)) for name in (OK, FAILED, SKIPPED)}
    ok, failed, skipped = (len(parts[name]) for name in (OK, FAILED, SKIPPED))
    return Summary(
        batch_id=batch_id,
        planned=len(table),
        ok=ok,
        failed=failed,
        skipped=skipped,
        failure_rate=failed / (ok + failed) if ok + failed else 0.0,
        failures=_counts(parts[FAILED]),
        skips=_counts(parts[SKIPPED]),
        medians={name: _median(parts[OK].column(name)) for name in SCORES},
        seconds=float(pc.sum(parts[OK].column("seconds")).as_py() or 0.0),
        manifest=batch_manifest_key(batch_id),
        manifest_sha256=sha256,
    )


def _counts(rows: pa.Table) -> dict[str, int]:
    entries = pc.value_counts(rows.column("error_code")).to_pylist()
    ordered = sorted(entries, key=lambda entry: (-entry["counts"], entry["values"]))
    return {entry["values"]: entry["counts"] for entry in ordered}


def _median(scores: pa.ChunkedArray) -> float | None:
    finite = scores.filter(pc.is_finite(scores))
    median: float | None = pc.quantile(finite, q=0.5)[0].as_py()
    return median
