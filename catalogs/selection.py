"""What of the catalogs a batch is about: filters, pairs, and the broken rows that it must not forget."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from catalogs.catalog import BrokenRow, Catalog
from catalogs.further import Further, with_variants
from catalogs.listed import FailedPair, listed_pairs
from catalogs.nearest import did_you_mean
from catalogs.pairing import Draw, Positions, grid, sample
from catalogs.refusals import PlanRefused
from catalogs.worn import Side, Worn, batch_further, batch_worn
from configs.batch import Batch

# What makes a row another design, or lets a batch use it where it may not use its twin.
_RIGHTS = ("licence", "licence_expires", "territories")
_SEEN_OF_GARMENTS = (
    *("image_sha256", "mask_sha256", "protect_sha256", "regions_sha256", "width_mm"),
    *_RIGHTS,
)
_SEEN_OF_TEXTILES = ("image_sha256", "motif_width_mm", *_RIGHTS)


@dataclass(frozen=True)
class Chosen:
    """The rows of both catalogs sorted by id, the pairs as positions in them (style by style), the failed.

    ``further`` is what else some pairs have, each once, and ``further_of`` its position for each pair;
    ``library`` are all usable rows of the style catalog, whatever the filters say; ``motifs`` the positions
    in it of the textiles whose figures the batch's makers of joined cloth take. ``contents`` are -1 in a
    batch of yardage alone. Of a grid or a sample ``worn`` is all that garments could wear, of a sample
    ``draw`` says how new cloth is drawn from it.
    """

    content: pd.DataFrame
    style: pd.DataFrame
    contents: Positions
    styles: Positions
    further_of: Positions
    further: tuple[Further, ...]
    library: pd.DataFrame
    motifs: tuple[int, ...]
    failed: tuple[FailedPair, ...]
    content_extras: tuple[str, ...]
    style_extras: tuple[str, ...]
    notes: tuple[str, ...]
    worn: Worn | None = None
    draw: Draw | None = None

    @property
    def extras(self) -> tuple[str, ...]:
        """The extra columns by their names in the plan and the manifest."""
        return (
            *(f"content_{name}" for name in self.content_extras),
            *(f"style_{name}" for name in self.style_extras),
        )


def choose(
    batch: Batch,
    content: Catalog,
    style: Catalog,
    pairs: pd.DataFrame | None,
    *,
    dresses: bool = True,
    draw: Draw | None = None,
) -> Chosen:
    """Apply a batch's filters and its selection; ``dresses`` is False for a batch of yardage alone.

    ``draw`` is how a sample draws new cloth, which is left to who knows the recipes.

    Raises:
        PlanRefused: a filter on a column that is not there, a selection of pairs without pairs, a style
            named by the batch that the style catalog does not have, or nothing left.
    """
    whole = batch_further(batch, style)
    garments, broken_garments = _filtered(content, batch.filters.content if dresses else {})
    textiles, broken_textiles = _filtered(style, batch.filters.style)
    notes: list[str] = []
    worn: Worn | None = None
    if whole.has_regions and dresses:
        garments = _with_maps(batch, garments, notes)
    if batch.selection.kind == "pairs":
        contents, styles, further_of, further, failed = listed_pairs(
            batch, pairs, content, style, garments, textiles, whole, notes, dresses=dresses
        )
    else:
        if batch.selection.kind == "sample":
            garments = _different(garments, _SEEN_OF_GARMENTS, "garments", notes)
            textiles = _different(textiles, _SEEN_OF_TEXTILES, "textiles", notes)
        worn = batch_worn(batch, style, textiles, whole)
        contents, outfits = _all_or_some(batch, garments if dresses else None, worn)
        textiles, styles = worn.textiles, worn.firsts[outfits]
        further_of, further = worn.further_of[outfits], worn.further
        broken_textiles = [] if batch.styles else broken_textiles
        failed = [FailedPair(row.code, row.error, content_id=row.id, content=row) for row in broken_garments]
        failed += [FailedPair(row.code, row.error, style_id=row.id, style=row) for row in broken_textiles]
    if not len(contents) and not failed:
        raise PlanRefused(_nothing_left(batch, content, style, garments, textiles))
    motifs = _motifs(batch, style)
    return Chosen(
        content=garments,
        style=textiles,
        contents=contents,
        styles=styles,
        further_of=further_of,
        further=with_variants(further, motifs),
        library=style.rows,
        motifs=motifs,
        failed=tuple(failed),
        content_extras=content.extras,
        style_extras=style.extras,
        notes=tuple(notes),
        worn=worn,
        draw=draw,
    )


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


def _different(rows: pd.DataFrame, seen: Sequence[str], what: str, notes: list[str]) -> pd.DataFrame:
    """Return the rows without twins, which differ in words alone: a sample would count them twice."""
    different = rows.drop_duplicates(list(seen), ignore_index=True)
    if twins := len(rows) - len(different):
        notes.append(
            f"{twins:,} of {len(rows):,} {what} {'is' if twins == 1 else 'are'} the same picture as another; "
            f"the sample draws each picture once"
        )
    return different


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


def _with_maps(batch: Batch, garments: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the garments whose regions are mapped."""
    mapped = garments[garments["regions_key"] != ""]
    if not len(mapped):
        raise PlanRefused(
            f"the batch {batch.name} dresses regions in {batch.region_styles!r}, and none of its "
            f"{len(garments):,} garments has a map of them; name one in the catalog's column regions"
        )
    if missing := len(garments) - len(mapped):
        notes.append(
            f"{missing:,} of {len(garments):,} garments have no map of regions and are left out: the batch "
            f"dresses regions in {batch.region_styles!r}"
        )
    return mapped.reset_index(drop=True)


