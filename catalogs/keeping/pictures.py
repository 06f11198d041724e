"""Which pictures of designs are in the bucket, and what their bytes are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalogs.errors import NotFound
from catalogs.keeping.flaws import EXAMPLES
from catalogs.keeping.references import Ids, as_ids, found_in
from catalogs.keeping.trash import at_once, folder_by_folder
from catalogs.layout import DESIGNS_PREFIX, THUMBS_PREFIX, design_of
from catalogs.storage import Storage

Flags = NDArray[np.bool_]
Digests = NDArray[np.bytes_]
# Up to this many are asked for one by one; of more, the folders are listed.
MAX_LOOKUPS = 2_000
# Read and digested between two looks at what is known already.
CHUNK = 1_024
GONE = b""
_KNOWN = np.dtype([("id", "S32"), ("digest", "S64")])


class Atelier(Protocol):
    """Who knows pictures from bytes; the engine's side of a repair."""

    def row_inside(self, image: bytes, design_id: str) -> Mapping[str, Any] | None:
        """Return the row that a design's image carries; None for a file that is cut or another design's."""
        ...

    def thumb_of(self, image: bytes) -> bytes | None:
        """Return the thumbnail of a design's image; None where the image cannot be read."""
        ...


@dataclass
class Gallery:
    """The images, or the thumbnails, of designs in a storage.

    Every answer is remembered: a listing costs 32 bytes a picture, a digest 96.
    """

    storage: Storage
    prefix: str
    key: Callable[[str], str]

    def __post_init__(self) -> None:
        self._listed: Ids | None = None
        self._known = np.empty(0, _KNOWN)

    def has(self, ids: Ids) -> Flags:
        """Say of each design whether its picture is there and not empty."""
        if self._listed is None and len(ids) <= MAX_LOOKUPS:
            return np.array(at_once(self._is_there, ids.tolist()), np.bool_)
        if self._listed is None:
            self._listed = self._list()
        found = found_in(self._listed, ids)
        # What came after the listing is there all the same.
        late = np.flatnonzero(~found)
        found[late] = at_once(self._is_there, ids[late].tolist())
        return found

    def digests(self, ids: Ids) -> Digests:
        """Return the sha256 of each design's picture, ``GONE`` where it is not there; reads each one once."""
        unread = np.unique(ids[~found_in(self._known["id"], ids)])
        for start in range(0, len(unread), CHUNK):
            some = unread[start : start + CHUNK]
            fresh = np.empty(len(some), _KNOWN)
            fresh["id"], fresh["digest"] = some, at_once(self._digest, some.tolist())
            self._known = np.concatenate([self._known, fresh])
            self._known.sort(order="id")
        found: Digests = self._known["digest"][np.searchsorted(self._known["id"], ids)]
        return found

    def _is_there(self, name: bytes) -> bool:
        try:
            return self.storage.stat(self.key(name.decode())).size > 0
        except NotFound:
            return False

    def _digest(self, name: bytes) -> bytes:
        try:
            return hashlib.sha256(self.storage.read(self.key(name.decode()))).hexdigest().encode()
        except NotFound:
            return GONE

    def _list(self) -> Ids:
        folders = [
            as_ids(design_of(one.key) for one in found if one.size > 0 and design_of(one.key))
            for found in folder_by_folder(self.storage, self.prefix)
        ]
        return np.unique(np.concatenate([as_ids(()), *folders]))


def orphans(storage: Storage, name: Callable[[Ids], Flags]) -> tuple[int, int, list[str]]:
    """Return how many images and thumbnails nothing names, their bytes, and the first few keys.

    Args:
        storage: the bucket.
        name: says of each design whether something names it.
    """
    count, size = 0, 0
    examples: list[str] = []
    for prefix in (DESIGNS_PREFIX, THUMBS_PREFIX):
        for found in folder_by_folder(storage, prefix):
            ours = [one for one in found if design_of(one.key)]
            named = name(as_ids(design_of(one.key) for one in ours))
            left = [one for one, is_named in zip(ours, named, strict=True) if not is_named]
            count, size = count + len(left), size + sum(one.size for one in left)
            examples += [one.key for one in left[: max(0, EXAMPLES - len(examples))]]
    return count, size, examples
