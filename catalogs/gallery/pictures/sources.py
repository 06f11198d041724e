"""Pictures of what designs were made of, and of designs, small enough for a screen."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.collection import Found
from catalogs.gallery.errors import PictureRefused
from catalogs.gallery.pictures.decoding import MAX_FILE_BYTES, small_webp
from catalogs.gallery.pictures.shelf import Shelf
from catalogs.storage import Storage

GARMENT, TEXTILE = "content", "style"
KEPT_BYTES = 64 << 20
KEPT_KEYS = 50_000


@dataclass(frozen=True)
class Source:
    """A picture that a design was made of: its key, "" where it has none, and the bytes' hash."""

    key: str
    sha256: str


class Sources:
    """Small pictures, made of the bucket's and kept by what the bytes are: a night's thousand designs on one
    garment read it once."""

    def __init__(self, storage: Storage, collection: Collection) -> None:
        self._storage = storage
        self._collection = collection
        self._shelf = Shelf(KEPT_BYTES)
        self._known: OrderedDict[str, dict[str, Source]] = OrderedDict()
        self._knowing = threading.Lock()

    def source(self, found: Found, kind: str) -> Source:
        """Return what a design was made of.

        Args:
            found: the design.
            kind: ``GARMENT`` or ``TEXTILE``.

        Raises:
            ManifestRefused: its manifest changed a moment ago.
        """
        with self._knowing:
            if found.design_id in self._known:
                self._known.move_to_end(found.design_id)
                return self._known[found.design_id][kind]
        columns = [f"{one}_{what}" for one in (GARMENT, TEXTILE) for what in ("key", "sha256")]
        row = self._collection.details(found, columns)
        told = {
            one: Source(row[f"{one}_key"] or "", row[f"{one}_sha256"] or "") for one in (GARMENT, TEXTILE)
        }
        with self._knowing:
            self._known[found.design_id] = told
            while len(self._known) > KEPT_KEYS:
                self._known.popitem(last=False)
        return told[kind]

    def small(self, source: Source, side_px: int) -> bytes:
        """Return a source as WebP, its longer side at most ``side_px``.

        Raises:
            PictureRefused: it cannot be shown, or another picture took its place since the design was made.
            StorageError: it cannot be read.
        """
        return self._shelf.get((source, side_px), lambda: self._made(source.key, source.sha256, side_px))

    def small_design(self, image_key: str, side_px: int) -> bytes:
        """Return a design's picture as WebP, its longer side at most ``side_px``.

        Raises:
            PictureRefused: it cannot be shown.
            StorageError: it cannot be read.
        """
        return self._shelf.get((image_key, side_px), lambda: self._made(image_key, "", side_px))

    def _made(self, key: str, sha256: str, side_px: int) -> bytes:
        size = self._storage.stat(key).size
        if size > MAX_FILE_BYTES:
            raise PictureRefused(f"{key}: {size / 1e6:.0f} MB are too many to be shown")
        data = self._storage.read(key)
        if sha256 and hashlib.sha256(data).hexdigest() != sha256:
            raise PictureRefused(f"{key} was replaced since the design was made")
        try:
            return small_webp(data, side_px)
        except PictureRefused as refusal:
            raise PictureRefused(f"{key}: {refusal.message}") from refusal
