"""Where a service's words go, and the last of them for who asks why it ended."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flows.stack.settings import StackSettings

LAST_LINES = 15
_KEPT_BYTES = 10_000_000


def log_of(settings: StackSettings, name: str) -> Path:
    """Return the file of a service's log."""
    return settings.logs / f"{name}.log"


def open_log(path: Path) -> int:
    """Begin a new part of a log, in a new file where the old one has become long; return where it begins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _KEPT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    with path.open("a", encoding="utf-8") as file:
        file.write(f"--- started {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC ---\n")
        return file.tell()


def last_lines(path: Path, since: int) -> str:
    """Return the last lines of a log from a place on; what is wrong stands there."""
    with path.open("rb") as file:
        file.seek(since)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-LAST_LINES:]) or "(it said nothing)"
