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
import pyarrow as pa

from catalogs.gallery.alike.near import Near
from catalogs.gallery.collection.arrays import Arrays
from catalogs.gallery.collection.choices import Choices, NoChoices
from catalogs.gallery.collection.columns import COLUMNS, TABLE
from catalogs.gallery.collection.descriptors import empty, read_descriptors
from catalogs.gallery.collection.originals import read_originals
from catalogs.gallery.collection.reading import Poured, Vocabulary, key_of
from catalogs.gallery.collection.settling import settle
from catalogs.manifest import OK
from catalogs.refusals import ManifestRefused

_COLUMNS = ", ".join(f'"{name}"' for name in COLUMNS[1:])
_OF_STAGED = ", ".join(f's."{name}"' for name in COLUMNS[1:])

# Of a manifest that is smaller all rows are held at once: some thousands.
_SMALL_BYTES = 8 << 20


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
    """

    def __init__(self, *, threads: int = 2, memory: str = "2GB") -> None:
        self._house = duckdb.connect(
            config={"threads": threads, "memory_limit": memory, "enable_external_access": True}
        )
        self._house.execute(TABLE)
        self._of_thread = threading.local()
        self._putting = threading.Lock()
        self._files: dict[str, Path] = {}
        self._next = 0
        self.vocabulary = Vocabulary()
        self.descriptors = empty()
        self.near = Near()
        self.version = 0
        self.choices: Choices = NoChoices()
        self._arrays = Arrays(self.ask, version=-1, length=0)
        self._turning = threading.Lock()

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
            if self._next == 0:
                return self._first(files)
            return {batch_id: self._later(batch_id, file) for batch_id, file in files}

    def remove(self, batch_id: str) -> None:
        """Forget what a batch listed; designs that other manifests list stay."""
        with self._putting, self._change() as cursor:
            batch = self._batch(batch_id)
            cursor.execute("delete from appearances where batch = ?", [batch])
            self._drop_unlisted(cursor)
            cursor.execute(
                "update designs set batch_id = a.batch from (select n, min(batch) as batch from appearances "
                "group by n) a where a.n = designs.n and designs.batch_id = ?",
                [batch],
            )
            self._files.pop(batch_id, None)

    def ask(self, sql: str, values: list[Any] | dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run a query and return its cursor; it sees the table as it is between two changes."""
        return self._cursor().execute(sql, values)

    def arrays(self) -> Arrays:
        """Return the table's columns, as they are at this version."""
        with self._turning:
            if self._arrays.version != self.version:
                self._arrays = Arrays(self.ask, version=self.version, length=self._next)
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

    def close(self) -> None:
        """Give the memory back."""
        self._house.close()

    def describe(self, batch_id: str) -> None:
        """Read what a batch's designs are alike by, and find those nearly the same; until then, none is.

        Raises:
            ManifestRefused: the manifest changed since it was put in.
        """
        listed = self.ask(
            "select row, n from appearances where batch = ? order by row", [self._batch(batch_id)]
        ).fetchnumpy()
        rows, numbers = (np.asarray(listed[name], np.uint32) for name in ("row", "n"))
        read_descriptors(self._files[batch_id], rows, numbers, self.descriptors)
        worn = self.ask(
            "select n, content_id from designs semi join appearances a on a.n = designs.n and a.batch = ? "
            "where content_id <> 0",
            [self._batch(batch_id)],
        ).fetchnumpy()
        kinds = {kind: one.with_lengths() for kind, one in self.descriptors.items()}
        if self.near.add(np.asarray(worn["n"], np.uint32), np.asarray(worn["content_id"], np.uint32), kinds):
            self.version += 1

    def _first(self, files: Sequence[tuple[str, Path]]) -> dict[str, int | ManifestRefused]:
        """Take manifests into the empty table as they are, then settle what several of them list."""
        told: dict[str, int | ManifestRefused] = {}
        taken: list[int] = []
        start = 0
        for few in _together(files):
            try:
                with self._one_change() as cursor:
                    poured = self._pour(
                        cursor,
                        [file for _, file in few],
                        f"insert into designs (n, {_COLUMNS}) select row + {start}, {_COLUMNS} from poured",
                    )
                    for batch_id, file in few:
                        if file in poured.refusals:
                            told[batch_id] = poured.refusals[file]
                            continue
                        batch, count = self._batch(batch_id), poured.counts[file]
                        cursor.execute(
                            f"insert into appearances select (range + {start})::uinteger, {batch}, "
                            f"range::uinteger from range({count})"
                        )
                        start += count
                        told[batch_id] = count
                        taken.append(batch)
                        self._files[batch_id] = file
            except ManifestRefused as error:
                told[few[0][0]] = error
        with self._change() as cursor:
            settle(cursor, taken, ok=self._ok())
            self._next = start
        return told

    def _later(self, batch_id: str, file: Path) -> int | ManifestRefused:
        """Take a manifest in beside what is there."""
        try:
            with self._change() as cursor:
                count = self._stage(cursor, file)
                self._take(cursor, self._batch(batch_id))
                self._files[batch_id] = file
        except ManifestRefused as error:
            return error
        return count

    def _stage(self, cursor: duckdb.DuckDBPyConnection, file: Path) -> int:
        """Read a manifest into the table ``staged`` and return its rows."""
        poured = self._pour(cursor, [file], "create or replace temp table staged as from poured")
        self._keep_once(cursor)
        return poured.counts[file]

    def _pour(self, cursor: duckdb.DuckDBPyConnection, files: Sequence[Path], sql: str) -> Poured:
        """Run a statement on the rows of manifests, which it knows as ``poured``."""
        poured = Poured(files, self.vocabulary)
        cursor.register("poured", poured.reader())
        try:
            cursor.execute(sql)
        except duckdb.Error:
            # which tells in words of its own why the drawing broke off
            if len(files) == 1 and files[0] in poured.refusals:
                raise poured.refusals[files[0]] from None
            raise
        cursor.unregister("poured")
        return poured

    def _keep_once(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Keep one row of each design: of two of one picture, one is skipped as a duplicate of the other."""
        if cursor.execute("select count(*) = count(distinct id) from staged").fetchone() == (True,):
            return
        cursor.execute(
            "delete from staged where row in (select row from (select row, row_number() over "
            "(partition by id order by status <> ?, row) as turn from staged) where turn > 1)",
            [self._ok()],
        )

    def _take(self, cursor: duckdb.DuckDBPyConnection, batch: int) -> None:
        """Take ``staged`` in, in place of what the batch listed before."""
        gone = cursor.execute("delete from appearances where batch = ?", [batch]).fetchone()
        cursor.execute(
            "create or replace temp table known as select s.row, d.n, d.status <> ? as is_better "
            "from staged s join designs d using (id)",
            [self._ok()],
        )
        cursor.execute("delete from designs where n in (select n from known where is_better)")
        cursor.execute(
            f"insert into designs (n, {_COLUMNS}) select k.n, {_OF_STAGED} from staged s "
            "join known k using (row) where k.is_better"
        )
        cursor.execute(
            "create or replace temp table fresh as select row, (? + row_number() over ())::uinteger as n "
            "from staged anti join known using (row)",
            [self._next - 1],
        )
        cursor.execute(
            f"insert into designs (n, {_COLUMNS}) select f.n, {_OF_STAGED} from staged s "
            "join fresh f using (row)"
        )
        cursor.execute(
            "insert into appearances select n, ?, row from known union all select n, ?, row from fresh",
            [batch, batch],
        )
        (fresh,) = cursor.execute("select count(*) from fresh").fetchone() or (0,)
        self._next += fresh
        if gone != (0,):
            self._drop_unlisted(cursor)

    def _drop_unlisted(self, cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.execute("delete from designs where n not in (select n from appearances)")

    @contextmanager
    def _change(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor whose changes are seen all at once, as the next version, or not at all."""
        with self._one_change() as cursor:
            yield cursor
        self.version += 1

    @contextmanager
    def _one_change(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._house.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                cursor.rollback()
                raise
            cursor.commit()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's own cursor: one may not be asked two things at once."""
        if not hasattr(self._of_thread, "cursor"):
            self._of_thread.cursor = self._house.cursor()
        cursor: duckdb.DuckDBPyConnection = self._of_thread.cursor
        return cursor

    def _batch(self, batch_id: str) -> int:
        return int(self.vocabulary.words["batch_id"].numbers_of(pa.array([batch_id]))[0])

    def _ok(self) -> int:
        return int(self.vocabulary.words["status"].numbers_of(pa.array([OK]))[0])


def _together(files: Sequence[tuple[str, Path]]) -> Iterator[list[tuple[str, Path]]]:
    """Yield manifests in their order, small ones that follow each other together: statements are dear."""
    few: list[tuple[str, Path]] = []
    for batch_id, file in files:
        if not file.exists() or file.stat().st_size < _SMALL_BYTES:
            few.append((batch_id, file))
            continue
        if few:
            yield few
        yield [(batch_id, file)]
        few = []
    if few:
        yield few
