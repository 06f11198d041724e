"""Published manifests for the tests of the gallery: any row, as it is told, with tiny pictures if wanted."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from PIL import Image, ImageDraw

from catalogs.layout import LATEST_KEY, design_key, manifest_key, thumb_key
from catalogs.manifest import MANIFEST_SCHEMA, rows_to_table
from catalogs.merging import encode_manifest
from catalogs.storage import Storage

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
KINDS = ("floral", "stripe", "ikat")
CATEGORIES = ("dress", "shirt")
_OF_FINISHED = (
    *("image_key", "image_sha256", "thumb_key", "thumb_sha256", "width_px", "height_px", "motif", "relief"),
    *("speckle", "gmd_heldout", "colours", "colour_shares", "texture_descriptor", "colour_descriptor"),
)


def a_design(number: int, **cells: Any) -> dict[str, Any]:
    """Return a finished design of garment ``number % 4`` and style ``number // 4``; motifs grow."""
    design_id = hashlib.sha256(f"design {number}".encode()).hexdigest()[:32]
    garment, style = number % 4, number // 4
    marks = (style % 96, (style + 17 * (style // 96)) % 96)  # no two styles look nearly the same
    row: dict[str, Any] = {
        "design_id": design_id,
        "batch_id": "night-1",
        "shard_id": 0,
        "content_id": f"garment-{garment}",
        "content_title": f"Linen {CATEGORIES[garment % 2]} {garment}",
        "content_key": f"content/garment-{garment}.png",
        "category": CATEGORIES[garment % 2],
        "season": "ss27",
        "content_licence": "CC0-1.0",
        "style_id": f"style-{style}",
        "style_title": f"Été {KINDS[style % 3]} {style}",
        "style_key": f"style/style-{style}.png",
        "style_kind": KINDS[style % 3],
        "style_licence": "CC-BY-4.0",
        "credit": "Mill 7",
        "recipe": "toile",
        "recipe_hash": "0" * 64,
        "size_px": 256,
        "colorway": "",
        "seed": number,
        "engine_version": "7",
        "weights_sha256": "0" * 64,
        "status": "ok",
        "image_key": design_key(design_id),
        "image_sha256": "1" * 64,
        "thumb_key": thumb_key(design_id),
        "thumb_sha256": "2" * 64,
        "width_px": 192,
        "height_px": 256,
        "motif": 0.40 + 0.01 * number,
        "relief": 0.40,
        "speckle": 0.95,
        "gmd_heldout": 0.25,
        "colours": ["#1040c0" if style % 2 else "#c02010"],
        "colour_shares": [1.0],
        "texture_descriptor": [100 if place in marks else 1 for place in range(96)],
        "colour_descriptor": [100 if place == style % 2 else 1 for place in range(32)],
        "prefect_run_id": "00000000-0000-0000-0000-000000000001",
        "rendered_at_utc": NOON + timedelta(minutes=number),
    }
    return row | cells


def a_failure(number: int, **cells: Any) -> dict[str, Any]:
    """Return a design that failed."""
    nothing = dict.fromkeys(_OF_FINISHED)
    why = {"status": "failed", "error_code": "truncated", "error": "content/tee.jpg ends too soon"}
    return a_design(number) | nothing | why | cells


def hang_pictures(storage: Storage, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the pictures that rows name: 48 × 64, stripes in the style's colour."""
    written: set[str] = set()
    for row in rows:
        for column in ("thumb_key", "image_key", "content_key", "style_key"):
            key = row[column]
            if key and key not in written:
                storage.write_atomic(key, _picture(row, column))
                written.add(key)


def _picture(row: Mapping[str, Any], column: str) -> bytes:
    told = hashlib.sha256(row["style_id"].encode()).digest()
    picture = Image.new("RGB", (48, 64), (244, 243, 240) if column != "style_key" else tuple(told[:3]))
    draw = ImageDraw.Draw(picture)
    is_plain = column == "content_key"
    for x in range(0, 48, 2 + told[3] % 6):
        draw.line((x, 0, x, 64), (210, 208, 204) if is_plain else tuple(told[4:7]), 1 + told[7] % 2)
    if column != "style_key":
        narrow = int(row["content_id"].rpartition("-")[2]) % 4
        for edge in (
            (0, 0, 6 + 2 * narrow, 64),
            (42 - 2 * narrow, 0, 48, 64),
            (0, 0, 48, 5),
            (0, 59, 48, 64),
        ):
            draw.rectangle(edge, (244, 243, 240))
    data = io.BytesIO()
    picture.save(data, "WEBP" if row[column].endswith("webp") else "PNG")
    return data.getvalue()


def table_of(rows: Sequence[Mapping[str, Any]], batch_id: str) -> pa.Table:
    """Return rows as the manifest of a batch."""
    if not rows:
        return MANIFEST_SCHEMA.empty_table()
    return rows_to_table([{**row, "batch_id": batch_id} for row in rows])


def publish_rows(storage: Storage, rows: Sequence[Mapping[str, Any]], batch_id: str = "night-1") -> None:
    """Write a manifest and point ``latest.json`` at it."""
    data = encode_manifest([table_of(rows, batch_id)], ())
    storage.write_atomic(manifest_key(batch_id), data)
    latest = {
        "batch_id": batch_id,
        "manifest": manifest_key(batch_id),
        "sha256": hashlib.sha256(data).hexdigest(),
        "rows": len(rows),
        "ok": sum(row["status"] == "ok" for row in rows),
        "failed": sum(row["status"] == "failed" for row in rows),
        "skipped": sum(row["status"] == "skipped" for row in rows),
        "published_at_utc": NOON.isoformat(),
        "schema_version": "6",
    }
    storage.write_atomic(LATEST_KEY, json.dumps(latest).encode())
