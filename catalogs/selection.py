"""What of the catalogs a batch is about: filters, pairs, and the broken rows that it must not forget."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from catalogs.catalog import BrokenRow, Catalog
from catalogs.csv_rows import parse_csv
from catalogs.further import Further
from catalogs.nearest import Suggestions, did_you_mean
from catalogs.pairing import Positions, grid, sample
from catalogs.refusals import CatalogUnreadable, PlanRefused
from configs.batch import Batch

PAIR_COLUMNS = ("content_id", "style_id", "palette")


@dataclass(frozen=True)
class FailedPair:
    """What cannot be painted, known before painting: a broken row alone, or a listed pair."""

    code: str
    error: str
    content_id: str = ""
    style_id: str = ""
    content: BrokenRow | None = None
    style: BrokenRow | None = None


@dataclass(frozen=True)
class Chosen:
    """The rows of both catalogs sorted by id, the pairs as positions in them (style by style), the failed.

    ``further`` is what else some pairs have, each once, and ``further_of`` its position for each pair;
    ``library`` are all usable rows of the style catalog, whatever the filters say.
    """

    content: pd.DataFrame
    style: pd.DataFrame
    contents: Positions
    styles: Positions
    further_of: Positions
    further: tuple[Further, ...]
    library: pd.DataFrame
    failed: tuple[FailedPair, ...]
    content_extras: tuple[str, ...]
    style_extras: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def extras(self) -> tuple[str, ...]:
        """The extra columns by their names in the plan and the manifest."""
        return (
            *(f"content_{name}" for name in self.content_extras),
            *(f"style_{name}" for name in self.style_extras),
        )


def choose(batch: Batch, content: Catalog, style: Catalog, pairs: pd.DataFrame | None) -> Chosen:
    """Apply a batch's filters and its selection.

    Raises:
        PlanRefused: a filter on a column that is not there, a selection of pairs without pairs, a palette
            that the style catalog does not have, or nothing left.
    """
    whole = _batch_further(batch, style)
    garments, broken_garments = _filtered(content, batch.filters.content)
    textiles, broken_textiles = _filtered(style, batch.filters.style)
    notes: list[str] = []
    if batch.selection.kind == "pairs":
        contents, styles, further_of, further, failed = _listed(
            batch, pairs, content, style, garments, textiles, whole, notes
        )
    else:
        contents, styles = _all_or_some(batch, garments, textiles, notes)
        further_of, further = np.zeros(len(contents), dtype=np.int32), (whole,)
        failed = [FailedPair(row.code, row.error, content_id=row.id, content=row) for row in broken_garments]
        failed += [FailedPair(row.code, row.error, style_id=row.id, style=row) for row in broken_textiles]
    if not len(contents) and not failed:
        raise PlanRefused(_nothing_left(batch, content, style, garments, textiles))
    return Chosen(
        content=garments,
        style=textiles,
        contents=contents,
        styles=styles,
        further_of=further_of,
        further=further,
        library=style.rows,
        failed=tuple(failed),
        content_extras=content.extras,
        style_extras=style.extras,
        notes=tuple(notes),
    )


def read_pairs(data: bytes, *, name: str) -> pd.DataFrame:
    """Read a CSV of pairs with the columns ``content_id`` and ``style_id``; others are ignored.

    A column ``palette`` names for each pair the style whose colours it takes; "" leaves it to the batch.

    Raises:
        CatalogUnreadable: not such a table, a line that cannot be read, or no pair in it.
    """
    table = parse_csv(data, key=name, expected="content_id")
    missing = [column for column in ("content_id", "style_id") if column not in table.columns]
    if missing:
        raise CatalogUnreadable(
            f"{name} has no column {' and no column '.join(missing)}; a list of pairs has content_id "
            f"and style_id",
            code="pairs_header",
        )
    if wrong := next((row for row in table.rows if row.broken), None):
        raise CatalogUnreadable(f"{name}, line {wrong.line}: {wrong.broken[1] if wrong.broken else ''}")
    if not table.rows:
        raise CatalogUnreadable(f"{name} lists no pairs", code="catalog_empty")
    columns = {
        column: [unicodedata.normalize("NFC", row.cells.get(column, "")) for row in table.rows]
        for column in PAIR_COLUMNS
    }
    return pd.DataFrame(columns, dtype=object)


def _filtered(
    catalog: Catalog, filters: Mapping[str, Sequence[str | int | float]]
) -> tuple[pd.DataFrame, list[BrokenRow]]:
    """Return the rows that every filter allows, sorted by id, and the broken ones that may be meant."""
    columns = [name for name in (*catalog.kind.columns, *catalog.extras) if name in catalog.rows.columns]
    rows, broken = catalog.rows, list(catalog.broken)
    for column, allowed in filters.items():
        if column not in columns:
            raise PlanRefused(
                f"the batch filters {catalog.kind.name} by {column!r}, which {catalog.key} does not have"
                f"{did_you_mean(column, columns)}; columns: {', '.join(columns)}",
                column=column,
                columns=columns,
            )
        read = _number if column == catalog.kind.width_column else _text
        wanted = {read(value) for value in allowed}
        rows = rows[[read(value) in wanted for value in rows[column]]]
        # A row whose cell was lost may be meant: better one failed row too many than one lost.
        broken = [row for row in broken if column not in row.cells or read(row.cells[column]) in wanted]
    ordered = rows.sort_values(catalog.kind.id_column, kind="stable", ignore_index=True)
    return ordered, broken


def _text(value: object) -> str:
    """Return a cell or a filter's value as catalogs keep it: 620 and 620.0 in a batch are the cell "620"."""
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, int | float):
        return f"{value:.15g}"
    return unicodedata.normalize("NFC", str(value).strip())


