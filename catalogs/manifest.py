"""The manifest's schema, column by column, and a design's row as JSON for the inside of its image."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import pyarrow as pa

from catalogs.cells import Cell, Unfit, cell_of, in_words
from catalogs.nearest import did_you_mean
from catalogs.plan import LACKING, PLAN_SCHEMA, PLAN_SCHEMA_VERSION
from catalogs.refusals import ManifestRefused

# A manifest grows with the plan: one version for both.
MANIFEST_SCHEMA_VERSION = PLAN_SCHEMA_VERSION
VERSION_KEY = "toile_schema_version"

OK, FAILED, SKIPPED = "ok", "failed", "skipped"
STATUSES = (OK, FAILED, SKIPPED)
# The error code of a design for which the run had no time left.
BUDGET = "budget"
# The process died twice with the design in hand: nobody tries it again unasked.
PROCESS_DIED = "process_died"
# A preview that is there and is not shown, as its scores fail.
SCORES_FAILED = "scores_failed"
SCORES = ("ssim", "ssim_garment", "gmd", "gmd_image", "gmd_heldout", "motif", "relief", "speckle", "tv")
# Of a design in a colorway, instead of the others: what its motif kept.
COLORWAY_SCORES = ("structure",)
TILE_SCORES = ("legibility", "off_palette", "chroma_speckle", "max_copy", "novelty", "banding", "seam")

# Of a tile in inks: how far its print is from the picture before it.
INK_SCORES = ("delta_e_mean", "delta_e_p95")

# What the plan knows; its dictionary columns are plain text here, so that any reader can take them.
PLAN_COLUMNS = tuple(name for name in PLAN_SCHEMA.names if name not in {"state", "error_code", "error"})
# What painting adds. Together with the plan's columns this is a row.
RESULT_FIELDS = (
    pa.field("status", pa.string(), nullable=False),
    pa.field("error_code", pa.string()),
    pa.field("error", pa.string()),
    pa.field("image_key", pa.string()),
    pa.field("image_sha256", pa.string()),
    pa.field("thumb_key", pa.string()),
    pa.field("thumb_sha256", pa.string()),
    pa.field("width_px", pa.int32()),
    pa.field("height_px", pa.int32()),
    *(pa.field(name, pa.float64()) for name in (*SCORES, *TILE_SCORES, *COLORWAY_SCORES, *INK_SCORES)),
    pa.field("flags", pa.list_(pa.field("element", pa.string()))),  # the name that Parquet gives it
    pa.field("inks", pa.list_(pa.field("element", pa.string()))),
    pa.field("colours", pa.list_(pa.field("element", pa.string()))),
    pa.field("colour_shares", pa.list_(pa.field("element", pa.float64()))),
    pa.field("colour_descriptor", pa.list_(pa.field("element", pa.int8()))),
    pa.field("texture_descriptor", pa.list_(pa.field("element", pa.int8()))),
    pa.field("mask_area", pa.float64()),
    pa.field("mask_confidence", pa.float64()),
    pa.field("mask_source", pa.string()),
    pa.field("seconds", pa.float64()),
    pa.field("steps", pa.int32()),
    pa.field("device", pa.string()),
    pa.field("precision", pa.string()),
    pa.field("git_revision", pa.string()),
    pa.field("prefect_run_id", pa.string()),
    pa.field("rendered_at_utc", pa.timestamp("us", tz="UTC")),
)
RESULT_COLUMNS = tuple(field.name for field in RESULT_FIELDS)


def _plain(field: pa.Field) -> pa.Field:
    wanted = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, wanted, nullable=field.nullable)


MANIFEST_SCHEMA = pa.schema(
    [*(_plain(PLAN_SCHEMA.field(name)) for name in PLAN_COLUMNS), *RESULT_FIELDS],
    metadata={VERSION_KEY: MANIFEST_SCHEMA_VERSION},
)


def manifest_schema(extras: Iterable[str] = ()) -> pa.Schema:
    """Return the manifest's schema with a batch's extra columns, text, at the end."""
    return _schema(tuple(extras))


@cache
def _schema(extras: tuple[str, ...]) -> pa.Schema:
    fields = [*MANIFEST_SCHEMA, *(pa.field(name, pa.string()) for name in extras)]
    return pa.schema(fields, metadata=MANIFEST_SCHEMA.metadata)


@cache
def _cells(extras: tuple[str, ...]) -> dict[str, tuple[pa.Field, Cell]]:
    """Return each column's field and what it makes of a value, by name."""
    return {field.name: (field, cell_of(field.type)) for field in _schema(extras)}


