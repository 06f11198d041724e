"""Plain files in a folder that is already open: read, written, looked up, walked."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from catalogs.errors import KeyRefused, StorageDenied
from catalogs.storage.beneath import open_below, refuse_link
from catalogs.storage.keys import RESERVED, check_key, check_prefix
from catalogs.storage.protocol import ObjectStat

UNFINISHED = f"{RESERVED}write-"
_PIECE = 1 << 20


def unfinished_name() -> str:
    """Return a fresh name that no listing shows, for a file that is still being written."""
    return f"{UNFINISHED}{os.getpid()}-{secrets.token_hex(8)}"


def read_file(name: str, folder: int) -> bytes:
    """Return the content of a plain file.

    Raises:
        FileNotFoundError: nothing, or something else than a file, has that name.
        StorageDenied: it is a symbolic link.
    """
    file = _open_to_read(name, folder)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, "no plain file")
        return _all_of(file, found.st_size)
    finally:
        os.close(file)


def write_file(name: str, folder: int, key: str, data: bytes, *, durable: bool) -> ObjectStat:
    """Write a new file, ``durable`` down to the disk, and return what it will be as the object ``key``."""
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
        # the file system's own clock ticks every few ms: two writes within one tick would share an etag
        now_ns = time.time_ns()
        os.utime(file, ns=(now_ns, now_ns))
        if durable:
            os.fsync(file)
        return _as_object(os.fstat(file), key)
    finally:
        os.close(file)


def sync_file(name: str, folder: int) -> None:
    """Wait until a file is on the disk; one that is not there, or is no plain file, is passed over.

    Raises:
        StorageDenied: it is a symbolic link.
    """
    try:
        file = _open_to_read(name, folder)
    except FileNotFoundError:
        return
    try:
        if stat.S_ISREG(os.fstat(file).st_mode):
            os.fsync(file)
    finally:
        os.close(file)


def stat_file(name: str, folder: int, key: str) -> ObjectStat:
    """Return what the object ``key`` is, without reading it.

    Raises:
        FileNotFoundError: nothing, or something else than a file, has that name.
        StorageDenied: it is a symbolic link.
    """
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        refuse_link(name, folder)
    if not stat.S_ISREG(found.st_mode):
        raise FileNotFoundError(errno.ENOENT, "no plain file")
    return _as_object(found, key)


def is_there(name: str, folder: int) -> bool:
    """Say whether anything at all has that name."""
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        return True
    return False


def is_folder(name: str, folder: int) -> bool:
    """Say whether a folder has that name."""
    with suppress(FileNotFoundError):
        return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    return False


def objects_below(folder: int, above: str, beginning: str = "") -> Iterator[ObjectStat]:
    """Yield the objects in an open folder and below it whose name there starts with ``beginning``.

    In the order of S3: by the bytes of the whole key, in which a folder counts as its name with a slash.

    Args:
        above: the keys' part down to this folder, ``""`` or ending in a slash.
    """
    for name in _names(folder, above, beginning):
        try:
            below = open_below(folder, name[:-1]) if name.endswith("/") else None
            found = None if below is not None else stat_file(name, folder, above + name)
        except (FileNotFoundError, NotADirectoryError, StorageDenied):
            continue  # removed or replaced since its name was read
        if found is not None:
            yield found
        elif below is not None:
            try:
                yield from objects_below(below, above + name)
            finally:
                os.close(below)


def folders_in(folder: int, above: str) -> list[str]:
    """Return the names of the folders in an open folder, sorted; ``above`` is its part of the keys."""
    return [name[:-1] for name in _names(folder, above, "", folders_only=True)]


def remove_unfinished(folder: int, older_than_s: float) -> int:
    """Remove the unfinished writes in an open folder that are older; return how many."""
    removed = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(UNFINISHED):
                continue
            with suppress(FileNotFoundError, PermissionError):  # another sweeper took it, or another user's
                if time.time() - entry.stat(follow_symlinks=False).st_mtime >= older_than_s:
                    os.unlink(entry.name, dir_fd=folder)
                    removed += 1
    return removed


def remove_unfinished_below(folder: int, older_than_s: float) -> int:
    """Remove the unfinished writes in an open folder and below it; return how many."""
    removed = remove_unfinished(folder, older_than_s)
    for name in _names(folder, "", "", folders_only=True):
        with suppress(FileNotFoundError, NotADirectoryError, StorageDenied):
            below = open_below(folder, name[:-1])
            try:
                removed += remove_unfinished_below(below, older_than_s)
            finally:
                os.close(below)
    return removed


def _open_to_read(name: str, folder: int) -> int:
    """Return a descriptor of whatever has a name; a symbolic link is refused."""
    # O_NONBLOCK: opening a named pipe would wait for somebody to write into it
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            refuse_link(name, folder)
        raise


def _all_of(file: int, size: int) -> bytes:
    """Return what is left of a file that was of this size a moment ago."""
    data = os.read(file, size + 1)  # one more than there is: what comes is all, unless it is cut or has grown
    if len(data) == size:
        return data
    pieces = [data]
    while piece := os.read(file, _PIECE):
        pieces.append(piece)
    return b"".join(pieces)


def _names(folder: int, above: str, beginning: str, *, folders_only: bool = False) -> list[str]:
    """Return the names that can be part of a key, folders with a slash at the end, in key order."""
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(beginning):
                continue
            with suppress(KeyRefused):  # a name that no key can have: it could be listed, but never read
                if entry.is_dir(follow_symlinks=False):
                    names.append(check_prefix(f"{above}{entry.name}/")[len(above) :])
                elif entry.is_file(follow_symlinks=False) and not folders_only:
                    names.append(check_key(above + entry.name)[len(above) :])
    return sorted(names)


def _as_object(found: os.stat_result, key: str) -> ObjectStat:
    return ObjectStat(
        key=key,
        size=found.st_size,
        etag=f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}",
        modified_at_utc=datetime.fromtimestamp(found.st_mtime_ns / 1e9, tz=UTC),
    )
