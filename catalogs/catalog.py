"""A catalog as the rest of Toile sees it: rows to plan with, broken rows with reasons, every problem."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from catalogs.digests import OnRead, digest_images
from catalogs.errors import NotFound
from catalogs.kinds import CatalogKind, KindName, kind_named
from catalogs.licences import attribution
from catalogs.nearest import Suggestions
from catalogs.storage import ObjectStat, Storage
from catalogs.tables import catalog_folder, find_catalog, read_table
from catalogs.validation import CatalogProblem, CheckedRow, check_rows


@dataclass(frozen=True)
class BrokenRow:
    """A row that cannot be used: ``code`` of its first problem, ``error`` with all of them, cells as written.

    ``cells`` is empty when the line could not be taken apart.
    """

    line: int
    id: str
    code: str
    error: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Catalog:
    """A content or style catalog after all checks.

    Attributes:
        kind: its columns.
        key: the file that was read.
        rows: one row an image that can be used, in the file's order: ``<kind>_id``, ``image`` (as
            written), ``image_key``, ``image_sha256`` (hex), for content the same of ``mask``,
            ``protect`` and ``regions`` ("" without one), ``title``, ``licence`` (normal form, "" without
            one), ``licence_expires`` (ISO date), ``territories`` (country codes, sorted),
            ``attribution_line`` (what must be said beside a design, "" where nothing), the width in mm (NaN
            where unknown), the other columns and the extras as text ("" where empty).
        broken: the rows that cannot be used, in the file's order.
        problems: everything found, notes included, in the order of the file.
        extras: the columns that are only carried along.
    """

    kind: CatalogKind
    key: str
    rows: pd.DataFrame
    broken: tuple[BrokenRow, ...]
    problems: tuple[CatalogProblem, ...]
    extras: tuple[str, ...]

    def row(self, name: str) -> dict[str, Any]:
        """Return one usable row by its id.

        Raises:
            NotFound: there is none; the message names the nearest, or what is wrong with the row.
        """
        ids = self.rows[self.kind.id_column].tolist()
        if name in ids:
            return {str(column): cell for column, cell in self.rows.iloc[ids.index(name)].items()}
        broken = next((row for row in self.broken if row.id == name), None)
        told = f", line {broken.line}: {broken.error}" if broken else f" has no {name!r}"
        near = "" if broken else Suggestions()(name, ids)
        raise NotFound(f"the {self.kind.name} catalog {self.key}{told}{near}", key=self.key)

    @property
    def unlicensed(self) -> int:
        """How many usable rows have no licence; batches skip them unless they say otherwise."""
        return int((self.rows["licence"] == "").sum())


def load_catalog(
    storage: Storage, kind: KindName, name: str | None = None, *, on_read: OnRead | None = None
) -> Catalog:
    """Read a catalog, check every row and take the sha256 of every image and mask it names.

    Images are read once; the next call reads only what has changed since.

    Args:
        storage: where the catalog and its images are.
        kind: ``content`` or ``style``.
        name: key of the file, with or without suffix; None is ``<kind>/catalog``.
        on_read: told (images read so far, images to read).

    Raises:
        CatalogMissing, CatalogUnreadable: there is no catalog, or it is not one. Wrong rows raise nothing:
            they are in ``broken`` and ``problems``.
        StorageUnavailable: the storage went away.
    """
    columns = kind_named(kind)
    key = find_catalog(storage, columns, name)
    table = read_table(storage, columns, key)
    rows = check_rows(table, columns)
    _check_files(storage, catalog_folder(key), rows, on_read)
    extras = tuple(column for column in table.columns if column not in columns.columns)
    return _as_catalog(columns, key, rows, extras)


def empty_catalog(kind: KindName) -> Catalog:
    """Return a catalog without rows, for a batch that needs none of its kind."""
    return _as_catalog(kind_named(kind), "", (), ())


def _check_files(storage: Storage, folder: str, rows: Sequence[CheckedRow], on_read: OnRead | None) -> None:
    listed = {stat.key: stat for stat in storage.list(f"{folder}/")}
    files = _Files(listed)
    for row in rows:
        row.keys = {column: files.find(row, column, key) for column, key in row.keys.items()}
    keys = [key for row in rows for key in row.keys.values() if key]
    digests = digest_images(storage, folder, listed, keys, on_read=on_read)
    for row in rows:
        for column, key in row.keys.items():
            if key and digests[key].code:
                row.add(column, digests[key].code, digests[key].problem)
            row.sha256[column] = digests[key].sha256 if key else ""


class _Files:
    """The objects of a catalog's folder, found by the paths that rows give."""

    def __init__(self, listed: Mapping[str, ObjectStat]) -> None:
        self._listed = listed
        self._composed = {unicodedata.normalize("NFC", key): key for key in listed}
        self._suggest = Suggestions()

    def find(self, row: CheckedRow, column: str, key: str) -> str:
        """Return the key as the storage spells it; a Mac may have uploaded the name in decomposed form."""
        if not key or key in self._listed:
            return key
        if spelled := self._composed.get(unicodedata.normalize("NFC", key)):
            message = f"{key} is stored in another unicode form and was found all the same"
            row.add(column, "path_composed", message, breaks=False)
            return spelled
        row.add(column, "file_missing", f"{key} is not there{self._suggestion(key)}")
        return ""

    def _suggestion(self, key: str) -> str:
        folder = key.rpartition("/")[0] + "/"
        beside = (other.removeprefix(folder) for other in self._listed if other.startswith(folder))
        return self._suggest(key.removeprefix(folder), beside)


def _as_catalog(kind: CatalogKind, key: str, rows: Sequence[CheckedRow], extras: tuple[str, ...]) -> Catalog:
    problems = tuple(problem for row in rows for problem in row.problems)
    good = [row for row in rows if not row.broken]
    broken = tuple(_broken(row) for row in rows if row.broken)
    return Catalog(kind, key, _good_frame(kind, good, extras), broken, problems, extras)


def _good_frame(kind: CatalogKind, rows: Sequence[CheckedRow], extras: tuple[str, ...]) -> pd.DataFrame:
    meant: dict[str, list[str]] = {
        kind.id_column: [row.id for row in rows],
        "image": [row.cell("image") for row in rows],
        "title": [row.title for row in rows],
        "licence": [row.licence for row in rows],
        "licence_expires": [row.licence_expires for row in rows],
        "territories": [row.territories for row in rows],
        "attribution_line": [
            attribution(row.title, row.licence, credit=row.cell("credit"), source=row.cell("source"))
            for row in rows
        ],
    }
    for column in ("image", *kind.companions):
        meant[f"{column}_key"] = [row.keys[column] for row in rows]
        meant[f"{column}_sha256"] = [row.sha256[column] for row in rows]
    others = [name for name in (*kind.required, *extras) if name not in meant]
    frame = pd.DataFrame(meant | {name: [row.cell(name) for row in rows] for name in others}, dtype=object)
    frame[kind.width_column] = pd.array([row.width_mm for row in rows], dtype="float64")
    return frame


def _broken(row: CheckedRow) -> BrokenRow:
    problems = [problem for problem in row.problems if problem.breaks]
    error = "; ".join(problem.message for problem in problems)
    return BrokenRow(row.raw.line, row.id, problems[0].code, error, row.raw.cells)