def rows_to_table(rows: Iterable[Mapping[str, Any]], extras: Iterable[str] = ()) -> pa.Table:
    """Return rows as a table of ``manifest_schema(extras)``; absent columns are null.

    Raises:
        ManifestRefused: a column that the schema does not have, a value of another type, or a row that
            contradicts itself (ok without an image, failed without a reason, an unknown status).
    """
    extras = tuple(extras)
    plain = [_plain_row(row, extras) for row in rows]
    schema = _schema(extras)
    columns = [pa.array([row[field.name] for row in plain], field.type) for field in schema]
    return pa.table(columns, schema=schema)


def row_to_json(row: Mapping[str, Any], extras: Iterable[str] = ()) -> str:
    """Return a row as JSON that ``row_from_json`` gives back unchanged; absent columns become null.

    NaN and infinities, which JSON does not have, are the texts ``"NaN"``, ``"Infinity"``,
    ``"-Infinity"``; times are ISO 8601 in UTC.

    Raises:
        ManifestRefused: as ``rows_to_table``.
    """
    shown = {name: _to_json(value) for name, value in _plain_row(row, tuple(extras)).items()}
    return json.dumps({VERSION_KEY: MANIFEST_SCHEMA_VERSION, **shown}, ensure_ascii=False, allow_nan=False)


def row_from_json(text: str) -> dict[str, Any]:
    """Return the row that ``row_to_json`` wrote, every column of the schema present.

    Columns that begin with ``content_`` or ``style_`` and are not the schema's are extras.

    Raises:
        ManifestRefused: not such a JSON text, another schema version, or a row that the schema refuses.
    """
    try:
        shown = json.loads(text)
    except ValueError as error:
        raise ManifestRefused(f"the row is not JSON: {error}") from error
    if not isinstance(shown, dict):
        raise ManifestRefused(f"the row is a JSON object, got {type(shown).__name__}")
    version = shown.pop(VERSION_KEY, None)
    if version not in LACKING:
        raise ManifestRefused(
            f"the row has schema version {version}, this Toile reads {' and '.join(LACKING)}"
        )
    known = _cells(())
    extras = tuple(name for name in shown if name not in known and name.startswith(("content_", "style_")))
    values = {
        name: _from_json(value, known[name][0].type) if name in known else value
        for name, value in shown.items()
    }
    return _plain_row(values, extras)


def _plain_row(row: Mapping[str, Any], extras: tuple[str, ...]) -> dict[str, Any]:
    """Return a row as a table would give it back: every column, in order."""
    cells = _cells(extras)
    _check(row, cells)
    plain: dict[str, Any] = {}
    for name, (field, cell) in cells.items():
        value = row.get(name)
        if value is None and not field.nullable:
            raise ManifestRefused(f"the column {name!r} is never empty; give every row one")
        try:
            plain[name] = None if value is None else cell(value)
        except (Unfit, OverflowError):
            raise ManifestRefused(
                f"the column {name!r} holds {in_words(field.type)}, got {value!r:.60}"
            ) from None
    return plain


def _check(row: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if not row.keys() <= known.keys():
        unknown = [name for name in row if name not in known]
        near = did_you_mean(unknown[0], known)
        raise ManifestRefused(
            f"the manifest has no column {', '.join(map(repr, unknown))}{near}; its columns are in "
            f"catalogs/README.md",
            unknown=unknown,
        )
    status = row.get("status")
    who = row.get("design_id")
    if status not in STATUSES:
        raise ManifestRefused(f"design {who}: status is one of {', '.join(STATUSES)}, got {status!r}")
    if status == OK and (missing := [name for name in _NEEDED_WHEN_OK if row.get(name) is None]):
        raise ManifestRefused(f"design {who} is ok and has no {', '.join(missing)}")
    if status == OK and row.get("error_code") is not None:
        raise ManifestRefused(f"design {who} is ok and has the error_code {row['error_code']!r}")
    if status != OK and not (row.get("error_code") and row.get("error")):
        raise ManifestRefused(f"design {who} is {status} and says no error_code and error")


_NEEDED_WHEN_OK = ("image_key", "image_sha256", "rendered_at_utc")


def _to_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list) and float in map(type, value):
        return [_to_json(one) for one in value]
    return value


def _from_json(value: Any, wanted: pa.DataType) -> Any:
    if isinstance(value, list) and pa.types.is_list(wanted) and pa.types.is_floating(wanted.value_type):
        return [_from_json(one, wanted.value_type) for one in value]
    if not isinstance(value, str):
        return value
    try:
        if pa.types.is_floating(wanted):
            return float(value)
        if pa.types.is_timestamp(wanted):
            return datetime.fromisoformat(value)
    except ValueError as error:
        raise ManifestRefused(f"{value[:40]!r} is no {wanted}: {error}") from error
    return value
