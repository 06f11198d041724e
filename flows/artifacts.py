"""What a run shows in Prefect: its totals, its failures with reasons, its contact sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from catalogs.layout import batch_manifest_key
from catalogs.manifest import FAILED, MANIFEST_SCHEMA
from catalogs.parts import read_rows
from catalogs.storage import Storage

# What a person reads; the manifest holds all of them.
SHOWN_FAILURES = 100
# The longest that an S3 server signs a link for.
LINK_EXPIRES_S = 7 * 24 * 3600
FAILURE_COLUMNS = ("design_id", "content_id", "style_id", "recipe", "size_px", "error_code", "error")


def show_results(storage: Storage, summary: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    """Create the artifacts of a run: ``designs``, ``failures`` where there are any, ``contact-sheet``.

    Args:
        storage: where the batch is.
        summary: as in ``summary.json``.
        keys: of ``report`` and ``contact_sheet``, and others.
    """
    batch_id = summary["batch_id"]
    create_table_artifact(totals(summary), key="designs", description=f"Designs of {batch_id}")
    if summary["failed"]:
        shown = failures(storage, batch_id)
        create_table_artifact(
            shown,
            key="failures",
            description=f"{len(shown)} of {summary['failed']} failures of {batch_id}, with reasons; all are "
            f"in `{batch_manifest_key(batch_id)}`",
        )
    create_markdown_artifact(
        links(storage, batch_id, keys), key="contact-sheet", description=f"Pictures of {batch_id}"
    )


def totals(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the totals as rows of a table: counts, reasons, and the medians of the scores."""
    rows = [{"what": name, "value": summary[name]} for name in ("planned", "ok", "failed", "skipped")]
    rows += [{"what": f"failed: {code}", "value": count} for code, count in summary["failures"].items()]
    rows += [{"what": f"skipped: {code}", "value": count} for code, count in summary["skips"].items()]
    rows += [
        {"what": f"median {name}", "value": round(median, 3)}
        for name, median in summary["medians"].items()
        if median is not None
    ]
    rows.append({"what": "painting, minutes", "value": round(summary["seconds"] / 60, 1)})
    rows.append({"what": "published", "value": summary["published_at_utc"] or "no: too many failures"})
    return rows


def failures(storage: Storage, batch_id: str, *, at_most: int = SHOWN_FAILURES) -> list[dict[str, Any]]:
    """Return the failed designs of a batch's manifest with their reasons."""
    key = batch_manifest_key(batch_id)
    schema = MANIFEST_SCHEMA.empty_table().select([*FAILURE_COLUMNS, "status"]).schema
    rows = read_rows(storage.read(key), key=key, schema=schema)
    failed = rows.filter(pc.equal(rows.column("status"), FAILED)).select(list(FAILURE_COLUMNS))
    listed: list[dict[str, Any]] = failed.slice(0, at_most).to_pylist()
    return listed


def links(storage: Storage, batch_id: str, keys: Mapping[str, str]) -> str:
    """Return markdown with the contact sheet and the way to the report; links into a bucket last a week."""
    sheet = storage.presign(keys["contact_sheet"], expires_s=LINK_EXPIRES_S)
    report = storage.presign(keys["report"], expires_s=LINK_EXPIRES_S)
    return (
        f"# {batch_id}\n\n![contact sheet]({sheet})\n\n[The report]({report})\n\n"
        f"Under `{storage.root}`: `{keys['contact_sheet']}`, `{keys['report']}`\n"
    )
