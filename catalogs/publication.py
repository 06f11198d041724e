"""The end of a batch: one manifest from all its parts and, only when enough went well, ``latest.json``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import pyarrow as pa

from catalogs.done import done_index
from catalogs.errors import NotFound, PreconditionFailed, StorageError
from catalogs.layout import LATEST_KEY, batch_manifest_key, is_of_request, manifest_key, summary_key
from catalogs.manifest import MANIFEST_SCHEMA_VERSION
from catalogs.merging import encode_manifest, merge
from catalogs.parts import read_columns
from catalogs.plan import Plan
from catalogs.refusals import ManifestRefused, TooManyFailures
from catalogs.storage import Storage
from catalogs.summary import SUMMARISED, Summary, summarise

# Each turn lost means that another publisher of the same batch won one: this many in a row is not chance.
TURNS = 10


@dataclass(frozen=True)
class Latest:
    """What ``latest.json`` says: the manifest that galleries show.

    Attributes:
        batch_id: the batch last published.
        manifest: key of its manifest.
        sha256: of the manifest's bytes.
        rows: planned designs; rows = ok + failed + skipped.
        ok: finished designs.
        failed: designs with an error.
        skipped: designs left out on purpose.
        published_at_utc: ISO 8601 with zone.
        schema_version: of the manifest.
    """

    batch_id: str
    manifest: str
    sha256: str
    rows: int
    ok: int
    failed: int
    skipped: int
    published_at_utc: str
    schema_version: str


def publish(storage: Storage, plan: Plan, *, max_failure_rate: float, budget_spent: bool = False) -> Summary:
    """Merge the parts of a batch into its manifest and point ``latest.json`` at it.

    Every planned design gets a row. One that was never reached is ``failed`` with the code ``missing``,
    or, where the batch's time was up (``budget_spent``), ``skipped`` with the code ``budget``; either way
    the next run paints it. Order of the writes: ``batches/<id>/manifest.parquet``,
    ``manifests/<id>.parquet``, ``latest.json``, ``batches/<id>/summary.json``. The batch of a request leaves
    ``latest.json`` alone: a single hi-res would hide last night's designs.

    Safe to run again, and by two at once: the manifest that stays is one merged from everything that was
    there, and ``latest.json`` names its bytes.

    Args:
        storage: where the batch is.
        plan: the whole plan of the batch.
        max_failure_rate: failed / (ok + failed) above which nothing is published.
        budget_spent: the run ended because its time was up.

    Raises:
        TooManyFailures: nothing was published: ``latest.json`` and ``manifests/`` are as they were; the
            batch's own manifest and summary are written, and its rows can be retried.
        ManifestRefused: planned = ok + failed + skipped does not hold.
        StorageError: ``publication_busy`` when others kept publishing the same batch.
    """
    for _ in range(TURNS):
        seen = _etag(storage, manifest_key(plan.batch_id))
        merged = merge(plan, done_index(storage, plan), budget_spent=budget_spent)
        data = encode_manifest(merged.blocks(), plan.extras)
        storage.write_atomic(batch_manifest_key(plan.batch_id), data)
        rows = merged.columns(SUMMARISED)
        summary = summarise(plan.batch_id, rows, sha256=hashlib.sha256(data).hexdigest())
        if summary.failure_rate > max_failure_rate:
            write_summary(storage, summary)
            raise _too_many(summary, max_failure_rate)
        published = summary.published(datetime.now(UTC))
        if _replace(storage, published, data, seen):
            write_summary(storage, published)
            return published
    raise StorageError(
        f"others published {plan.batch_id} {TURNS} times while this run tried to; run it once more when they "
        f"are done",
        key=manifest_key(plan.batch_id),
        code="publication_busy",
    )


def read_manifest(
    storage: Storage, batch_id: str, *, columns: Sequence[str] | None = None, published: bool = True
) -> pa.Table:
    """Return the manifest of a batch, or some columns of it.

    Args:
        storage: where it is.
        batch_id: the batch.
        columns: of the schema or extras; None is all that the file has.
        published: False reads the batch's own manifest, which is there even when too much failed.

    Raises:
        NotFound: the batch was not published, or not finished.
        ManifestRefused: unreadable, without such a column, or of another schema version.
    """
    key = manifest_key(batch_id) if published else batch_manifest_key(batch_id)
    return read_columns(storage.read(key), key=key, columns=columns)


def read_latest(storage: Storage) -> Latest:
    """Return what ``latest.json`` says.

    Raises:
        NotFound: nothing was published yet.
        ManifestRefused: the file is damaged.
    """
    data = storage.read(LATEST_KEY)
    try:
        return Latest(**json.loads(data))
    except (ValueError, TypeError) as error:
        raise ManifestRefused(
            f"{LATEST_KEY} is damaged ({error}); publish a batch again", key=LATEST_KEY
        ) from error


def _replace(storage: Storage, summary: Summary, data: bytes, seen: str | None) -> bool:
    """Put the manifest in place and point at it; False when somebody else published in between."""
    key = manifest_key(summary.batch_id)
    try:
        etag = _write_over(storage, key, data, seen)
        while not is_of_request(summary.batch_id):
            pointer = _etag(storage, LATEST_KEY)
            if _etag(storage, key) != etag:
                return False
            try:
                _write_over(storage, LATEST_KEY, encode_latest(summary), pointer)
            except PreconditionFailed:
                continue  # another batch, or another run of this one: look again which
            break
        return _etag(storage, key) == etag
    except PreconditionFailed:
        return False


def _write_over(storage: Storage, key: str, data: bytes, seen: str | None) -> str:
    if seen is None:
        return storage.write_atomic(key, data, if_absent=True).etag
    return storage.write_atomic(key, data, if_match=seen).etag


def _etag(storage: Storage, key: str) -> str | None:
    try:
        return storage.stat(key).etag
    except NotFound:
        return None


def encode_latest(summary: Summary) -> bytes:
    """Return ``latest.json`` for a batch that was published."""
    latest = Latest(
        batch_id=summary.batch_id,
        manifest=manifest_key(summary.batch_id),
        sha256=summary.manifest_sha256,
        rows=summary.planned,
        ok=summary.ok,
        failed=summary.failed,
        skipped=summary.skipped,
        published_at_utc=summary.published_at_utc or "",
        schema_version=MANIFEST_SCHEMA_VERSION,
    )
    return json.dumps(asdict(latest), indent=2).encode()


def write_summary(storage: Storage, summary: Summary) -> None:
    """Write ``batches/<batch_id>/summary.json``."""
    data = json.dumps(asdict(summary), indent=2, ensure_ascii=False).encode()
    storage.write_atomic(summary_key(summary.batch_id), data, content_type="application/json")


def _too_many(summary: Summary, max_failure_rate: float) -> TooManyFailures:
    worst = ", ".join(f"{count} {code}" for code, count in list(summary.failures.items())[:5])
    return TooManyFailures(
        f"{summary.failed:,} of {summary.ok + summary.failed:,} designs of {summary.batch_id} failed "
        f"({summary.failure_rate:.0%}, allowed {max_failure_rate:.0%}): {worst}; nothing was published, "
        f"the last catalog stays; see {batch_manifest_key(summary.batch_id)}, then `toile retry "
        f"{summary.batch_id}`",
        batch_id=summary.batch_id,
        summary=asdict(summary),
    )
