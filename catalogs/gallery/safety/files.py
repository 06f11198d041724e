"""The gallery's own files on this machine: born private, written whole, and refused where others may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from catalogs.gallery.safety.errors import StartRefused

_SECRET_BYTES = 32


def kept_secret(path: Path) -> bytes:
    """Return the secret of a file, drawn into it the first time.

    Raises:
        StartRefused: others may read it, it is too short, or it cannot be read or written.
    """
    if not path.exists():
        _draw(path)
    secret = bytes(read_private(path).strip(), "ascii", "replace")
    if len(secret) < _SECRET_BYTES:
        raise StartRefused(
            f"{path} holds {len(secret)} characters, and a secret has at least {_SECRET_BYTES}; remove it, "
            "and another one is drawn (who is signed in signs in again, shared links end)"
        )
    return secret


def read_private(path: Path) -> str:
    """Return what a file says that only its owner may read.

    A file in a folder that nobody else may enter is such a one, whatever its own mode: containers are given
    single files out of it. A file of somebody else is the affair of whoever gave it.

    Raises:
        StartRefused: others may read it, or it cannot be read.
    """
    try:
        stat, folder = path.stat(), path.parent.stat()
        if stat.st_uid == os.geteuid() and stat.st_mode & 0o077 and folder.st_mode & 0o011:
            raise StartRefused(f"{path} can be read by others on this machine; run `chmod 600 {path}`")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StartRefused(f"{path} cannot be read ({error}); see that it is there and yours") from error


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all; one that is there keeps its mode.

    Raises:
        StartRefused: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                beside.chmod(path.stat().st_mode & 0o777)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise StartRefused(f"{path} cannot be written ({error.strerror}); name another place") from error


def _draw(path: Path) -> None:
    """Put a new secret where none is; of two galleries that start together the first one's stays."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.token_urlsafe(_SECRET_BYTES)}\n")
    except FileExistsError:
        return
    except OSError as error:
        raise StartRefused(f"{path} cannot be written ({error.strerror}); name another place") from error
