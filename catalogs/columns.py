"""A plan's columns: a few thousand catalog rows spread over a million designs without copying their text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from catalogs.catalog import BrokenRow
from catalogs.colorways import OWN_COLOURS, Colorway
from catalogs.further import (
    FURTHER_STYLES,
    JOINED_COLUMNS,
    further_styles,
    joined_cells,
    outfits,
    palette_column,
)
from catalogs.groups import Group
from catalogs.identity import ID_DIGITS, failed_id
from catalogs.listed import FailedPair
from catalogs.plan import FAILED, RENDER, SKIPPED, plan_schema
from catalogs.selection import Chosen
from catalogs.spreading import Spread

# Plan column: catalog column.
CONTENT_COLUMNS = {
    "content_id": "content_id",
    "content_key": "image_key",
    "content_sha256": "image_sha256",
    "mask_key": "mask_key",
    "mask_sha256": "mask_sha256",
    "protect_key": "protect_key",
    "protect_sha256": "protect_sha256",
    "regions_key": "regions_key",
    "regions_sha256": "regions_sha256",
    "content_title": "title",
    "category": "category",
    "season": "season",
    "content_licence": "licence",
    "content_licence_expires": "licence_expires",
    "content_territories": "territories",
    "content_source": "source",
    "content_attribution_line": "attribution_line",
}
STYLE_COLUMNS = {
    "style_id": "style_id",
    "style_key": "image_key",
    "style_sha256": "image_sha256",
    "style_title": "title",
    "style_kind": "kind",
    "style_licence": "licence",
    "style_licence_expires": "licence_expires",
    "style_territories": "territories",
    "credit": "credit",
    "style_source": "source",
    "style_attribution_line": "attribution_line",
}
# What the recipe's controls say, by their own names.
CLOTH_COLUMNS = ("maker", "repeat", "repeat_width_mm")
# What only a funnel fills in (``funnel/stages.py``).
STAGE_COLUMNS = ("stage", "follows", "followed_by")
CONTROL_COLUMNS = ("strength", "keep_colours", "motif_scale", "rotation_deg")
# Cells of a broken row that may be shown as they are; its licence, image and mask may be what is wrong.
_SHOWN_OF_BROKEN = frozenset({"title", "category", "season", "source", "kind", "credit"})


def plan_table(
    batch_id: str,
    groups: Sequence[Group],
    order: NDArray[np.int64],
    shards: NDArray[np.int32],
    reasons: Sequence[tuple[str, str]],
    chosen: Chosen,
    colorways: Sequence[Colorway] = (OWN_COLOURS,),
    *,
    engine_version: str,
) -> pa.Table:
    """Return the plan's table: the designs in ``order``, then what failed before painting.

    Args:
        batch_id: in every row.
        groups: the designs, whose rows are counted through all groups.
        order: the rows to list, first those to paint.
        shards: the shard of each row to paint; the rows after them are skipped.
        reasons: (code, sentence) of each skipped row.
        chosen: catalog rows and failed pairs.
        colorways: of the batch, a design's own colours first.
        engine_version: in every row.
    """
    schema = plan_schema(chosen.extras)
    sizes = [len(group.contents) for group in groups]
    group_of = np.repeat(np.arange(len(groups), dtype=np.int32), sizes)[order]
    contents = np.concatenate([group.contents for group in groups])[order]
    styles = np.concatenate([group.styles for group in groups])[order]
    whole = Spread(np.zeros(len(order), dtype=np.int32))
    of_group = Spread(group_of)
    worn_in = Spread(np.concatenate([group.colorways for group in groups])[order])
    skipped = len(order) - len(shards)
    is_skipped = np.arange(len(order)) >= len(shards)
    columns: dict[str, Any] = {
        "design_id": _hex_column(np.concatenate([group.digests for group in groups])[order]),
        "batch_id": whole([batch_id]),
        "shard_id": pa.array(np.pad(shards, (0, skipped)), mask=is_skipped),
        "state": Spread(is_skipped.astype(np.int32))([RENDER, SKIPPED]),
        "error_code": _told_of_skipped([code for code, _ in reasons], len(shards)),
        "error": _told_of_skipped([sentence for _, sentence in reasons], len(shards)),
        "recipe": of_group([group.recipe for group in groups]),
        "recipe_hash": of_group([group.recipe_hash for group in groups]),
        "size_px": pa.array(np.array([group.size_px for group in groups], dtype=np.int32)[group_of]),
        "colorway": worn_in([one.name for one in colorways], empty_is_null=False),
        "colorway_colours": worn_in([one.said for one in colorways]),
        "seed": pa.array(np.concatenate([group.seeds for group in groups])[order]),
        **{name: _control(name, groups, group_of) for name in CONTROL_COLUMNS},
        "motif_share": _known(np.concatenate([group.motif_shares for group in groups])[order]),
        **{name: _of_cloth(name, groups, group_of) for name in CLOTH_COLUMNS},
        "repeat_share": _known(np.concatenate([group.repeat_shares for group in groups])[order]),
        "engine_version": whole([engine_version]),
        "weights_sha256": _weights(groups, order, of_group),
    }
    further = np.concatenate([group.further for group in groups])[order]
    lent = Spread(further)
    for name in ("palette_id", "palette_key", "palette_sha256"):
        columns[name] = lent(palette_column(name, chosen.further, chosen.library))
    dressed, worn = Spread(contents), Spread(styles)
    columns |= _catalog_columns(CONTENT_COLUMNS, chosen.content_extras, "content", chosen.content, dressed)
    columns |= _catalog_columns(STYLE_COLUMNS, chosen.style_extras, "style", chosen.style, worn)
    columns |= _further_columns(chosen, styles, further)
    columns |= {name: pa.nulls(len(order), schema.field(name).type) for name in STAGE_COLUMNS}
    painted = pa.table([_typed(columns[field.name], field.type) for field in schema], schema=schema)
    if not chosen.failed:
        return painted
    failed = pa.Table.from_pylist(_failed_rows(batch_id, chosen), schema=schema)
    return pa.concat_tables([painted, failed]).unify_dictionaries().combine_chunks()


def _further_columns(
    chosen: Chosen, styles: NDArray[np.int32], further: NDArray[np.int32]
) -> dict[str, pa.Array]:
    """Return the further textiles of each row, and in place of the first textile's words those of all."""
    if not any(one.positions for one in chosen.further):
        return {"further_styles": pa.nulls(len(styles), FURTHER_STYLES)}
    found = outfits(styles, further, len(chosen.further))
    worn = [
        (chosen.further[one], chosen.style.iloc[style])
        for style, one in zip(found.styles, found.further, strict=True)
    ]
    values = [further_styles(one, first, chosen.library) for one, first in worn]
    columns = {"further_styles": pa.array(values, FURTHER_STYLES).take(pa.array(found.of))}
    spread = Spread(found.of.astype(np.int32))
    for name, column in STYLE_COLUMNS.items():
        if column in JOINED_COLUMNS:
            columns[name] = spread([joined_cells(column, one, first, chosen.library) for one, first in worn])
    return columns


