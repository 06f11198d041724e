"""The files in which processes count, kept few: those of processes that are gone are added into one.

``<kind>_<pid>-<start>-<machine>.db``; what the dead have counted lies in ``<kind>_kept.db``.
"""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import mark_process_dead

from flows.shards.process_identity import identity_of, this_process

KEPT = "kept"
_MERGING = "merging.json"
# So many files of the dead are read at each question before they are added into one.
MANY = 64
# A file of another machine, or container, that nobody has written to for so long is of a dead process.
SILENT_S = 24 * 3600.0


def forget_the_dead(folder: Path, *, many: int = MANY) -> None:
    """Drop the gauges of processes that are gone, and add up what they counted where that is many files.

    Nothing counts twice or not at all, whenever this is killed: which files are being added into which is
    written down before.
    """
    _finish_merging(folder)
    dead = [path for path in sorted(folder.glob("*.db")) if _is_dead(path)]
    for name in {_owner(path) for path in dead}:
        mark_process_dead(name, str(folder))  # type: ignore[no-untyped-call]
    counted = [path for path in dead if path.name.startswith(("counter_", "histogram_")) and path.exists()]
    if len(counted) >= many:
        for kind in ("counter", "histogram"):
            _merge(folder, kind, [path for path in counted if path.name.startswith(f"{kind}_")])


def _merge(folder: Path, kind: str, files: list[Path]) -> None:
    if not files:
        return
    kept, beside = folder / f"{kind}_{KEPT}.db", folder / f"{kind}_{KEPT}.new"
    beside.unlink(missing_ok=True)
    counts: Any = MmapedDict  # which has no types
    sums: dict[str, float] = {}
    for path in (kept, *files):
        for key, value, _, _ in counts.read_all_values_from_file(str(path)) if path.exists() else ():
            sums[key] = sums.get(key, 0.0) + value
    whole = counts(str(beside))
    for key, value in sums.items():
        whole.write_value(key, value, 0.0)
    whole.close()
    note = {"kept": kept.name, "beside": beside.name, "files": [path.name for path in files]}
    (folder / _MERGING).write_text(json.dumps(note), encoding="utf-8")
    beside.replace(kept)
    _finish_merging(folder)


def _finish_merging(folder: Path) -> None:
    """Go on where a merge was killed: before the sum was in its place it is forgotten, after it completed."""
    note = folder / _MERGING
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:  # killed while it was written: nothing was done yet
        note.unlink()
        return
    beside = folder / told["beside"]
    if beside.exists():
        beside.unlink()
    else:
        for name in told["files"]:
            (folder / name).unlink(missing_ok=True)
    note.unlink()


def _owner(path: Path) -> str:
    return path.stem.rpartition("_")[2]


def _is_dead(path: Path) -> bool:
    pid, _, rest = _owner(path).partition("-")
    started, _, machine = rest.partition("-")
    if not (pid.isdigit() and machine):
        return False  # the sums, or nobody's
    if machine == sha256(this_process().machine.encode()).hexdigest()[:8]:
        return int(pid) != os.getpid() and identity_of(int(pid)).started != started
    try:
        return time.time() - path.stat().st_mtime > SILENT_S
    except FileNotFoundError:
        return False
