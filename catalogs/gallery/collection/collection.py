"""The table of all published designs: one row each, whichever manifests list it, in DuckDB's memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from catalogs.alike.near import Near
from catalogs.gallery.collection.arrays import Arrays
from catalogs.gallery.collection.choices import Choices, NoChoices
from catalogs.gallery.collection.columns import TABLE
from catalogs.gallery.collection.descriptors import empty, read_descriptors
from catalogs.gallery.collection.intake import Intake, together
from catalogs.gallery.collection.originals import read_originals
from catalogs.gallery.collection.reading import Vocabulary, key_of
from catalogs.refusals import ManifestRefused

# The table's own database: only one that is attached keeps its rows compressed.
_DESIGNS = "all_designs"
# Without these DuckDB keeps what is freed, for later: at the start as much as the whole table.
_GIVE_BACK: dict[str, str | bool | int | float | list[str]] = {
    "allocator_background_threads": True,
    "allocator_flush_threshold": "1MB",
    "allocator_bulk_deallocation_flush_threshold": "1MB",
}


@dataclass(frozen=True)
class Found:
    """Where a design is listed last, and under which keys its pictures lie; "" where it has none."""

    design_id: str
    number: int
    status: str
    image_key: str
    thumb_key: str
    batch_id: str
    row: int


class Collection:
    """All designs of the manifests that were put in. Any number of threads may ask while one puts.

    A design is one row however many manifests list it: the first ok one, else the last there was. What it
    looks like never changes, as its id is a hash of all that it is made of.

    Attributes:
        vocabulary: the words that rows point at.
        descriptors: what designs are alike by, by kind.
        near: which of them are nearly the same.
        version: grows with every change; what was computed of an older one is stale.
        choices: what people chose of them.
        calculating: is held by whoever computes over all designs: more at once than there are threads would
            only take memory.
    """

    def __init__(self, *, threads: int = 2, memory: str = "2GB") -> None:
        self._house = duckdb.connect(
            config={"threads": threads, "memory_limit": memory, "enable_external_access": True, **_GIVE_BACK}
        )
        self._house.execute(f"attach ':memory:' as {_DESIGNS} (compress)")
        self._new_cursor().execute(TABLE)
        self._of_thread = threading.local()
        self._putting = threading.Lock()
        self._files: dict[str, Path] = {}
        self.vocabulary = Vocabulary()
        self._intake = Intake(self.vocabulary)
        self.descriptors = empty()
        self.near = Near()
        self.version = 0
        self.choices: Choices = NoChoices()
        self._arrays = Arrays(self.ask, version=-1, length=0)
        self._turning = threading.Lock()
        self.calculating = threading.BoundedSemaphore(threads)

    def put(self, batch_id: str, file: Path) -> int:
        """Take a manifest in, in place of what this batch listed before, and return its rows.

        Either all of it is taken or, where it cannot be read to its end, nothing.

        Raises:
            ManifestRefused: it is no manifest, a broken one, or one of another schema version.
        """
        told = self.put_all([(batch_id, file)])[batch_id]
        if isinstance(told, ManifestRefused):
            raise told
        return told

    def put_all(self, files: Sequence[tuple[str, Path]]) -> dict[str, int | ManifestRefused]:
        """Take manifests in, one after the other; return the rows of each, or why it was refused.

        An empty table takes any number of them at once: a year of nights costs as much as one large night.
        """
        with self._putting:
            if self._intake.is_empty:
                return self._first(files)
            return {batch_id: self._later(batch_id, file) for batch_id, file in files}

    def remove(self, batch_id: str) -> None:
        """Forget what a batch listed; designs that other manifests list stay."""
        with self._putting, self._change() as cursor:
            self._intake.forget(cursor, batch_id)
            self._files.pop(batch_id, None)

    def ask(self, sql: str, values: list[Any] | dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run a query and return its cursor; it sees the table as it is between two changes."""
        return self._cursor().execute(sql, values)

    def arrays(self) -> Arrays:
        """Return the table's columns, as they are at this version."""
        with self._turning:
            if self._arrays.version != self.version:
                self._arrays = Arrays(self.ask, version=self.version, length=self._intake.length)
            return self._arrays

    def find(self, design_id: str) -> Found | None:
        """Return where a design is; None for an id that no manifest lists.

        Args:
            design_id: 32 hex digits; anything else is the id of no design.
        """
        if len(design_id) != 32 or not set(design_id) <= set("0123456789abcdef"):
            return None
        arrays = self.arrays()
        return arrays.kept(("found", design_id), lambda: self._found(arrays, design_id))

    def _found(self, arrays: Arrays, design_id: str) -> Found | None:
        numbers = arrays.numbers_of(design_id)
        if not numbers:
            return None
        listed = ", ".join(map(str, numbers))
        row = self.ask(
            "select d.n, d.status, d.image_shape, d.thumb_shape, a.batch, a.row "
            "from designs d join appearances a using (n) "
            f"where d.n in ({listed}) and a.n in ({listed}) and d.id = ?::uuid "
            "order by a.batch = d.batch_id desc limit 1",
            [design_id],
        ).fetchone()
        if row is None:
            return None
        number, status, image, thumb, batch, place = row
        words = self.vocabulary.words
        return Found(
            design_id=design_id,
            number=number,
            status=words["status"].text(status),
            image_key=key_of(words["image_shape"].text(image), design_id),
            thumb_key=key_of(words["thumb_shape"].text(thumb), design_id),
            batch_id=words["batch_id"].text(batch),
            row=place,
        )

    def details(self, found: Found, columns: Sequence[str] = ()) -> dict[str, Any]:
        """Return the row of a design, as its manifest has it.

        Args:
            found: the design.
            columns: names of those that are wanted, which are read much faster than all; none: all. One that
                a manifest of an older schema lacks is None.

        Raises:
            ManifestRefused: the manifest changed a moment ago; it is read again by itself.
        """
        file = self._files[found.batch_id]
        told = read_originals(self.ask, {file: {found.row: (found.number, found.design_id)}}, columns)
        if found.number not in told:
            raise ManifestRefused(f"{file.name} changed a moment ago; load the page again", key=file.name)
        return told[found.number]

    def rows(self, numbers: Sequence[int], columns: Sequence[str]) -> dict[int, dict[str, Any]]:
        """Return some columns of designs as their manifests have them, by number; some hundreds at a time.

        A column that a manifest of an older schema lacks is None; designs that are gone are left out.

        Raises:
            ManifestRefused: a manifest changed a moment ago; it is read again by itself.
        """
        listed = ", ".join(map(str, map(int, numbers))) or "null"
        places = self.ask(
            "select a.n, a.batch, a.row, d.id from appearances a join designs d using (n) "
            f"where a.n in ({listed}) order by a.batch = d.batch_id"
        ).fetchall()
        of_file: dict[Path, dict[int, tuple[int, str]]] = {}
        for number, (batch, row, uuid) in {n: place for n, *place in places}.items():
            file = self._files[self.vocabulary.words["batch_id"].text(batch)]
            of_file.setdefault(file, {})[row] = number, uuid.hex
        return read_originals(self.ask, of_file, columns)

    def compress(self) -> None:
        """Keep what came or changed in as little memory as it needs: of scores and words a quarter."""
        with self._putting:
            self._compress()

    def close(self) -> None:
        """Give the memory back."""
        self._house.close()

    def describe(self, batch_id: str) -> None:
        """Read what a batch's designs are alike by, and find those nearly the same; until then, none is.

        Raises:
            ManifestRefused: the manifest changed since it was put in.
        """
        listed = self.ask(
            "select row, n from appearances where batch = ? order by row", [self._intake.batch(batch_id)]
        ).fetchnumpy()
        rows, numbers = (np.asarray(listed[name], np.uint32) for name in ("row", "n"))
        read_descriptors(self._files[batch_id], rows, numbers, self.descriptors)
        worn = self.ask(
            "select n, content_id from designs semi join appearances a on a.n = designs.n and a.batch = ? "
            "where content_id <> 0",
            [self._intake.batch(batch_id)],
        ).fetchnumpy()
        kinds = {kind: one.with_lengths() for kind, one in self.descriptors.items()}
        if self.near.add(np.asarray(worn["n"], np.uint32), np.asarray(worn["content_id"], np.uint32), kinds):
            self._turn()

    def _first(self, files: Sequence[tuple[str, Path]]) -> dict[str, int | ManifestRefused]:
        """Take manifests into the empty table as they are, then settle what several of them list."""
        told: dict[str, int | ManifestRefused] = {}
        for few in together(files):
            try:
                told |= self._intake.begin_with(self._one_change, few, self._compress)
            except ManifestRefused as error:
                told[few[0][0]] = error
        taken = {batch_id for batch_id, rows in told.items() if isinstance(rows, int)}
        self._files |= {batch_id: file for batch_id, file in files if batch_id in taken}
        with self._change() as cursor:
            self._intake.settle(cursor, [batch_id for batch_id, _ in files if batch_id in taken])
        return told

    def _later(self, batch_id: str, file: Path) -> int | ManifestRefused:
        """Take a manifest in beside what is there."""
        try:
            with self._change() as cursor:
                count = self._intake.take(cursor, batch_id, file)
        except ManifestRefused as error:
            return error
        self._files[batch_id] = file
        return count

    @contextmanager
    def _change(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor whose changes are seen all at once, as the next version, or not at all."""
        with self._one_change() as cursor:
            yield cursor
        self._turn()

    def _turn(self) -> None:
        """Make what was computed stale; a batch may be described while another comes in."""
        with self._turning:
            self.version += 1

    @contextmanager
    def _one_change(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._new_cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                cursor.rollback()
                raise
            cursor.commit()

    def _compress(self) -> None:
        self._cursor().execute(f"checkpoint {_DESIGNS}")

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's own cursor: one may not be asked two things at once."""
        if not hasattr(self._of_thread, "cursor"):
            self._of_thread.cursor = self._new_cursor()
        cursor: duckdb.DuckDBPyConnection = self._of_thread.cursor
        return cursor

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        return self._house.cursor().execute(f"use {_DESIGNS}")
