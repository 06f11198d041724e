"""The rules of a catalog's rows: every problem of every row, in one pass, without touching an image."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from catalogs.errors import KeyRefused
from catalogs.ids import id_problem
from catalogs.kinds import CatalogKind
from catalogs.licences import Licence, read_licence
from catalogs.raw import RawRow, RawTable
from catalogs.refusals import LicenceUnknown
from catalogs.storage.keys import check_key
from catalogs.tables import catalog_folder
from catalogs.terms import Adapted
from configs.countries import country_problem

MAX_WIDTH_MM = 100_000.0  # 100 m: a bolt of cloth is shorter
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_DRIVE = re.compile(r"[a-z]:[/\\]", re.IGNORECASE)


@dataclass(frozen=True)
class CatalogProblem:
    """One thing that is wrong, or worth knowing, about one row.

    ``line`` is the line of a CSV file or the row of a Parquet file; ``id`` the row's id as written, ""
    where it has none; ``column`` "" means the row as a whole. ``breaks`` is False for a note: the row is
    used all the same.
    """

    line: int
    id: str
    column: str
    code: str
    message: str
    breaks: bool = True

    def __str__(self) -> str:
        where = (
            f"{self.column} of {self.id!r}"
            if self.id and self.column
            else repr(self.id)
            if self.id
            else self.column
        )
        return f"line {self.line}, {where}: {self.message}" if where else f"line {self.line}: {self.message}"


@dataclass
class CheckedRow:
    """A row on its way through the checks, which add to ``problems`` and fill in what the cells mean.

    ``keys`` and ``sha256`` are those of its images by column, "" where there is none.
    """

    raw: RawRow
    kind: CatalogKind
    id: str = ""
    title: str = ""
    licence: str = ""
    licence_expires: str = ""
    territories: str = ""
    width_mm: float | None = None
    keys: dict[str, str] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    problems: list[CatalogProblem] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether the row cannot be used."""
        return any(problem.breaks for problem in self.problems)

    def cell(self, column: str) -> str:
        """Return the cell as written, "" where the row or the catalog has none."""
        return self.raw.cells.get(column, "")

    def add(self, column: str, code: str, message: str, *, breaks: bool = True) -> None:
        """Record a problem (or a note) of this row."""
        self.problems.append(CatalogProblem(self.raw.line, self.id, column, code, message, breaks))


def check_rows(table: RawTable, kind: CatalogKind) -> list[CheckedRow]:
    """Check every row of a catalog by itself and against the others; nothing is raised, all is recorded."""
    folder = catalog_folder(table.key)
    rows = [_check_row(raw, kind, folder) for raw in table.rows]
    _check_ids_differ(rows)
    return rows


def _check_row(raw: RawRow, kind: CatalogKind, folder: str) -> CheckedRow:
    row = CheckedRow(raw, kind, id=unicodedata.normalize("NFC", raw.cells.get(kind.id_column, "")))
    if raw.broken is not None:
        row.add("", *raw.broken)
    if not raw.cells:
        return row  # nothing could be saved: the line itself is the one problem
    _check_id(row)
    _check_title(row)
    _check_licence(row)
    _check_expiry(row)
    _check_territories(row)
    _check_width(row)
    row.keys["image"] = _check_path(row, "image", folder, needed=True)
    for column in kind.companions:
        row.keys[column] = _check_path(row, column, folder, needed=False)
    return row


def _check_id(row: CheckedRow) -> None:
    column = row.kind.id_column
    if problem := id_problem(row.id):
        row.add(column, "unsafe_id" if row.id else "id_missing", problem)
    elif row.id != row.cell(column):
        message = "the id was not in the composed unicode form (NFC); it is used in that form"
        row.add(column, "id_composed", message, breaks=False)


def _check_title(row: CheckedRow) -> None:
    row.title = unicodedata.normalize("NFC", row.cell("title"))
    if not row.title:
        row.add("title", "title_missing", "the title is empty; write what a person would call it")


