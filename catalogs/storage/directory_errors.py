"""What the operating system's refusals mean for an object in a directory."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalogs.errors import (
    KeyRefused,
    NotFound,
    StorageDenied,
    StorageError,
    StorageFull,
    StorageMisconfigured,
    StorageUnavailable,
)

_FULL = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space or ask for more",
    errno.EFBIG: "the file size limit is reached; raise it (ulimit -f) or the file system's",
}
_DENIED = {
    errno.EACCES: "permission denied; give this user the right to it",
    errno.EPERM: "not permitted; give this user the right to it",
    errno.EROFS: "the file system is mounted read-only; mount it for writing",
}
_NAME = {
    errno.EISDIR: "a folder of other objects has this name; choose another key",
    errno.ENOTDIR: "a part of the path is an object, not a folder; choose another key",
    errno.ENAMETOOLONG: "the name is too long for this file system; choose a shorter key",
    errno.EILSEQ: "this file system cannot keep the name; choose another key",
}
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
_NEVER_BETTER = {errno.EINVAL, errno.ELOOP, errno.EXDEV, errno.EMLINK, errno.ENXIO}


@contextmanager
def translated(doing: str, key: str, root: Path, *, asking: bool = False) -> Iterator[None]:
    """Raise every ``OSError`` of the block as the ``StorageError`` that it means, with the key in it.

    Args:
        doing: the verb of the sentence, as in "cannot read 'a.png'".
        key: the object, or a prefix.
        root: named in the message, so that the reader knows which bucket.
        asking: the block only looks, so that "a part of the path is a file" means "nothing there".
    """
    try:
        yield
    except StorageError as error:
        if error.key:
            raise
        raise type(error)(f"cannot {doing} {key!r}: {error.message}", key=key) from error
    except OSError as error:
        if asking and error.errno == errno.ENOTDIR:
            error.errno = errno.ENOENT
        raise _meaning(error, doing, key, root) from error


def _meaning(error: OSError, doing: str, key: str, root: Path) -> StorageError:
    number = error.errno or 0
    what = f"cannot {doing} {key!r} in {root}"
    if number == errno.ENOENT:
        return NotFound(f"{what}: nothing is there; check the name", key=key)
    for words, kind in ((_FULL, StorageFull), (_DENIED, StorageDenied), (_NAME, KeyRefused)):
        if number in words:
            return kind(f"{what}: {words[number]}", key=key, errno=number)
    if number in _NO_LOCKS:
        return StorageMisconfigured(
            f"{what}: conditional writes need locks, which this file system lacks; "
            "mount it with locks, or use S3",
            key=key,
            errno=number,
        )
    text = f"{what}: {os.strerror(number) if number else error}"
    if number in _NEVER_BETTER:
        return StorageError(f"{text}; check the file system", key=key, errno=number)
    return StorageUnavailable(f"{text}; check the disk or the share, then run again", key=key, errno=number)
