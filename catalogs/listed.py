"""A list of pairs: which garment wears which textiles, in whose colours, and what of it cannot be."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from catalogs.catalog import BrokenRow, Catalog
from catalogs.csv_rows import parse_csv
from catalogs.further import Further
from catalogs.pairing import Positions
from catalogs.refusals import CatalogUnreadable, PlanRefused, StylesUnclear
from catalogs.worn import Side, outfit
from configs.batch import Batch

PAIR_COLUMNS = ("content_id", "style_id", "palette", "region_styles", "motif")


@dataclass(frozen=True)
class FailedPair:
    """What cannot be painted, known before painting: a broken row alone, a listed pair, a recipe's style or
    mix of styles, whose ``further_styles`` are as in the plan.
    """

    code: str
    error: str
    content_id: str = ""
    style_id: str = ""
    content: BrokenRow | None = None
    style: BrokenRow | None = None
    recipe: str = ""
    further_styles: tuple[Mapping[str, Any], ...] = ()


def read_pairs(data: bytes, *, name: str) -> pd.DataFrame:
    """Read a CSV of pairs with the columns ``content_id`` and ``style_id``; others are ignored.

    ``style_id`` may mix styles (``ikat:0.7 + floral:0.3``). A column ``palette`` names the style whose
    colours a pair takes, "" leaves it to the batch; ``region_styles`` the styles of the colours in the
    garment's map of regions (``red=floral blue=check``), ``motif`` the style whose figures a maker of joined
    cloth takes. Lists of yardage leave ``content_id`` empty.

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


def listed_pairs(
    batch: Batch,
    pairs: pd.DataFrame | None,
    content: Catalog,
    style: Catalog,
    garments: pd.DataFrame,
    textiles: pd.DataFrame,
    whole: Further,
    notes: list[str],
    *,
    dresses: bool = True,
) -> tuple[Positions, Positions, Positions, tuple[Further, ...], list[FailedPair]]:
    """Return a list's pairs: positions of garment, textile and ``Further``, these, and what failed.

    ``garments`` and ``textiles`` are the rows that the batch's filters leave, ``whole`` is what the batch
    says for all pairs; what a person should know goes to ``notes``. Unless the batch ``dresses`` garments,
    their positions are -1.

    Raises:
        PlanRefused: no list was read.
    """
    if pairs is None:
        raise PlanRefused(f"the batch {batch.name} selects pairs, and no list of pairs was read")
    sides = (Side(content, garments), Side(style, textiles))
    library = Side(style, style.rows)
    mapped = dict(zip(garments["content_id"], garments["regions_key"], strict=True))
    positions: list[tuple[int, int, int]] = []
    further: dict[Further, int] = {whole: 0}
    failed: list[FailedPair] = []
    filtered = 0
    listed = pairs.reindex(columns=PAIR_COLUMNS, fill_value="")
    for content_id, styles, *cells in zip(*(listed[name] for name in PAIR_COLUMNS), strict=True):
        try:
            style_id, own = outfit(styles, *cells, library=library, whole=whole)
        except StylesUnclear as error:
            failed.append(FailedPair(error.code, error.message, content_id, styles))
            continue
        garment = sides[0].positions.get(content_id) if dresses else -1
        at = sides[1].positions.get(style_id), garment
        if at[0] is not None and at[1] is not None:
            if own.has_regions and not mapped[content_id]:
                failed.append(
                    FailedPair("regions_missing", _no_map(content, content_id), content_id, style_id)
                )
            else:
                positions.append((at[0], at[1], further.setdefault(own, len(further))))
        elif sides[0].filtered_out(content_id) or sides[1].filtered_out(style_id):
            filtered += 1
        else:
            failed.append(_failed_pair(content_id, style_id, *sides))
    if filtered:
        notes.append(f"{filtered:,} of the {len(pairs):,} listed pairs are left out by the batch's filters")
    ordered = np.array(sorted(positions), dtype=np.int32).reshape(-1, 3)
    return ordered[:, 1].copy(), ordered[:, 0].copy(), ordered[:, 2].copy(), tuple(further), failed


def _no_map(content: Catalog, content_id: str) -> str:
    return (
        f"a style is named for a region, and {content.key} names no map of regions for {content_id!r}; "
        f"colour the regions on a copy of its photo and name the file in the column regions"
    )


def _failed_pair(content_id: str, style_id: str, content: Side, style: Side) -> FailedPair:
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