def _check_licence(row: CheckedRow) -> None:
    licence = _licence(row.cell("licence"))
    if isinstance(licence, str):
        missing = not row.cell("licence")
        # What may be done without a licence is for the batch to say: see rights.
        row.add("licence", "licence_missing" if missing else "unknown_licence", licence, breaks=not missing)
        return
    row.licence = licence.id
    terms = licence.terms
    if terms.adapted is not Adapted.SHARED:
        message = (
            f"{licence.id} forbids to share adapted works, and a design is one: batches skip it; with a "
            f"permission of your own write proprietary:<contract>"
        )
        row.add("licence", "licence_forbids", message, breaks=False)
    elif not terms.commercial:
        message = f"{licence.id}: designs may not be sold; batches for sale skip it"
        row.add("licence", "licence_noncommercial", message, breaks=False)
    elif terms.attribution and not (row.cell("credit") or row.cell("source")):
        message = f"{licence.id} asks for a credit, and neither credit nor source names anybody"
        row.add("licence", "credit_missing", message, breaks=False)


def _check_expiry(row: CheckedRow) -> None:
    text = row.cell("licence_expires")
    if not text:
        return
    try:
        # A table program may store a date as midnight of that day.
        row.licence_expires = datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        message = (
            f"the licence's last day is a date such as 2027-03-31, got {text[:40]!r}; or leave it empty "
            f"where it has no end"
        )
        row.add("licence_expires", "bad_expiry", message)


def _check_territories(row: CheckedRow) -> None:
    codes = [code.upper() for code in re.split(r"[\s,;/]+", row.cell("territories")) if code]
    if problem := country_problem(codes):
        message = f"{problem}; or leave it empty where the licence holds anywhere"
        row.add("territories", "bad_territory", message)
    else:
        row.territories = " ".join(sorted(set(codes)))


@lru_cache(maxsize=1024)  # a catalog says the same few licences on every row
def _licence(text: str) -> Licence | str:
    """Return the licence, or the sentence that says why it is none."""
    try:
        return read_licence(text)
    except LicenceUnknown as error:
        return error.message


def _check_width(row: CheckedRow) -> None:
    column = row.kind.width_column
    text = row.cell(column)
    if not text:
        return
    try:
        width_mm = float(text)
    except ValueError:
        width_mm = math.nan
    if not math.isfinite(width_mm):
        message = (
            f"the width is a number of millimetres such as 620 or 62.5, got {text[:40]!r}; or leave it empty"
        )
        row.add(column, "bad_width", message)
    elif not 0 < width_mm <= MAX_WIDTH_MM:
        message = (
            f"the width lies above 0 and up to {MAX_WIDTH_MM:,.0f} mm, got {text[:40]}; or leave it empty"
        )
        row.add(column, "bad_width", message)
    else:
        row.width_mm = width_mm


def _check_path(row: CheckedRow, column: str, folder: str, *, needed: bool) -> str:
    """Return the key of the object that a path cell names, "" when it names none that we would touch."""
    path = row.cell(column)
    if not path:
        if needed:
            row.add(column, "image_missing", f"no image is named; write its path inside {folder}/")
        return ""
    if problem := path_problem(path):
        row.add(
            column, "unsafe_path", f"{problem}; paths are relative to {folder}/, for example 'summer/tee.jpg'"
        )
        return ""
    try:
        return check_key(f"{folder}/{path}")
    except KeyRefused as error:
        row.add(column, "unsafe_path", error.message)
        return ""


def path_problem(path: str) -> str | None:
    """Return why a path cannot be one inside the catalog's folder, or None when it can."""
    shown = repr(path if len(path) <= 80 else path[:77] + "...")
    if _ADDRESS.match(path):
        return f"{shown} is an address, not a path"
    if path.startswith(("/", "\\", "~")) or _DRIVE.match(path):
        return f"{shown} is absolute"
    if ".." in re.split(r"[/\\]", path):
        return f"{shown} leads out of the folder ('..')"
    return None


def _check_ids_differ(rows: Sequence[CheckedRow]) -> None:
    """The first row of an id keeps it; ids that differ only in case would be one file on many disks."""
    first: dict[str, CheckedRow] = {}
    for row in rows:
        if not row.id:
            continue
        earlier = first.setdefault(row.id.casefold(), row)
        if earlier is row:
            continue
        if earlier.id == row.id:
            message = f"the id {row.id!r} is already that of line {earlier.raw.line}; give each row its own"
            row.add(row.kind.id_column, "duplicate_id", message)
        else:
            message = f"the id {row.id!r} differs from {earlier.id!r} of line {earlier.raw.line} only in case"
            row.add(row.kind.id_column, "duplicate_id", message)
