"""Manifests as files on this machine: in a directory they are, from a bucket they are fetched once."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from catalogs.errors import StorageUnavailable
from catalogs.storage import ObjectStat, Storage

_EXPIRES_S = 3600
_TIMEOUT_S = 60.0
_BLOCK_BYTES = 1 << 20
_direct = urllib.request.build_opener()


class Copies:
    """A folder of manifests as they were at their etags; ``close`` removes it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._folder = Path(tempfile.mkdtemp(prefix="toile-gallery-"))

    def file(self, stat: ObjectStat) -> Path:
        """Return a file with an object's bytes.

        Raises:
            StorageUnavailable: it could not be fetched; it is asked for again at the next look.
        """
        address = self._storage.presign(stat.key, expires_s=_EXPIRES_S)
        parts = urlsplit(address)
        if parts.scheme == "file":
            return Path(unquote(parts.path))
        name = hashlib.sha256(f"{stat.key}\n{stat.etag}".encode()).hexdigest()[:32]
        place = self._folder / f"{name}.parquet"
        if not place.exists():
            self._fetch(address, stat.key, place)
        return place

    def forget(self, place: Path) -> None:
        """Remove a copy that nobody needs any more; what is no copy of ours stays."""
        if place.parent == self._folder:
            place.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove all copies."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _fetch(self, address: str, key: str, place: Path) -> None:
        unfinished = place.with_suffix(".part")
        try:
            with _direct.open(address, timeout=_TIMEOUT_S) as answer, unfinished.open("wb") as file:
                shutil.copyfileobj(answer, file, _BLOCK_BYTES)
                told = answer.headers.get("Content-Length")
                if told is not None and file.tell() != int(told):
                    raise OSError(f"{file.tell():,} of {int(told):,} bytes came")
        except (OSError, ValueError) as error:
            with suppress(OSError):
                unfinished.unlink()
            raise StorageUnavailable(f"{key} could not be fetched: {error}; look again", key=key) from error
        unfinished.rename(place)
