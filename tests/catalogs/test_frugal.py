"""Tables that lie in a file: the same rows as in memory, and no file is left."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from catalogs import frugal
from catalogs.errors import StorageError, StorageFull
from catalogs.frugal import chosen, spooled, taken

SCHEMA = pa.schema(
    [pa.field("name", pa.string(), nullable=False), ("tags", pa.list_(pa.string())), ("n", pa.int32())]
)


@pytest.fixture(autouse=True)
def scratch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(frugal, "BLOCK_ROWS", 10)
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def some(first: int, count: int) -> pa.Table:
    """Rows that tell their number, some of them without tags."""
    numbers = range(first, first + count)
    return pa.table(
        [
            [f"row-{n}" for n in numbers],
            [None if n % 5 == 0 else [str(n), "x"] for n in numbers],
            list(numbers),
        ],
        schema=SCHEMA,
    )


def parts(*counts: int) -> Iterator[pa.Table]:
    first = 0
    for count in counts:
        yield some(first, count)
        first += count


@pytest.mark.parametrize(
    ("counts", "chunks"),
    [((), 0), ((0, 0), 0), ((4, 5), 1), ((4, 6), 1), ((3,) * 9, 3), ((35,), 4), ((0, 7, 26, 1), 3)],
)
def test_the_rows_come_back_in_their_order(counts: tuple[int, ...], chunks: int, scratch: Path):
    table = spooled(parts(*counts), SCHEMA)
    assert table.schema == SCHEMA
    assert table.equals(pa.concat_tables([SCHEMA.empty_table(), *parts(*counts)]))
    assert len(table.to_batches()) == chunks
    assert list(scratch.iterdir()) == []


def test_rows_in_a_file_take_no_memory_of_ours():
    before = pa.total_allocated_bytes()
    table = spooled(parts(*[1000] * 40), SCHEMA)
    assert (len(table), table.nbytes > 1_000_000) == (40_000, True)
    assert pa.total_allocated_bytes() - before < 10_000


def test_all_rows_are_no_copy_and_some_are_in_order():
    table = spooled(parts(*[7] * 9), SCHEMA)
    assert chosen(table, pc.greater_equal(table.column("n"), 0)) is table
    odd = chosen(table, pc.equal(pc.bit_wise_and(table.column("n"), 1), 1))
    assert odd.column("n").to_pylist() == list(range(1, 63, 2))
    assert chosen(table, pa.array([False] * 63)).equals(SCHEMA.empty_table())


@pytest.mark.parametrize("positions", [[], [None], [62, 0, 0, None, 31, 10, 9, None, 62], [None, None]])
def test_taken_is_take(positions: list[int | None]):
    at = pa.array(positions, pa.int32())
    many, one = spooled(parts(*[7] * 9), SCHEMA), some(0, 63)
    for table in (many, one):
        assert taken(table, at).to_pylist() == one.take(at).to_pylist()


def test_a_folder_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")
    with pytest.raises(StorageError, match="/no/such/folder"):
        spooled(parts(35), SCHEMA)


def test_what_goes_wrong_while_rows_are_read_is_passed_on(scratch: Path):
    def failing() -> Iterator[pa.Table]:
        yield some(0, 35)
        raise StorageFull("the bucket is away", key="a/part")

    with pytest.raises(StorageFull, match="the bucket is away"):
        spooled(failing(), SCHEMA)
    assert os.listdir(scratch) == []
