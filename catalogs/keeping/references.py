"""Which designs and tiles anything in the bucket names: plans, manifests, shortlists, requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from catalogs.errors import NotFound
from catalogs.frozen import FrozenBatch, read_frozen
from catalogs.keeping.batches import batch_ids
from catalogs.layout import (
    MANIFESTS_PREFIX,
    REQUESTS_PREFIX,
    SHORTLISTS_PREFIX,
    batch_manifest_key,
    batch_of,
    plan_key,
)
from catalogs.refusals import PlanRefused
from catalogs.storage import ObjectStat, Storage
from catalogs.tile_names import NAMED_BY, tile_name

Ids = NDArray[np.bytes_]

_ID = np.dtype("S32")
_ID_IN_TEXT = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_TILE_COLUMNS = ("recipe", "weights_sha256", "style_id", "further_styles", *NAMED_BY)
_ROWS = 65_536


class References:
    """The designs and tiles that something names.

    They only ever become more: ``update`` reads what is new or has changed since, and forgets nothing. A
    design costs 32 bytes of memory, however many nights name it.

    Attributes:
        unreadable: key → why, of plans, manifests and lists that could not be read. What these name is not
            known, so nothing may be called unneeded while there are any.
        tiles: names of the tiles that planned designs of new cloth wear.
        tiles_unknown: batches whose recipes cannot be read, so that nobody knows which tiles they wear.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._seen: dict[str, str] = {}
        self._ids: Ids = np.empty(0, _ID)
        self.unreadable: dict[str, str] = {}
        self.tiles: set[str] = set()
        self.tiles_unknown: set[str] = set()

    @property
    def designs(self) -> int:
        """How many different designs are named."""
        return len(self._ids)

    def update(self) -> Ids:
        """Read what is new or has changed since the last time; return the designs that came in, sorted."""
        came = np.unique(np.concatenate([np.empty(0, _ID), *self._ids_of_new_sources()]))
        new: Ids = came[~self.name(came)]
        self._ids = np.union1d(self._ids, new)
        return new

    def name(self, ids: Ids) -> NDArray[np.bool_]:
        """Say of each id (``S32``) whether something names that design."""
        return found_in(self._ids, ids)

    def _ids_of_new_sources(self) -> Iterator[Ids]:
        for source in self._sources():
            if self._seen.get(source.key) == source.etag:
                continue
            try:
                yield from self._ids_of(source)
            except NotFound:
                continue  # removed since it was listed
            except (pa.ArrowException, OSError, KeyError, ValueError) as error:
                self.unreadable[source.key] = str(error)
            else:
                self.unreadable.pop(source.key, None)
                self._seen[source.key] = source.etag

    def _sources(self) -> Iterator[ObjectStat]:
        for batch_id in batch_ids(self._storage):
            for key in (plan_key(batch_id), batch_manifest_key(batch_id)):
                try:
                    yield self._storage.stat(key)
                except NotFound:
                    continue
        for prefix in (MANIFESTS_PREFIX, SHORTLISTS_PREFIX, REQUESTS_PREFIX):
            yield from self._storage.list(prefix)

    def _ids_of(self, source: ObjectStat) -> Iterator[Ids]:
        data = self._storage.read(source.key)
        if not source.key.endswith(".parquet"):
            # What is no request is refused by who takes requests up: it must not stop housekeeping.
            yield np.array(_ids_in_text(data, strict=not source.key.startswith(REQUESTS_PREFIX)), _ID)
            return
        file = pq.ParquetFile(pa.BufferReader(data))
        for rows in file.iter_batches(batch_size=_ROWS, columns=["design_id"]):
            yield np.array(rows.column(0).to_pylist(), _ID)
        if source.key.endswith("/plan.parquet"):
            self._add_tiles(file, batch_of(source.key))

    def _add_tiles(self, plan: pq.ParquetFile, batch_id: str) -> None:
        try:
            frozen = read_frozen(self._storage, batch_id)
        except (NotFound, PlanRefused):
            self.tiles_unknown.add(batch_id)
        else:
            self.tiles |= _tiles(plan, frozen)


def found_in(there: Ids, ids: Ids) -> NDArray[np.bool_]:
    """Say of each id whether it is in the sorted array ``there``."""
    if not len(there):
        return np.zeros(len(ids), np.bool_)
    at = np.minimum(np.searchsorted(there, ids), len(there) - 1)
    found: NDArray[np.bool_] = there[at] == ids
    return found


def as_ids(names: Iterable[str]) -> Ids:
    """Return design ids as an array."""
    return np.array(list(names), _ID)


def _ids_in_text(data: bytes, *, strict: bool) -> list[bytes]:
    """Return whatever could be a design's id, in JSON, CSV or plain words.

    Raises:
        ValueError: it is no text, where ``strict``.
    """
    if strict and b"\0" in data:
        raise ValueError("it is no text, and no Parquet file with a column design_id")
    return _ID_IN_TEXT.findall(data)


def _tiles(plan: pq.ParquetFile, frozen: FrozenBatch) -> set[str]:
    """Return the names of the tiles that the designs of a plan wear, each worked out once."""
    cloths = {name: recipe.cloth for name, recipe in frozen.recipes.items()}
    new = [name for name, cloth in cloths.items() if cloth is not None and cloth.is_new]
    names: dict[str, str] = {}
    if not new:
        return set()
    columns = [name for name in _TILE_COLUMNS if name in plan.schema_arrow.names]
    for batch in plan.iter_batches(batch_size=_ROWS, columns=columns):
        rows = pa.Table.from_batches([batch])
        recipes = rows.column("recipe").cast(pa.string())
        mine = rows.filter(pc.is_in(recipes, value_set=pa.array(new, pa.string())))
        for row in mine.to_pylist():
            whole: Mapping[str, Any] = dict.fromkeys(_TILE_COLUMNS) | row
            if (one := repr(whole)) not in names:
                names[one] = tile_name(whole, frozen.recipes[row["recipe"]])
    return set(names.values())
