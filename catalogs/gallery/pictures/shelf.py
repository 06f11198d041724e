"""What was made is kept while there is room, and made once however many ask for it at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from catalogs.gallery.errors import PictureRefused

# What keeping one thing costs beside its bytes, and what a refusal counts as.
_EACH_BYTES = 200


class Shelf:
    """Pictures by key, those longest unasked for thrown away first. Any number of threads may ask.

    A refusal is kept like a picture: what cannot be shown is not looked at again with every tile. Anything
    else that goes wrong is not, as it may go well the next time.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, bytes | PictureRefused] = OrderedDict()
        self._bytes = 0
        self._being_made: dict[Hashable, threading.Event] = {}
        self._changing = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under a key, else what ``make`` makes.

        Raises:
            PictureRefused: ``make`` raised it, now or before.
        """
        while True:
            with self._changing:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return _told(self._kept[key])
                waiting = self._being_made.get(key)
                if waiting is None:
                    self._being_made[key] = threading.Event()
                    break
            waiting.wait()
        try:
            try:
                made: bytes | PictureRefused = make()
            except PictureRefused as refusal:
                made = refusal
            with self._changing:
                self._keep(key, made)
        finally:
            with self._changing:
                self._being_made.pop(key).set()
        return _told(made)

    def _keep(self, key: Hashable, made: bytes | PictureRefused) -> None:
        self._kept[key] = made
        self._bytes += _size(made)
        while self._bytes > self._most_bytes and self._kept:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def _size(made: bytes | PictureRefused) -> int:
    return _EACH_BYTES + (len(made) if isinstance(made, bytes) else _EACH_BYTES)


def _told(kept: bytes | PictureRefused) -> bytes:
    if isinstance(kept, PictureRefused):
        raise PictureRefused(kept.message)
    return kept
