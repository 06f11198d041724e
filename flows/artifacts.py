"""What a run shows in Prefect: its totals, its failures with reasons, its contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from catalogs.keeping.causes import Cause, Diagnosis
from catalogs.layout import batch_manifest_key
from catalogs.report.words import MAX_REASON_CHARS, plain
from catalogs.storage import Storage
from flows.run_links import run_link

# The longest that an S3 server signs a link for.
LINK_EXPIRES_S = 7 * 24 * 3600


def show_results(
    storage: Storage,
    summary: Mapping[str, Any],
    keys: Mapping[str, str],
    diagnosis: Callable[[], Diagnosis],
) -> None:
    """Create the artifacts of a run: ``designs``, ``failures`` by cause if any, ``contact-sheet``.

    Args:
        storage: where the batch is.
        summary: as in ``summary.json``.
        keys: of ``report`` and ``contact_sheet``, and others.
        diagnosis: asked only where designs failed.
    """
    batch_id = summary["batch_id"]
    create_table_artifact(totals(summary), key="designs", description=f"Designs of {batch_id}")
    if summary["failed"]:
        create_markdown_artifact(
            causes(diagnosis()), key="failures", description=f"Why designs of {batch_id} are not there"
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


def causes(diagnosis: Diagnosis) -> str:
    """Return markdown with a section for each cause: how many, the sentence, the remedy, where to look."""
    one = diagnosis
    lines = [f"# Why {one.planned - one.ok:,} of {one.planned:,} designs of {one.batch_id} are not there"]
    missing = () if one.missing is None else (one.missing,)
    for title, group in (("Failed", one.failed), ("Missing", missing), ("Skipped", one.skipped)):
        if group:
            lines.append(f"## {title}: {sum(cause.designs for cause in group):,}")
            lines += [_cause(cause) for cause in group]
    if one.unlisted:
        lines.append(f"{one.unlisted:,} rarer causes are in `{batch_manifest_key(one.batch_id)}`.")
    return "\n\n".join(lines) + "\n"


def _cause(cause: Cause) -> str:
    where = f"shards {_listed(cause.shards, cause.in_shards)}" if cause.in_shards else "before painting"
    runs = ", ".join(f"[run {run[:8]}]({link})" for run in cause.runs if (link := run_link(run)))
    facts = [
        f"**Remedy:** {cause.remedy}",
        f"**Such as:** {_inert(cause.example)}",
        f"**Designs:** {_listed(tuple(f'`{id_}`' for id_ in cause.design_ids), cause.designs)}; {where}",
        *([f"**Log:** {runs}"] if runs else []),
    ]
    title = f"### {cause.designs:,} ({cause.share:.1%}) × `{cause.code}`"
    return "\n\n".join([title, "\n".join(f"- {fact}" for fact in facts)])


def _listed(shown: Sequence[object], of: int) -> str:
    more = of - len(shown)
    return ", ".join(map(str, shown)) + (f" and {more:,} more" if more > 0 else "")


def _inert(text: str) -> str:
    """Return a catalog's words so that markdown does nothing with them."""
    return "".join(f"\\{sign}" if sign in _MARKS else sign for sign in plain(text, at_most=MAX_REASON_CHARS))


_MARKS = frozenset("\\`*_{}[]()<>#|!~")


def links(storage: Storage, batch_id: str, keys: Mapping[str, str]) -> str:
    """Return markdown with the contact sheet and the way to the report; links into a bucket last a week."""
    sheet = storage.presign(keys["contact_sheet"], expires_s=LINK_EXPIRES_S)
    report = storage.presign(keys["report"], expires_s=LINK_EXPIRES_S)
    return (
        f"# {batch_id}\n\n![contact sheet]({sheet})\n\n[The report]({report})\n\n"
        f"Under `{storage.root}`: `{keys['contact_sheet']}`, `{keys['report']}`\n"
    )