def _catalog_columns(
    names: Mapping[str, str], extras: Sequence[str], kind: str, rows: pd.DataFrame, spread: Spread
) -> dict[str, pa.Array]:
    wanted = {**names, **{f"{kind}_{extra}": extra for extra in extras}}
    return {name: spread(rows[column].tolist()) for name, column in wanted.items()}


def _known(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _of_cloth(name: str, groups: Sequence[Group], group_of: NDArray[np.int32]) -> pa.Array:
    """Return a column of what the recipes' cloth says; of cloth as it is only the maker."""
    cloths = [
        group.cloth if group.cloth is not None and (group.cloth.is_new or name == "maker") else None
        for group in groups
    ]
    told = [None if cloth is None else getattr(cloth, name) for cloth in cloths]
    kind = pa.float64() if name == "repeat_width_mm" else pa.string()
    return pa.array(told, kind).take(pa.array(group_of))


def _control(name: str, groups: Sequence[Group], group_of: NDArray[np.int32]) -> pa.Array:
    return pa.array([getattr(group.controls, name) for group in groups]).take(pa.array(group_of))


def _weights(groups: Sequence[Group], order: NDArray[np.int64], of_group: Spread) -> pa.DictionaryArray:
    """Return the weights of each design's backbones, and after them those of its trained networks."""
    if not any(any(group.network_weights) for group in groups):
        return of_group([group.weights_sha256 for group in groups])
    told = [
        "+".join(filter(None, (group.weights_sha256, own)))
        for group in groups
        for own in group.network_weights
    ]
    before = np.cumsum([0, *(len(group.network_weights) for group in groups)])
    of = [group.network_of + first for group, first in zip(groups, before, strict=False)]
    return Spread(np.concatenate(of)[order].astype(np.int32))(told)


def _hex_column(digests: NDArray[np.uint8]) -> pa.Array:
    text = digests.tobytes().hex().encode("ascii")
    offsets = np.arange(0, len(text) + 1, ID_DIGITS, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(len(digests), pa.py_buffer(offsets.tobytes()), pa.py_buffer(text))


def _told_of_skipped(texts: Sequence[str], painted: int) -> pa.Array:
    """Return null for the designs to paint, and what is said of those that are skipped."""
    return pa.concat_arrays([pa.nulls(painted, pa.string()), pa.array(texts, pa.string())])


def _typed(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if column.type == wanted:
        return column
    return column.dictionary_encode() if pa.types.is_dictionary(wanted) else column.cast(wanted)


def _failed_rows(batch_id: str, chosen: Chosen) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, ...]] = Counter()
    rows = []
    for pair in chosen.failed:
        kind = "pair" if pair.content_id and pair.style_id else "content" if pair.content else "style"
        who = (kind, pair.content_id, pair.style_id, *filter(None, [pair.recipe]))
        rows.append(_failed_row(batch_id, pair, failed_id(*who, str(seen[who])), chosen))
        seen[who] += 1
    return rows


def _failed_row(batch_id: str, pair: FailedPair, name: str, chosen: Chosen) -> dict[str, Any]:
    row: dict[str, Any] = {
        "design_id": name,
        "batch_id": batch_id,
        "state": FAILED,
        "error_code": pair.code,
        "error": pair.error,
        "content_id": pair.content_id or None,
        "style_id": pair.style_id or None,
        "recipe": pair.recipe or None,
        "further_styles": list(pair.further_styles) or None,
    }
    if pair.content is not None:
        row |= _cells(pair.content, CONTENT_COLUMNS, chosen.content_extras, "content")
    if pair.style is not None:
        row |= _cells(pair.style, STYLE_COLUMNS, chosen.style_extras, "style")
    return row


def _cells(
    broken: BrokenRow, names: Mapping[str, str], extras: Sequence[str], kind: str
) -> dict[str, str | None]:
    shown = {name: column for name, column in names.items() if column in _SHOWN_OF_BROKEN}
    shown |= {f"{kind}_{extra}": extra for extra in extras}
    return {name: broken.cells.get(column) or None for name, column in shown.items()}
