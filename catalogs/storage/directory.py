"""Objects as plain files below one folder.

A write goes into a hidden file beside its place, reaches the disk, and only then takes the name. A process
killed in between leaves the hidden file, which no call shows and a later write into the folder removes.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from catalogs.errors import NotFound, PreconditionFailed
from catalogs.storage.beneath import RootFolder, refuse_link, sync_folder
from catalogs.storage.directory_errors import translated
from catalogs.storage.files import (
    folders_in,
    is_folder,
    is_there,
    objects_below,
    read_file,
    remove_unfinished,
    remove_unfinished_below,
    stat_file,
    sync_file,
    unfinished_name,
    write_file,
)
from catalogs.storage.keys import check_key, check_prefix
from catalogs.storage.protocol import ObjectStat, check_expiry, check_folder

_DEAD_AFTER_S = 24 * 3600.0
_TRIES = 16
_SYNC_THREADS = 8
_NO_HARD_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK)


class DirectoryStorage:
    """The storage that is a folder on a disk or a share; the first write makes it if it is not there.

    Symbolic links below the root are neither read, listed nor written through; the root itself may be one.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._path = Path(os.path.realpath(root))
        self._folders = RootFolder(self._path)
        self._swept: set[tuple[str, ...]] = set()

    @property
    def root(self) -> str:
        """The absolute folder."""
        return str(self._path)

    def read(self, key: str) -> bytes:
        """Return the whole object; see ``Storage.read``."""
        *parts, name = check_key(key).split("/")
        with translated("read", key, self._path, asking=True), self._folders.open(parts) as folder:
            return read_file(name, folder)

    def write_atomic(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,  # noqa: ARG002 (a file has none)
        if_absent: bool = False,
        if_match: str | None = None,
        durable: bool = True,
    ) -> ObjectStat:
        """Write the whole object or nothing; see ``Storage.write_atomic``."""
        if if_absent and if_match is not None:
            raise ValueError("if_absent and if_match exclude each other")
        *parts, name = check_key(key).split("/")
        with translated("write", key, self._path):
            for tries_left in reversed(range(_TRIES)):
                try:
                    with self._folders.open(parts, create=True) as folder:
                        self._sweep_once(tuple(parts), folder)
                        written = self._write(
                            folder, name, key, data, if_absent=if_absent, if_match=if_match, durable=durable
                        )
                        if durable:
                            sync_folder(folder)
                        return written
                except FileNotFoundError:  # a delete() took the folder away while it was empty
                    if not tries_left:
                        raise
        raise AssertionError("the last try returns or raises")

    def sync(self, keys: Iterable[str]) -> None:
        """Make durable what is under these keys; see ``Storage.sync``."""
        by_folder: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for key in keys:
            *parts, name = check_key(key).split("/")
            by_folder[tuple(parts)].append(name)
        # side by side, so that one journal entry of the file system holds many of them
        with ThreadPoolExecutor(_SYNC_THREADS) as pool:
            for _ in pool.map(self._sync, by_folder.keys(), by_folder.values()):
                pass

    def exists(self, key: str) -> bool:
        """Say whether an object is under ``key``."""
        try:
            self.stat(key)
        except NotFound:
            return False
        return True

    def stat(self, key: str) -> ObjectStat:
        """Return size, etag and time; see ``Storage.stat``."""
        *parts, name = check_key(key).split("/")
        with translated("look up", key, self._path, asking=True), self._folders.open(parts) as folder:
            return stat_file(name, folder, key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Yield the objects whose key starts with ``prefix``; see ``Storage.list``."""
        return self._list(check_prefix(prefix))

    def folders(self, prefix: str) -> Sequence[str]:
        """Return the names of the folders directly below ``prefix``; see ``Storage.folders``."""
        *parts, _ = check_prefix(check_folder(prefix)).split("/")
        with translated("list", prefix, self._path):
            try:
                with self._folders.open(parts) as folder:
                    return folders_in(folder, prefix)
            except (FileNotFoundError, NotADirectoryError):
                return []

    def move(self, key: str, to: str) -> None:
        """Put the object under another key; see ``Storage.move``. Here it is one atomic step."""
        *parts, name = check_key(key).split("/")
        *to_parts, to_name = check_key(to).split("/")
        with translated("move", key, self._path, asking=True):
            for tries_left in reversed(range(_TRIES)):
                try:
                    with self._folders.open(parts) as folder:
                        stat_file(name, folder, key)
                        with self._folders.open(to_parts, create=True) as target:
                            with self._folders.locked(alone=False):
                                os.replace(name, to_name, src_dir_fd=folder, dst_dir_fd=target)
                            sync_folder(target)
                        sync_folder(folder)
                    break
                except FileNotFoundError:  # nothing there, or a delete() took the new folder away meanwhile
                    if not tries_left or not self.exists(key):
                        raise
        self._remove_empty(parts)

    def delete(self, key: str) -> None:
        """Remove the object and the folders that it leaves empty; see ``Storage.delete``."""
        *parts, name = check_key(key).split("/")
        with translated("delete", key, self._path):
            try:
                with self._folders.open(parts) as folder:
                    refuse_link(name, folder)
                    with self._folders.locked(alone=False):
                        os.unlink(name, dir_fd=folder)
                    sync_folder(folder)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return
            self._remove_empty(parts)

    def presign(self, key: str, *, expires_s: int) -> str:
        """Return a ``file://`` URL, which does not expire; see ``Storage.presign``."""
        check_expiry(expires_s)
        return (self._path / check_key(key)).as_uri()

    def reap(self, *, older_than_s: float) -> int:
        """Remove unfinished writes of dead writers; see ``Storage.reap``."""
        with translated("tidy", "", self._path):
            try:
                with self._folders.open() as root:
                    return remove_unfinished_below(root, older_than_s)
            except FileNotFoundError:
                return 0

    def _sync(self, parts: tuple[str, ...], names: Sequence[str]) -> None:
        with translated("write", "/".join(parts), self._path):
            try:
                with self._folders.open(parts) as folder:
                    for name in names:
                        sync_file(name, folder)
                    sync_folder(folder)
            except FileNotFoundError:
                return  # the whole folder was deleted since

    def _write(
        self,
        folder: int,
        name: str,
        key: str,
        data: bytes,
        *,
        if_absent: bool,
        if_match: str | None,
        durable: bool,
    ) -> ObjectStat:
        unfinished = unfinished_name()
        try:
            written = write_file(unfinished, folder, key, data, durable=durable)
            if if_absent:
                self._publish_first(unfinished, name, folder, key)
            else:
                self._publish_again(unfinished, name, folder, key, if_match)
        except BaseException:
            _remove(unfinished, folder)
            raise
        if if_absent:
            _remove(unfinished, folder)
        return written

    def _publish_again(self, unfinished: str, name: str, folder: int, key: str, if_match: str | None) -> None:
        """Give the file its name, whoever has it; only while that is still the file of ``if_match``."""
        with self._folders.locked(alone=if_match is not None):
            if if_match is not None:
                _check_match(name, folder, key, if_match)
            os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)

    def _publish_first(self, unfinished: str, name: str, folder: int, key: str) -> None:
        """Give the file its name only if nobody has it: a hard link fails where a rename would replace."""
        try:
            try:
                os.link(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NO_HARD_LINKS:
                    raise
                with self._folders.locked(alone=True):  # a share without hard links
                    if is_there(name, folder):
                        raise FileExistsError(errno.EEXIST, "there already") from None
                    os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            if is_folder(name, folder):
                raise IsADirectoryError(errno.EISDIR, "a folder") from None
            raise PreconditionFailed(
                f"{key!r} is there already: somebody else wrote it first; read it", key=key
            ) from None

    def _list(self, prefix: str) -> Iterator[ObjectStat]:
        *parts, beginning = prefix.split("/")
        above = "".join(f"{part}/" for part in parts)
        with translated("list", prefix, self._path):
            try:
                with self._folders.open(parts) as folder:
                    yield from objects_below(folder, above, beginning)
            except (FileNotFoundError, NotADirectoryError):
                return

    def _sweep_once(self, parts: tuple[str, ...], folder: int) -> None:
        if parts not in self._swept:
            self._swept.add(parts)
            remove_unfinished(folder, _DEAD_AFTER_S)

    def _remove_empty(self, parts: Sequence[str]) -> None:
        for depth in range(len(parts), 0, -1):
            try:
                with self._folders.open(parts[: depth - 1]) as above:
                    os.rmdir(parts[depth - 1], dir_fd=above)
            except OSError:  # not empty, or in use, or not ours: a folder without objects shows nowhere
                return


def _check_match(name: str, folder: int, key: str, etag: str) -> None:
    try:
        found = stat_file(name, folder, key)
    except FileNotFoundError:
        raise PreconditionFailed(f"{key!r} is no longer there; read again before writing", key=key) from None
    if found.etag != etag:
        raise PreconditionFailed(f"{key!r} was changed by somebody else; read again before writing", key=key)


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