def _number(value: object) -> float | str:
    try:
        return float(str(value))
    except ValueError:
        return str(value)


def _all_or_some(
    batch: Batch, garments: pd.DataFrame, textiles: pd.DataFrame, notes: list[str]
) -> tuple[Positions, Positions]:
    if batch.selection.kind == "grid":
        return grid(len(garments), len(textiles))
    count = batch.selection.count
    if count is None:
        raise PlanRefused(f"the batch {batch.name} selects a sample and says no count")
    there = len(garments) * len(textiles)
    if count > there:
        notes.append(
            f"a sample of {count:,} pairs was asked for, and there are {there:,}: all of them are planned"
        )
    content_ids, style_ids = garments["content_id"].tolist(), textiles["style_id"].tolist()
    return sample(content_ids, style_ids, count=count, seed=batch.selection.seed)


def _batch_further(batch: Batch, style: Catalog) -> Further:
    """Return what every pair of a batch has besides garment and textile, unless a list says otherwise."""
    if not batch.palette:
        return Further()
    side = _Side(style, style.rows)
    if (problem := side.problem(batch.palette)) is not None:
        raise PlanRefused(f"the batch {batch.name} takes its palette from {batch.palette!r}: {problem[1]}")
    return Further(palette=side.positions[batch.palette])


def _listed(
    batch: Batch,
    pairs: pd.DataFrame | None,
    content: Catalog,
    style: Catalog,
    garments: pd.DataFrame,
    textiles: pd.DataFrame,
    whole: Further,
    notes: list[str],
) -> tuple[Positions, Positions, Positions, tuple[Further, ...], list[FailedPair]]:
    if pairs is None:
        raise PlanRefused(f"the batch {batch.name} selects pairs, and no list of pairs was read")
    sides = (_Side(content, garments), _Side(style, textiles))
    library = _Side(style, style.rows)
    positions: list[tuple[int, int, int]] = []
    further: dict[Further, int] = {whole: 0}
    failed: list[FailedPair] = []
    filtered = 0
    listed = pairs.reindex(columns=PAIR_COLUMNS, fill_value="")
    for content_id, style_id, palette in zip(*(listed[name] for name in PAIR_COLUMNS), strict=True):
        at = sides[1].positions.get(style_id), sides[0].positions.get(content_id)
        if (problem := library.problem(palette) if palette else None) is not None:
            failed.append(FailedPair(problem[0], f"palette: {problem[1]}", content_id, style_id))
        elif at[0] is not None and at[1] is not None:
            own = Further(palette=library.positions[palette]) if palette else whole
            positions.append((at[0], at[1], further.setdefault(own, len(further))))
        elif sides[0].filtered_out(content_id) or sides[1].filtered_out(style_id):
            filtered += 1
        else:
            failed.append(_failed_pair(content_id, style_id, *sides))
    if filtered:
        notes.append(f"{filtered:,} of the {len(pairs):,} listed pairs are left out by the batch's filters")
    ordered = np.array(sorted(positions), dtype=np.int32).reshape(-1, 3)
    return ordered[:, 1].copy(), ordered[:, 0].copy(), ordered[:, 2].copy(), tuple(further), failed


class _Side:
    """One catalog, looked up by the ids of a list of pairs."""

    def __init__(self, catalog: Catalog, rows: pd.DataFrame) -> None:
        id_column = catalog.kind.id_column
        self.catalog = catalog
        self.positions = {name: at for at, name in enumerate(rows[id_column])}
        self.known = set(catalog.rows[id_column])
        self._suggest = Suggestions()
        self.broken = {row.id: row for row in reversed(catalog.broken)}

    def filtered_out(self, name: str) -> bool:
        return name in self.known and name not in self.positions

    def problem(self, name: str) -> tuple[str, str] | None:
        if name in self.known:
            return None
        if row := self.broken.get(name):
            return row.code, f"{self.catalog.key}, line {row.line}: {row.error}"
        near = self._suggest(name, self.positions)
        return "unknown_id", f"the {self.catalog.kind.name} catalog has no {name!r}{near}"


def _failed_pair(content_id: str, style_id: str, content: _Side, style: _Side) -> FailedPair:
    problems = [
        problem for problem in (content.problem(content_id), style.problem(style_id)) if problem is not None
    ]
    error = "; ".join(sentence for _, sentence in problems)
    return FailedPair(
        problems[0][0],
        error,
        content_id,
        style_id,
        content.broken.get(content_id),
        style.broken.get(style_id),
    )


def _nothing_left(
    batch: Batch, content: Catalog, style: Catalog, garments: pd.DataFrame, textiles: pd.DataFrame
) -> str:
    told = [f"the batch {batch.name} has nothing to plan"]
    for catalog, left, filters in (
        (content, garments, batch.filters.content),
        (style, textiles, batch.filters.style),
    ):
        told.append(
            f"{len(left)} of {len(catalog.rows)} usable rows of {catalog.key} are left by its filters"
        )
        told += [
            f"{column} is one of {_some(catalog.rows[column])}, the filter asks for {_some(allowed)}"
            for column, allowed in filters.items()
            if not len(left)
        ]
    return "; ".join(told)


def _some(values: Iterable[object]) -> str:
    distinct = sorted({str(value) for value in values})
    return ", ".join(repr(value) for value in distinct[:8]) + (", ..." if len(distinct) > 8 else "")
