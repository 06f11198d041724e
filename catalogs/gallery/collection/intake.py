"""How manifests come into the table: into the empty one as they are, later beside what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pyarrow as pa

from catalogs.gallery.collection.columns import COLUMNS
from catalogs.gallery.collection.reading import Poured, Vocabulary
from catalogs.gallery.collection.settling import settle
from catalogs.manifest import OK
from catalogs.refusals import ManifestRefused

_COLUMNS = ", ".join(f'"{name}"' for name in COLUMNS[1:])
_OF_STAGED = ", ".join(f's."{name}"' for name in COLUMNS[1:])

# So many rows at a time come into the empty table, which is compressed between: of a million designs once.
_ROWS_AT_ONCE = 560_000
# Of a manifest that is smaller all rows are held at once: some thousands.
_SMALL_BYTES = 8 << 20


Change = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


class Intake:
    """Writes manifests into the tables of designs and of where they appear, through a caller's cursor.

    The caller begins and ends each change, and lets nobody else write meanwhile.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Words of manifests are numbered by ``vocabulary``."""
        self._vocabulary = vocabulary
        # Designs are numbered from 0 in the order in which they came; a number is never given again.
        self._next = self._settled = 0
        # So many rows have come since the table was compressed.
        self._loose = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever taken in."""
        return self._next == 0

    @property
    def length(self) -> int:
        """How many numbers have been given to designs that may be asked for."""
        return self._settled

    def batch(self, batch_id: str) -> int:
        """Return the number of a batch."""
        return int(self._vocabulary.words["batch_id"].numbers_of(pa.array([batch_id]))[0])

    def begin_with(
        self, change: Change, files: Sequence[tuple[str, Path]], on_part: Callable[[], None]
    ) -> dict[str, int | ManifestRefused]:
        """Take manifests into the table as they are, each design as often as it is listed.

        They come a part at a time; nobody may ask for any of it before ``settle``.

        Args:
            change: gives the cursor of a change.
            files: manifests by batch.
            on_part: compresses the table; it is called before rows that would be too many beside the last.

        Returns:
            The rows of each, or why it was refused.

        Raises:
            ManifestRefused: the only one cannot be read to its end.
        """
        told: dict[str, int | ManifestRefused] = {}
        start = self._next
        poured = Poured([file for _, file in files], self._vocabulary)
        into = f"insert into designs (n, {_COLUMNS}) select row + {start}, {_COLUMNS} from poured"
        try:
            while poured.has_more():
                if self._loose >= _ROWS_AT_ONCE:
                    on_part()
                    self._loose = 0
                with change() as cursor:
                    self._loose += _draw(cursor, poured, into, rows=_ROWS_AT_ONCE - self._loose)
        except BaseException:
            with change() as cursor:
                cursor.execute("delete from designs where n >= ?", [start])
            raise
        with change() as cursor:
            for batch_id, file in files:
                if file in poured.refusals:
                    told[batch_id] = poured.refusals[file]
                    continue
                count = poured.counts[file]
                cursor.execute(
                    f"insert into appearances select (range + {start})::uinteger, {self.batch(batch_id)}, "
                    f"range::uinteger from range({count})"
                )
                start += count
                told[batch_id] = count
        self._next = start
        return told

    def settle(self, cursor: duckdb.DuckDBPyConnection, batch_ids: Sequence[str]) -> None:
        """Make one row of each design that several of the manifests list with which the table began."""
        settle(cursor, [self.batch(batch_id) for batch_id in batch_ids], ok=self._ok())
        self._settled = self._next

    def take(self, cursor: duckdb.DuckDBPyConnection, batch_id: str, file: Path) -> int:
        """Take a manifest in, in place of what its batch listed before; return its rows.

        Raises:
            ManifestRefused: it cannot be read to its end.
        """
        poured = Poured([file], self._vocabulary)
        _draw(cursor, poured, "create or replace temp table staged as from poured")
        self._keep_once(cursor)
        self._take_staged(cursor, self.batch(batch_id))
        return poured.counts[file]

    def forget(self, cursor: duckdb.DuckDBPyConnection, batch_id: str) -> None:
        """Forget what a batch listed; designs that other manifests list stay."""
        batch = self.batch(batch_id)
        cursor.execute("delete from appearances where batch = ?", [batch])
        _drop_unlisted(cursor)
        cursor.execute(
            "update designs set batch_id = a.batch from (select n, min(batch) as batch from appearances "
            "group by n) a where a.n = designs.n and designs.batch_id = ?",
            [batch],
        )

    def _keep_once(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Keep one row of each design: of two of one picture, one is skipped as a duplicate of the other."""
        if cursor.execute("select count(*) = count(distinct id) from staged").fetchone() == (True,):
            return
        cursor.execute(
            "delete from staged where row in (select row from (select row, row_number() over "
            "(partition by id order by status <> ?, row) as turn from staged) where turn > 1)",
            [self._ok()],
        )

    def _take_staged(self, cursor: duckdb.DuckDBPyConnection, batch: int) -> None:
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
        self._settled = self._next
        if gone != (0,):
            _drop_unlisted(cursor)

    def _ok(self) -> int:
        return int(self._vocabulary.words["status"].numbers_of(pa.array([OK]))[0])


def _draw(cursor: duckdb.DuckDBPyConnection, poured: Poured, sql: str, *, rows: int | None = None) -> int:
    """Run a statement on rows of manifests, which it knows as ``poured``; return how many came of it."""
    cursor.register("poured", poured.reader(rows))
    try:
        (came,) = cursor.execute(sql).fetchone() or (0,)
    except duckdb.Error:
        poured.close()
        # which tells in words of its own why the drawing broke off
        if len(poured.files) == 1 and poured.files[0] in poured.refusals:
            raise poured.refusals[poured.files[0]] from None
        raise
    cursor.unregister("poured")
    return int(came)


def _drop_unlisted(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("delete from designs where n not in (select n from appearances)")


def together(files: Sequence[tuple[str, Path]]) -> Iterator[list[tuple[str, Path]]]:
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
