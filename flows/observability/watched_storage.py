"""A storage whose reads and writes are told as spans, for metrics and traces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from catalogs.storage import ObjectStat, Storage
from flows.observability.signals import waited

Answer = TypeVar("Answer")


class WatchedStorage:
    """Passes every call on, and tells how long it took and how many bytes it moved."""

    def __init__(self, inner: Storage) -> None:
        self._inner = inner

    @property
    def root(self) -> str:
        """Where the objects are."""
        return self._inner.root

    def read(self, key: str) -> bytes:
        """Return the whole object."""
        began = time.perf_counter()
        data = self._inner.read(key)
        waited("read", began, key=key, bytes=len(data))
        return data

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
        """Write the whole object, or nothing."""
        began = time.perf_counter()
        stat = self._inner.write_atomic(
            key, data, content_type=content_type, if_absent=if_absent, if_match=if_match, durable=durable
        )
        waited("upload", began, key=key, bytes=len(data))
        return stat

    def sync(self, keys: Iterable[str]) -> None:
        """Make objects outlive a power cut."""
        self._ask("", lambda: self._inner.sync(keys))

    def exists(self, key: str) -> bool:
        """Say whether an object is there."""
        return self._ask(key, lambda: self._inner.exists(key))

    def stat(self, key: str) -> ObjectStat:
        """Return size, etag and time."""
        return self._ask(key, lambda: self._inner.stat(key))

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Yield the objects below a prefix; a listing is as slow as whoever reads it, and not measured."""
        return self._inner.list(prefix)

    def folders(self, prefix: str) -> Sequence[str]:
        """Return the folders directly below a prefix."""
        return self._ask(prefix, lambda: self._inner.folders(prefix))

    def move(self, key: str, to: str) -> None:
        """Put the object under another key."""
        self._ask(key, lambda: self._inner.move(key, to))

    def delete(self, key: str) -> None:
        """Remove the object."""
        self._ask(key, lambda: self._inner.delete(key))

    def presign(self, key: str, *, expires_s: int) -> str:
        """Return a link for a browser."""
        return self._inner.presign(key, expires_s=expires_s)

    def reap(self, *, older_than_s: float) -> int:
        """Remove what killed writers left unfinished."""
        return self._inner.reap(older_than_s=older_than_s)

    def _ask(self, key: str, call: Callable[[], Answer]) -> Answer:
        began = time.perf_counter()
        answer = call()
        waited("ask the storage", began, key=key)
        return answer
