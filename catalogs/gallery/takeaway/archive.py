"""A ZIP file of pictures as they were painted, with a table of them, written while it is sent."""

from __future__ import annotations

import csv
import io
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterator

from catalogs.errors import KeyRefused, NotFound
from catalogs.gallery.takeaway.naming import Names
from catalogs.gallery.takeaway.selection import Selection
from catalogs.gallery.takeaway.telling import TOLD, neutral
from catalogs.storage import Storage

TABLE = "designs.csv"
_BLOCK_BYTES = 1 << 18
_MOST_TABLE_IN_MEMORY = 1 << 20
_log = logging.getLogger(__name__)


class _Sink(io.RawIOBase):
    """Takes what is written until somebody sends it on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def taken(self) -> bytes:
        data, self._parts, self.size = b"".join(self._parts), [], 0
        return data


def archive(storage: Storage, selection: Selection, head: Callable[[str], str]) -> Iterator[bytes]:
    """Yield a ZIP file block by block; memory stays small whatever its size.

    Pictures are not packed once more; one that is gone is told of in the table, which comes last.

    Args:
        storage: where the pictures are.
        selection: the designs.
        head: returns what stands over a column of the table.
    """
    sink, names = _Sink(), Names()
    with (
        tempfile.SpooledTemporaryFile(_MOST_TABLE_IN_MEMORY, "w+", encoding="utf-8", newline="") as table,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True) as packed,
    ):
        lines = csv.writer(table)
        lines.writerow([head("file"), *(head(name) for name in TOLD)])
        for piece in selection.pieces():
            key = piece.row["image_key"] or ""
            name = names.name(piece.row, key.rpartition(".")[2])
            try:
                data = storage.read(key) if key else b""
            except (NotFound, KeyRefused) as error:
                _log.warning("not in the archive: %s", error)
                data = b""
            if data:
                packed.writestr(_entry(name), data)
            lines.writerow([name if data else "", *(neutral(tell(piece)) for tell in TOLD.values())])
            if sink.size >= _BLOCK_BYTES:
                yield sink.taken()
        table.seek(0)
        with packed.open(_entry(TABLE), "w", force_zip64=True) as out:
            out.write(b"\xef\xbb\xbf")  # by which spreadsheets know UTF-8
            while block := table.read(_BLOCK_BYTES):
                out.write(block.encode())
                yield sink.taken()
    yield sink.taken()


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o644 << 16
    return info
