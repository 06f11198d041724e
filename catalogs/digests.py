"""The sha256 of every image a catalog names, read once and remembered by etag and size."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.errors import NotFound, StorageDenied, StorageError, StorageFull
from catalogs.layout import digests_key
from catalogs.sniff import looks_like, picture_format
from catalogs.storage import ObjectStat, Storage

MAX_IMAGE_BYTES = 128 * 1024 * 1024
THREADS = 8

_SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("etag", pa.string()),
        ("size", pa.int64()),
        ("sha256", pa.string()),
        ("code", pa.string()),
        ("problem", pa.string()),
    ]
)
_log = logging.getLogger(__name__)

OnRead = Callable[[int, int], None]


@dataclass(frozen=True)
class Digest:
    """The sha256 (hex) of an object, or in ``code`` and ``problem`` why it is no picture."""

    sha256: str
    code: str = ""
    problem: str = ""


def digest_images(
    storage: Storage,
    folder: str,
    listed: Mapping[str, ObjectStat],
    keys: Iterable[str],
    *,
    on_read: OnRead | None = None,
) -> dict[str, Digest]:
    """Return the digest of each key; objects that did not change since the last call are not read again.

    Args:
        storage: where the objects are.
        folder: the catalog's folder; its digests are remembered under ``cache/digests/``.
        listed: what the folder holds now.
        keys: the objects wanted, all of them in ``listed``.
        on_read: told (objects read so far, objects to read).

    Raises:
        StorageUnavailable: the storage went away; what one object alone refuses is in its digest.
    """
    wanted = sorted(set(keys))
    remembered = _recall(storage, folder)
    known = {key: remembered.get((key, listed[key].etag, listed[key].size)) for key in wanted}
    fresh = [key for key in wanted if known[key] is None]
    digests = {key: digest for key, digest in known.items() if digest is not None}
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        try:
            for done, (key, digest) in enumerate(
                zip(fresh, pool.map(lambda key: _digest(storage, listed[key]), fresh), strict=True), start=1
            ):
                digests[key] = digest
                if on_read is not None:
                    on_read(done, len(fresh))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if fresh:
        _remember(storage, folder, listed, digests)
    return digests


def _digest(storage: Storage, stat: ObjectStat) -> Digest:
    if stat.size == 0:
        return Digest("", "empty_file", f"{stat.key} has 0 bytes; upload it again")
    if stat.size > MAX_IMAGE_BYTES:
        limit = f"{MAX_IMAGE_BYTES / 1e6:,.0f} MB"
        return Digest(
            "", "file_too_large", f"{stat.key} has {stat.size / 1e6:,.0f} MB, at most {limit} are read"
        )
    try:
        data = storage.read(stat.key)
    except NotFound:
        return Digest("", "file_missing", f"{stat.key} went away while the catalog was read")
    except StorageError as error:
        if error.retryable:
            raise
        return Digest("", error.code, error.message)
    if picture_format(data) is None:
        return Digest(
            "", "not_an_image", f"{stat.key} is no picture but {looks_like(data)}; upload the picture"
        )
    return Digest(hashlib.sha256(data).hexdigest())


def _recall(storage: Storage, folder: str) -> dict[tuple[str, str, int], Digest]:
    key = digests_key(folder)
    try:
        table = pq.read_table(pa.BufferReader(storage.read(key)), schema=_SCHEMA)
    except NotFound:
        return {}
    except (pa.ArrowException, OSError) as error:
        # Only a memory: every object is read again, and the memory is written anew.
        _log.warning("%s cannot be read and is made anew: %s", key, error)
        return {}
    columns = (table.column(name).to_pylist() for name in _SCHEMA.names)
    return {
        (key, etag, size): Digest(sha256, code, problem)
        for key, etag, size, sha256, code, problem in zip(*columns, strict=True)
    }


def _remember(
    storage: Storage, folder: str, listed: Mapping[str, ObjectStat], digests: Mapping[str, Digest]
) -> None:
    # What one object alone refuses (403, vanished) may be mended without a new etag: not remembered.
    lasting = {"", "empty_file", "file_too_large", "not_an_image"}
    kept = [(key, digest) for key, digest in sorted(digests.items()) if digest.code in lasting]
    table = pa.Table.from_pydict(
        {
            "key": [key for key, _ in kept],
            "etag": [listed[key].etag for key, _ in kept],
            "size": [listed[key].size for key, _ in kept],
            "sha256": [digest.sha256 for _, digest in kept],
            "code": [digest.code for _, digest in kept],
            "problem": [digest.problem for _, digest in kept],
        },
        schema=_SCHEMA,
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    try:
        storage.write_atomic(digests_key(folder), sink.getvalue().to_pybytes())
    except (StorageDenied, StorageFull) as error:
        # A catalog can be checked by somebody who may only read; the next time all images are read again.
        _log.warning("the digests of %s/ are not remembered: %s", folder, error)
