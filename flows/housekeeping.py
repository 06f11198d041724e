"""Keeping a bucket in order by schedule: look through it, mend it, put away what nobody needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from catalogs.keeping.flaws import Verified
from catalogs.keeping.garbage import Tidied, tidy
from catalogs.keeping.repair import Repaired, mend
from catalogs.keeping.verification import verify
from catalogs.report.words import plain
from catalogs.storage import Storage
from flows.atelier import EngineAtelier
from flows.cli.words import gigabytes
from flows.equipment import equipment
from flows.errors import BucketUnsound
from flows.temporary_server import end_server_with_this_process


@dataclass(frozen=True)
class Kept:
    """What housekeeping found and did.

    Attributes:
        root: the bucket.
        found: at first.
        repaired: nothing where nobody asked for repairs.
        after: what is left.
        tidied: what nothing needs.
    """

    root: str
    found: Verified
    repaired: Repaired
    after: Verified
    tidied: Tidied


@flow(name="housekeeping", flow_run_name="housekeeping", validate_parameters=True)
def housekeeping(
    root: str = "",
    repair: bool = True,
    deep: bool = False,
    delete: bool = False,
    grace_hours: float = 168.0,
) -> dict[str, Any]:
    """Look through every manifest, mend what is wrong, and find what nothing needs any more.

    Runs may paint meanwhile. What it found and did is in the artifact `housekeeping`.

    Args:
        root: s3://bucket/prefix or a directory; empty: as configured (TOILE_ROOT or storage.yaml).
        repair: Mend what can be mended from what is there: thumbnails, rows, manifests. Deletes nothing.
        deep: Read every picture and compare its digest; takes as long as reading the whole bucket.
        delete: Put aside what nothing needs, and delete what has lain aside for the grace; off: only look.
        grace_hours: How old a thing must be to be put aside, and how long it then lies there.

    Returns:
        Plain values: ``sound``, ``flaws`` that are left, ``mended``, ``unneeded`` by kind, ``nights``.

    Raises:
        BucketUnsound: something is left that has to be mended by hand.
    """
    end_server_with_this_process()
    kept = keep_house(
        equipment().storage(root),
        datetime.now(UTC),
        repair=repair,
        deep=deep,
        delete=delete,
        grace=timedelta(hours=grace_hours),
    )
    create_markdown_artifact(told(kept), key="housekeeping", description=f"Housekeeping in {kept.root}")
    if not kept.after.sound:
        raise BucketUnsound(
            f"{kept.root} has flaws that could not be mended: "
            f"{'; '.join(flaw.says for flaw in kept.after.flaws if flaw.to_mend)[:600]}; see `toile verify`",
            root=kept.root,
        )
    return {
        "sound": kept.after.sound,
        "flaws": [asdict(flaw) for flaw in kept.after.flaws],
        "mended": dict(kept.repaired.done),
        "unneeded": {kind: asdict(tally) for kind, tally in kept.tidied.kinds.items()},
        "nights": kept.tidied.nights,
    }


def keep_house(
    storage: Storage, now: datetime, *, repair: bool, deep: bool, delete: bool, grace: timedelta
) -> Kept:
    """Look, mend, tidy; the arguments are those of ``verify``, ``mend`` and ``tidy``.

    Mended first: while a manifest cannot be read, nothing may be called unneeded.
    """
    found = after = verify(storage, deep=deep)
    repaired = Repaired()
    if repair:
        repaired, after = mend(storage, found, EngineAtelier(), now)
    return Kept(storage.root, found, repaired, after, tidy(storage, now, grace=grace, delete=delete))


def told(kept: Kept) -> str:
    """Return what was found and done as markdown."""
    state = "sound" if kept.after.sound else "**not sound**"
    lines = [f"# {_inert(kept.root)} is {state}"]
    lines.append(f"{len(kept.found.checks):,} manifests, {kept.found.designs:,} designs")
    if kept.found.flaws:
        flaws = [(f.kind, f.batch_id or "–", f"{f.objects:,}", _inert(f.says)) for f in kept.found.flaws]
        lines.append(_table(("flaw", "batch", "objects", "what"), flaws))
    lines += [f"- mended {times:,} × {_inert(words)}" for words, times in kept.repaired.done.items()]
    lines += [f"- left {times:,} × {_inert(words)}" for words, times in kept.repaired.left.items()]
    done = "put aside or deleted" if kept.tidied.deleting else "only looked at"
    lines.append(f"## Unneeded, {done}")
    rows = [
        (kind, f"{one.objects:,}", gigabytes(one.bytes), f"{one.young:,}")
        for kind, one in kept.tidied.kinds.items()
    ]
    lines.append(_table(("kind", "objects", "size", "too young yet"), rows))
    if kept.tidied.nights:
        lines.append(f"Nights past their retention: {', '.join(kept.tidied.nights)}")
    lines += [f"- cannot be read: `{key}`" for key in kept.tidied.blocked]
    return "\n\n".join(lines) + "\n"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _inert(words: str) -> str:
    return plain(words, at_most=400).replace("|", "\\|").replace("<", "&lt;")
