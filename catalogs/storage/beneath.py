"""Folders below a root, reached one name at a time and never through a symbolic link.

Every step opens the next folder relative to the one before (``openat``), so that a link put in place between
a check and its use leads nowhere either.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from catalogs.errors import StorageDenied, StorageMisconfigured, StorageUnavailable
from catalogs.storage.keys import RESERVED

LOCK_NAME = f"{RESERVED}lock"

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_NO_SYNC_HERE = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


class RootFolder:
    """A root that must stay the folder it was when it was first seen.

    A share that is unmounted leaves an empty folder behind: writing there would fill the local disk with
    designs that nobody finds again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None

    @contextmanager
    def open(self, parts: Sequence[str] = (), *, create: bool = False) -> Iterator[int]:
        """Yield a descriptor of the folder ``parts`` below the root.

        Raises:
            FileNotFoundError: it is not there, and ``create`` is false.
            NotADirectoryError: something else has its name.
            StorageDenied: it is a symbolic link.
            StorageMisconfigured: the root is no folder.
            StorageUnavailable: the root is gone or is another folder than before.
        """
        folder = self._open_root(create=create)
        try:
            for part in parts:
                below = open_below(folder, part, create=create)
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """Hold the root's lock: ``alone`` to compare and replace, together with others only to replace.

        Where the file system has no locks, replacing goes on without and comparing raises ``OSError``.
        """
        with self.open() as root:
            lock = os.open(
                LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=root
            )
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            except OSError as error:
                if alone or error.errno not in _NO_LOCKS_HERE:
                    raise
            yield
        finally:
            os.close(lock)

    def _open_root(self, *, create: bool) -> int:
        seen = self._seen  # before opening: another thread may be making the root just now
        try:
            root = os.open(self.path, _FOLDER)
        except FileNotFoundError:
            if seen is not None:
                raise StorageUnavailable(
                    f"the folder {self.path} has vanished; mount it again or restore it, then run again"
                ) from None
            if not create:
                raise
            _make_root(self.path)
            root = os.open(self.path, _FOLDER)
        except NotADirectoryError as error:
            raise StorageMisconfigured(
                f"the root {self.path} is no folder; name a folder or s3://bucket/prefix as root"
            ) from error
        found = os.fstat(root)
        identity = (found.st_dev, found.st_ino)
        if self._seen is None:
            self._seen = identity
        elif self._seen != identity:
            os.close(root)
            raise StorageUnavailable(
                f"{self.path} is no longer the folder it was when this run began (unmounted or replaced); "
                "check it, then run again"
            )
        return root


def open_below(folder: int, name: str, *, create: bool = False) -> int:
    """Return a descriptor of the folder ``name`` in ``folder``, made if ``create`` and absent.

    Raises:
        StorageDenied: it is a symbolic link.
        OSError: as ``os.open`` says.
    """
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            refuse_link(name, folder)
        raise
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=folder)
    sync_folder(folder)
    return open_below(folder, name)


def sync_folder(folder: int) -> None:
    """Make the names in a folder durable, on file systems that have such a thing."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_SYNC_HERE:
            raise


def refuse_link(name: str, folder: int) -> None:
    """Raise ``StorageDenied`` if ``name`` in ``folder`` is a symbolic link."""
    with suppress(FileNotFoundError):
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise StorageDenied(
                f"{name!r} is a symbolic link, and links below the root are not followed; "
                "put the file or folder itself there"
            )


def _make_root(path: Path) -> None:
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        above = os.open(folder.parent, _FOLDER)
        try:
            sync_folder(above)
        finally:
            os.close(above)
