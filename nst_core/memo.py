"""A small thread-safe memory of costly results, so that eight textiles on one garment find its mask once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """Keeps the ``capacity`` results that were used last; a second caller waits for the first one's work.

    A computation that raises is not kept: every caller that waited gets the same error, the next one
    tries again.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[Value]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return what ``compute`` gave for this key, computing it in this thread if nobody has."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
            else:
                promise: Future[Value] = Future()
                self._kept[key] = promise
                while len(self._kept) > self._capacity:
                    self._kept.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            promise.set_result(compute())
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is promise:
                    del self._kept[key]
            promise.set_exception(error)
            raise
        return promise.result()


def fingerprint(data: bytes) -> str:
    """Return what stands for a file's bytes in a key: their sha256, hex."""
    return hashlib.sha256(data).hexdigest()