def _motifs(batch: Batch, style: Catalog) -> tuple[int, ...]:
    """Return where the batch's motifs are in the style catalog: those it names, else those it filters."""
    place = {name: at for at, name in enumerate(style.rows["style_id"])}
    if batch.motifs:
        library = Side(style, style.rows)
        if problem := next((found for name in batch.motifs if (found := library.problem(name))), None):
            raise PlanRefused(f"the batch {batch.name}, motifs: {problem[1]}")
        return tuple(place[name] for name in batch.motifs)
    if not batch.filters.motif:
        return ()
    rows, _ = _filtered(style, batch.filters.motif)
    if not len(rows):
        told = [f"the batch {batch.name}: filters: motif: leaves none of {len(place):,} textiles"]
        told += _what_is_there(style, batch.filters.motif)
        raise PlanRefused("; ".join((*told, "name other kinds, or motifs: [style_id, ...]")))
    return tuple(place[name] for name in rows["style_id"])


def _all_or_some(batch: Batch, garments: pd.DataFrame | None, worn: Worn) -> tuple[Positions, Positions]:
    """Return pairs as positions in the garments and in what they wear; without garments those are -1."""
    if garments is None:
        alone, outfits = _all_or_some(batch, pd.DataFrame({"content_id": [""]}), worn)
        return alone - 1, outfits
    if batch.selection.kind == "grid":
        return grid(len(garments), len(worn.ids))
    count = batch.selection.count
    if count is None:
        raise PlanRefused(f"the batch {batch.name} selects a sample and says no count")
    return sample(garments["content_id"].tolist(), worn.ids, count=count, seed=batch.selection.seed)


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
        told += [] if len(left) else _what_is_there(catalog, filters)
    return "; ".join(told)


def _what_is_there(catalog: Catalog, filters: Mapping[str, Sequence[str | int | float]]) -> list[str]:
    return [
        f"{column} is one of {_some(catalog.rows[column])}, the filter asks for {_some(allowed)}"
        for column, allowed in filters.items()
    ]


def _some(values: Iterable[object]) -> str:
    distinct = sorted({str(value) for value in values})
    return ", ".join(repr(value) for value in distinct[:8]) + (", ..." if len(distinct) > 8 else "")
