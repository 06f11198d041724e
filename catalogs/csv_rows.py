"""CSV files as people really save them, row by row; a broken line never costs its neighbours."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator

from catalogs.raw import MAX_ROWS, RawRow, RawTable, bounded_row
from catalogs.refusals import CatalogUnreadable

# A quoted cell may hold line breaks, but a quote that is never closed must not swallow the rest of the file.
MAX_LINES_PER_ROW = 50
DELIMITERS = (",", ";", "\t")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parse_csv(data: bytes, *, key: str, expected: str) -> RawTable:
    """Take a CSV file apart.

    UTF-8 with or without a byte order mark, and UTF-16 with one; comma, semicolon or tab (whichever
    separates the column ``expected`` in the header); a line ``sep=;`` before the header is skipped, and so
    are rows without any text.

    Raises:
        CatalogUnreadable: another encoding, no header, or more rows than any catalog has.
    """
    lines = list(io.StringIO(_decode(data, key), newline=""))
    start = 1 if lines and lines[0].strip().casefold().startswith("sep=") else 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    if start == len(lines):
        raise CatalogUnreadable(f"{key} holds no header", code="catalog_empty", key=key)
    delimiter, columns = _header(lines[start], expected)
    if len(lines) - start > MAX_ROWS:
        raise CatalogUnreadable(f"{key} has {len(lines):,} lines; at most {MAX_ROWS:,} are taken", key=key)
    rows = tuple(
        row for row in _rows(lines, start + 1, columns, delimiter) if row.broken or any(row.cells.values())
    )
    return RawTable(key, columns, rows)


def _decode(data: bytes, key: str) -> str:
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = data[error.start : error.start + 1].hex()
        raise CatalogUnreadable(
            f"{key} is not {encoding.removesuffix('-sig').upper()}: byte 0x{byte} in line {line}; "
            f"save it as 'CSV UTF-8' and upload it again",
            code="catalog_encoding",
            key=key,
            line=line,
        ) from error


def _header(line: str, expected: str) -> tuple[str, tuple[str, ...]]:
    for delimiter in DELIMITERS:
        columns = _split(line, delimiter)
        if expected in columns:
            return delimiter, columns
    return ",", _split(line, ",")


def _split(line: str, delimiter: str) -> tuple[str, ...]:
    cells = next(csv.reader([line], delimiter=delimiter), [])
    columns = [unicodedata.normalize("NFC", cell.strip()) for cell in cells]
    while columns and not columns[-1]:  # a spreadsheet's empty columns at the right edge
        columns.pop()
    return tuple(columns)


class _Feed:
    """Lines for one csv reader, which knows where it stands and ends a row that runs over too many lines."""

    def __init__(self, lines: list[str], start: int) -> None:
        self.lines = lines
        self.row_start = start
        self.position = start

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        at_end = self.position >= len(self.lines)
        if at_end or self.position - self.row_start >= MAX_LINES_PER_ROW:
            raise StopIteration
        self.position += 1
        return self.lines[self.position - 1]


def _rows(lines: list[str], start: int, columns: tuple[str, ...], delimiter: str) -> Iterator[RawRow]:
    while start < len(lines):
        feed = _Feed(lines, start)
        try:
            for cells in csv.reader(feed, delimiter=delimiter, strict=True):
                yield _row(feed.row_start + 1, columns, [cell.strip() for cell in cells])
                feed.row_start = feed.position
            return
        except csv.Error as error:
            # Only the line on which the row began is lost: the next one is read as a row again.
            if str(error).startswith("field larger than"):
                limit = csv.field_size_limit()
                sentence = f"a cell has more than {limit:,} characters; a title or a note is shorter"
            else:
                sentence = (
                    f"the line cannot be taken apart ({error}); put a cell with quotes in quotes and double "
                    f"them"
                )
            yield RawRow(feed.row_start + 1, {}, ("csv_broken", sentence))
            start = feed.row_start + 1


def _row(line: int, columns: tuple[str, ...], cells: list[str]) -> RawRow:
    named = dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=False))
    spare = cells[len(columns) :]
    row = bounded_row(line, named)
    if row.broken is None and any(spare):
        sentence = (
            f"{len(cells)} cells in {len(columns)} columns, the first too many is {spare[0][:40]!r}; "
            f"put a cell that holds the separator in quotes"
        )
        return RawRow(line, row.cells, ("extra_cells", sentence))
    return row
