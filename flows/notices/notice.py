"""A notice: what became of a night, why, and where to look; sent once for a batch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from catalogs.done import done_index
from catalogs.errors import CatalogError, StorageError
from catalogs.keeping.causes import Cause, diagnose
from catalogs.layout import report_key
from catalogs.plan import read_plan
from catalogs.report.words import MAX_REASON_CHARS, plain
from catalogs.storage import Storage
from flows.artifacts import LINK_EXPIRES_S
from flows.errors import NoticeRefused
from flows.notices.once import Once
from flows.notices.ways import Addresses
from flows.observability.events import NOTICE_FAILED, NOTICE_SENT
from flows.observability.logs import scrubbed
from flows.observability.signals import happened
from flows.run_links import run_link

# One notice a batch, whatever went wrong, and however often.
KIND = "ended"
TOP_CAUSES = 3


def give_notice(
    storage: Storage, batch_id: str, *, what: str, reason: str, run_id: str, addresses: Addresses
) -> list[str]:
    """Tell people of a batch, once until it is published again; nothing where nobody is to be told.

    Args:
        storage: where the batch is.
        batch_id: of the night.
        what: became of it, in a few words: "failed", "crashed twice".
        reason: as Prefect has it.
        run_id: of the flow run.
        addresses: who is told.

    Returns:
        The ways by which it went out; none where it had been told before.

    Raises:
        NoticeRefused: no way took it; the next one may try again.
    """
    if not addresses.ways:
        return []
    once, now = Once(storage, batch_id, KIND), datetime.now(UTC)
    bucket_answers = True
    try:
        if not once.take(now, what=what, flow_run=run_id):
            return []
    except StorageError:
        # told twice is better than never, when the bucket itself is what is wrong
        bucket_answers = False
    subject = f"Toile: {batch_id} {what}"
    sent = _send(subject, told(storage, batch_id, what=what, reason=reason, run_id=run_id), addresses)
    if bucket_answers and sent:
        once.done(now, what=what, flow_run=run_id, ways=sent)
    elif bucket_answers:
        once.undone()
    if not sent:
        raise NoticeRefused(f"nobody could be told that {batch_id} {what}; see the log for the reasons")
    return sent


def _send(subject: str, facts: dict[str, Any], addresses: Addresses) -> list[str]:
    sent = []
    for way, send in addresses.ways.items():
        try:
            send(subject, facts)
        except NoticeRefused as error:
            happened(NOTICE_FAILED, way=way, kind=KIND, error=error.message)
        else:
            happened(NOTICE_SENT, way=way, kind=KIND, subject=subject)
            sent.append(way)
    return sent


def told(storage: Storage, batch_id: str, *, what: str, reason: str, run_id: str) -> dict[str, Any]:
    """Return the facts of a notice, plain values; ``text`` says all of them to people."""
    facts: dict[str, Any] = {
        "batch": batch_id,
        "what": what,
        "reason": scrubbed(plain(reason, at_most=MAX_REASON_CHARS)),
        "run": run_link(run_id) or run_id,
        **_counts(storage, batch_id),
        "report": _report(storage, batch_id),
        "at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return facts | {"text": _text(facts)}


def _counts(storage: Storage, batch_id: str) -> dict[str, Any]:
    try:
        plan = read_plan(storage, batch_id)
        found = diagnose(plan, done_index(storage, plan))
    except CatalogError as error:
        return {"planned": None, "causes": [], "counts_unknown": scrubbed(str(error))}
    missing = 0 if found.missing is None else found.missing.designs
    causes = [*found.failed, *([found.missing] if found.missing else [])]
    causes.sort(key=lambda one: -one.designs)
    return {
        "planned": found.planned,
        "ok": found.ok,
        "failed": sum(one.designs for one in found.failed),
        "missing": missing,
        "skipped": sum(one.designs for one in found.skipped),
        "causes": [_cause(one) for one in causes[:TOP_CAUSES]],
    }


def _cause(one: Cause) -> dict[str, Any]:
    example = scrubbed(plain(one.example, at_most=MAX_REASON_CHARS))
    return {"code": one.code, "designs": one.designs, "example": example, "remedy": one.remedy}


def _report(storage: Storage, batch_id: str) -> str:
    """Return a link to the report that lasts a week, "" where there is none."""
    try:
        key = report_key(batch_id)
        return storage.presign(key, expires_s=LINK_EXPIRES_S) if storage.exists(key) else ""
    except StorageError:
        return ""


def _text(facts: dict[str, Any]) -> str:
    lines = [facts["reason"]] if facts["reason"] else []
    if facts["planned"] is None:
        lines.append(f"How many designs are there cannot be said: {facts['counts_unknown']}")
    else:
        lines.append(
            f"{facts['ok']:,} of {facts['planned']:,} designs are there; {facts['failed']:,} failed, "
            f"{facts['missing']:,} are missing, {facts['skipped']:,} were left out."
        )
    lines += [
        f"{one['designs']:,} × {one['code']}: {one['example']} Remedy: {one['remedy']}"
        for one in facts["causes"]
    ]
    lines.append(f"Run: {facts['run']}")
    if facts["report"]:
        lines.append(f"Report: {facts['report']}")
    lines.append(f"toile why {facts['batch']} says more; toile retry {facts['batch']} goes on.")
    return "\n".join(lines)
