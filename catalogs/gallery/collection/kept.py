"""What was computed of one version of the table: made once for all, the least used forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
# What is no array and does not tell its size counts as this much.
_SMALL_BYTES = 4096


class Kept:
    """Values by key, at most so many bytes of them. Of many threads that ask for one, one makes it."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._bytes = 0
        self._at_hand = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returned for this key, the first time or now."""
        found, value = self._look(key)
        if found:
            return value  # type: ignore[no-any-return]
        with self._at_hand:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            found, value = self._look(key)
            if not found:
                try:
                    value = make()
                    self._keep(key, value)
                finally:
                    with self._at_hand:
                        self._making.pop(key, None)
        return value  # type: ignore[no-any-return]

    def peek(self, key: Hashable) -> Any:
        """Return what is kept for this key, None where nothing is."""
        return self._look(key)[1]

    def _look(self, key: Hashable) -> tuple[bool, Any]:
        with self._at_hand:
            if key not in self._values:
                return False, None
            self._values.move_to_end(key)
            return True, self._values[key]

    def _keep(self, key: Hashable, value: Any) -> None:
        with self._at_hand:
            self._values[key] = value
            self._bytes += _bytes_of(value)
            while self._bytes > self._most_bytes and len(self._values) > 1:
                _, forgotten = self._values.popitem(last=False)
                self._bytes -= _bytes_of(forgotten)


def _bytes_of(value: Any) -> int:
    return int(getattr(value, "nbytes", _SMALL_BYTES))
