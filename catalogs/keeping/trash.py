"""Where objects wait before they are deleted: ``trash/<when>/<the key that they had>``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from catalogs.errors import NotFound, PreconditionFailed
from catalogs.layout import DESIGNS_PREFIX, QUARANTINE_PREFIX, THUMBS_PREFIX, TILES_PREFIX, TRASH_PREFIX
from catalogs.storage import ObjectStat, Storage

THREADS = 16
_STAMP = "%Y%m%dT%H%M%SZ"
_CONTENT_TYPES = {"png": "image/png", "webp": "image/webp", "json": "application/json", "html": "text/html"}
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class PutAside:
    """An object that was put aside.

    Attributes:
        key: where it lies.
        original: the key that it had.
        at_utc: when it was put aside, by the clock of whoever did it; whole seconds.
        size: bytes.
    """

    key: str
    original: str
    at_utc: datetime
    size: int


def aside_key(key: str, now: datetime, *, prefix: str = TRASH_PREFIX) -> str:
    """Return the key under which an object is put aside at this moment."""
    return f"{prefix}{now.astimezone(UTC).strftime(_STAMP)}/{key}"


def put_aside(
    storage: Storage, keys: Iterable[str], now: datetime, *, prefix: str = TRASH_PREFIX
) -> list[str]:
    """Move objects away, under keys that tell when and what they were; return those that were there.

    An interrupted call leaves each object in one of the two places at least.
    """
    there = at_once(lambda key: _moved(storage, key, aside_key(key, now, prefix=prefix)), keys)
    return [key for key in there if key]


def bring_back(storage: Storage, one: PutAside) -> bool:
    """Put an object back where it was, unless something lies there by now; False where it is gone for good.

    Only a copy that is there again is taken out of the trash.
    """
    if not storage.exists(one.original):
        try:
            data = storage.read(one.key)
        except NotFound:
            return storage.exists(one.original)  # somebody else brought it back
        kind = _CONTENT_TYPES.get(one.original.rpartition(".")[2])
        with suppress(PreconditionFailed):  # made again meanwhile
            storage.write_atomic(one.original, data, content_type=kind, if_absent=True)
    storage.delete(one.key)
    return True


def in_trash(
    storage: Storage, *, prefix: str = TRASH_PREFIX, pictures: bool = True
) -> Iterator[list[PutAside]]:
    """Yield what was put aside, oldest first, in lists of one folder each; with or without the pictures."""
    for stamp in storage.folders(prefix):
        try:
            at_utc = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue  # not ours
        above = f"{prefix}{stamp}/"
        for top in storage.folders(above):
            below = f"{above}{top}/"
            deep = f"{top}/" in (DESIGNS_PREFIX, THUMBS_PREFIX, TILES_PREFIX, QUARANTINE_PREFIX)
            if deep and not pictures:
                continue
            for found in folder_by_folder(storage, below) if deep else [list(storage.list(below))]:
                yield [PutAside(one.key, one.key.removeprefix(above), at_utc, one.size) for one in found]


def folder_by_folder(storage: Storage, prefix: str) -> Iterator[list[ObjectStat]]:
    """Yield the objects below a prefix one folder at a time, so that no list grows long."""
    for name in storage.folders(prefix):
        yield list(storage.list(f"{prefix}{name}/"))


def at_once(do: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Do something with each item, some of them at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(do, items))


def _moved(storage: Storage, key: str, to: str) -> str:
    try:
        storage.move(key, to)
    except NotFound:
        return ""
    return key
