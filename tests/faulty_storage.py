"""A storage in front of another one that fails as told: for tests of everything that writes designs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from catalogs.errors import StorageDenied, StorageFull, StorageUnavailable
from catalogs.storage import ObjectStat, Storage


class FaultyStorage:
    """Passes every call on to ``inner``, or fails like a real storage would.

    Operations are counted from 1, writes from 1 on their own; ``log`` holds ``(operation, key)`` of every
    call in the order in which they came, also of those that failed.

    Args:
        vanish_after: this many operations succeed; every later one raises ``StorageUnavailable``.
        fail_writes: the writes with these numbers raise ``StorageUnavailable`` and keep nothing.
        lose_answers: the writes with these numbers happen and raise ``StorageUnavailable`` all the same.
        refuse_writes: every write and delete raises ``StorageDenied``.
        capacity_bytes: a write that would bring the bytes written so far above it raises ``StorageFull``.
        delay_s: every operation takes so much longer.
        touches: only keys for which this is true are counted and fail; all keys are logged.
    """

    def __init__(
        self,
        inner: Storage,
        *,
        vanish_after: int | None = None,
        fail_writes: Collection[int] = (),
        lose_answers: Collection[int] = (),
        refuse_writes: bool = False,
        capacity_bytes: int | None = None,
        delay_s: float = 0.0,
        touches: Callable[[str], bool] = lambda key: True,
    ) -> None:
        self.inner = inner
        self.log: list[tuple[str, str]] = []
        self.vanish_after = vanish_after
        self.fail_writes = frozenset(fail_writes)
        self.lose_answers = frozenset(lose_answers)
        self.refuse_writes = refuse_writes
        self.capacity_bytes = capacity_bytes
        self.delay_s = delay_s
        self._touches = touches
        self._lock = threading.Lock()
        self._operations = 0
        self._writes = 0
        self._written_bytes = 0

    @property
    def root(self) -> str:
        return self.inner.root

    def vanish(self) -> None:
        """From now on every call raises ``StorageUnavailable``, until ``come_back``."""
        self.vanish_after = 0

    def come_back(self) -> None:
        self.vanish_after = None

    def read(self, key: str) -> bytes:
        self._enter("read", key)
        return self.inner.read(key)

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
        self._enter("write_atomic", key)
        number = self._take_write(key, len(data))
        written = self.inner.write_atomic(
            key, data, content_type=content_type, if_absent=if_absent, if_match=if_match, durable=durable
        )
        if number in self.lose_answers:
            raise StorageUnavailable(f"cannot write {key!r}: the answer was lost; run again", key=key)
        return written

    def sync(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        self._enter("sync", keys[0] if keys else "")
        self.inner.sync(keys)

    def exists(self, key: str) -> bool:
        self._enter("exists", key)
        return self.inner.exists(key)

    def stat(self, key: str) -> ObjectStat:
        self._enter("stat", key)
        return self.inner.stat(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        self._enter("list", prefix)
        return self.inner.list(prefix)

    def folders(self, prefix: str) -> Sequence[str]:
        self._enter("folders", prefix)
        return self.inner.folders(prefix)

    def move(self, key: str, to: str) -> None:
        self._enter("move", key)
        self._take_write(to, 0)
        self.inner.move(key, to)

    def delete(self, key: str) -> None:
        self._enter("delete", key)
        if self.refuse_writes and self._touches(key):
            raise StorageDenied(f"cannot delete {key!r}: read-only; ask for the right to write", key=key)
        self.inner.delete(key)

    def presign(self, key: str, *, expires_s: int) -> str:
        self._enter("presign", key)
        return self.inner.presign(key, expires_s=expires_s)

    def reap(self, *, older_than_s: float) -> int:
        self._enter("reap", "")
        return self.inner.reap(older_than_s=older_than_s)

    def _enter(self, operation: str, key: str) -> None:
        if self.delay_s:
            time.sleep(self.delay_s)
        with self._lock:
            self.log.append((operation, key))
            if not self._touches(key):
                return
            self._operations += 1
            gone = self.vanish_after is not None and self._operations > self.vanish_after
        if gone:
            raise StorageUnavailable(
                f"cannot {operation} {key!r}: the bucket has vanished; run again", key=key
            )

    def _take_write(self, key: str, size: int) -> int:
        """Count one write and raise if it is one that fails; return its number, 0 if it does not count."""
        with self._lock:
            if not self._touches(key):
                return 0
            self._writes += 1
            number = self._writes
            full = self.capacity_bytes is not None and self._written_bytes + size > self.capacity_bytes
            if not full:
                self._written_bytes += size
        if self.refuse_writes:
            raise StorageDenied(f"cannot write {key!r}: read-only; ask for the right to write", key=key)
        if full:
            raise StorageFull(f"cannot write {key!r}: the disk is full; free some space", key=key)
        if number in self.fail_writes:
            raise StorageUnavailable(f"cannot write {key!r}: the connection broke; run again", key=key)
        return number
