"""What a storage promises, whichever member keeps the objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """One complete object, as the storage sees it.

    Attributes:
        key: relative to the storage's root.
        size: bytes.
        etag: opaque; another write gives another etag, and ``if_match`` takes it back. S3 has its own; in a
            directory it is made of inode, size and the time of the write in ns, so that asking is cheap.
        modified_at_utc: time of the write, aware, UTC; S3 counts whole seconds.
    """

    key: str
    size: int
    etag: str
    modified_at_utc: datetime


LONGEST_PRESIGN_S = 7 * 24 * 3600


def check_expiry(expires_s: int) -> int:
    """Return ``expires_s`` if a URL may be signed for so long.

    Raises:
        ValueError: not within 1 and 604,800 seconds (S3's limit: seven days).
    """
    if not 1 <= expires_s <= LONGEST_PRESIGN_S:
        raise ValueError(f"expires_s must be 1 to {LONGEST_PRESIGN_S} seconds, got {expires_s}")
    return expires_s


def check_folder(prefix: str) -> str:
    """Return ``prefix`` if it is ``""`` or ends in a slash.

    Raises:
        ValueError: it ends otherwise.
    """
    if prefix and not prefix.endswith("/"):
        raise ValueError(f"a folder's prefix ends in a slash, got {prefix!r}")
    return prefix


class Storage(Protocol):
    """Objects under a root, by key; safe to use from many threads at once.

    Keys are relative POSIX paths as ``check_key`` allows them and are kept exactly as given. No call leaves
    or shows half an object: an object is there whole or not at all, also after a kill -9 or a full disk.

    Every call may raise, besides what it says itself, ``KeyRefused``, ``StorageDenied``,
    ``StorageMisconfigured`` and ``StorageUnavailable``, the only one worth a retry.
    """

    @property
    def root(self) -> str:
        """Where the objects are: ``s3://bucket/prefix`` or an absolute folder."""
        ...

    def read(self, key: str) -> bytes:
        """Return the whole object.

        Raises:
            NotFound: nothing under ``key``.
        """
        ...

    def write_atomic(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,
        if_absent: bool = False,
        if_match: str | None = None,
        durable: bool = True,
    ) -> ObjectStat:
        """Write the whole object, or nothing, and return what was written.

        A write that returned is durable, unless that was not asked for. One that raised
        ``StorageUnavailable`` may have happened or not.

        Args:
            content_type: kept by S3, ignored by a directory.
            if_absent: write only where nothing is; of many writers exactly one wins.
            if_match: write only over the object with this etag; of many writers exactly one wins.
            durable: wait until the object outlives a power cut. Without, a cut may leave nothing, an empty
                file or part of one under ``key`` until ``sync`` was called; a kill -9 leaves it whole.

        Raises:
            PreconditionFailed: ``if_absent`` or ``if_match`` did not hold; the object was left as it was.
            StorageFull: no space or quota left; the old object is still there.
            ValueError: ``if_absent`` and ``if_match`` together.
        """
        ...

    def sync(self, keys: Iterable[str]) -> None:
        """Make durable what is under these keys now, whoever wrote it; keys of nothing are passed over.

        Many files at once cost a disk little more than one.
        """
        ...

    def exists(self, key: str) -> bool:
        """Say whether an object is under ``key``."""
        ...

    def stat(self, key: str) -> ObjectStat:
        """Return size, etag and time without reading the object.

        Raises:
            NotFound: nothing under ``key``.
        """
        ...

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Yield every object whose key starts with the string ``prefix``, sorted by key, each once.

        ``prefix`` need not end at a slash: ``"designs/0"`` finds ``designs/01/…``; ``""`` finds everything.
        Objects with a name that ``check_key`` refuses, put there by others, are left out.
        """
        ...

    def folders(self, prefix: str) -> Sequence[str]:
        """Return the names of the folders directly below ``prefix``, sorted, without reading what is in them.

        Args:
            prefix: ``""`` or ending in a slash. A folder that lost its last object may still be named.

        Raises:
            ValueError: ``prefix`` ends otherwise.
        """
        ...

    def move(self, key: str, to: str) -> None:
        """Put the object under another key, over what is there.

        It is whole under ``to`` before ``key`` is gone; a call that is interrupted may leave it under both.
        Content and content type stay.

        Raises:
            NotFound: nothing under ``key``.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove the object; nothing under ``key`` is no error."""
        ...

    def presign(self, key: str, *, expires_s: int) -> str:
        """Return a URL under which a browser finds the object for ``expires_s`` seconds (1 to 604,800).

        In a directory a ``file://`` URL, which does not expire. Whether the object is there is not asked.
        """
        ...

    def reap(self, *, older_than_s: float) -> int:
        """Remove what writers killed more than ``older_than_s`` seconds ago left unfinished; return how many.

        Only housekeeping: unfinished writes are invisible to every other call.
        """
        ...
