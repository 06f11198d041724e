"""Manifests as large as one likes, of designs that were never painted, for ``bench/gallery.py``."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from catalogs.layout import LATEST_KEY, manifest_key
from catalogs.manifest import MANIFEST_SCHEMA, SCORES

BLOCK_ROWS = 131_072
GARMENTS = STYLES = 1000
THUMBS = 400
CATEGORIES = ("tee", "dress", "coat", "skirt", "shirt", "hood", "trousers", "bag")
KINDS = ("floral", "stripe", "check", "ikat", "artwork", "lace", "animal", "geometric", "paisley")
RECIPES = ("toile", "gatys", "toile-toss", "textile-tv", "duggal")
COLORWAYS = ("", "sea", "sand", "night")
FLAGS = ("low_contrast", "speckled", "flat")
_FIRST_DAY_S, _DAYS = 1_763_000_000, 20


def write_manifest(
    root: Path, batch_id: str, numbers: Sequence[int] | range, *, nights: Sequence[str] = ()
) -> Path:
    """Write the manifest of a batch under ``root`` and point ``latest.json`` at it.

    Args:
        root: of the bucket.
        batch_id: its name.
        numbers: of the designs; the same number is the same design, whatever manifest lists it.
        nights: batches that the rows tell to be of, in this order; () for ``batch_id`` alone.
    """
    file = root / manifest_key(batch_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    of, told = np.asarray(numbers, np.int64), tuple(nights) or (batch_id,)
    with pq.ParquetWriter(unfinished, MANIFEST_SCHEMA, compression="zstd") as writer:
        for start in range(0, len(of), BLOCK_ROWS):
            block = of[start : start + BLOCK_ROWS]
            places = np.arange(start, start + len(block)) * len(told) // max(1, len(of))
            writer.write_table(_rows(block, told, places))
    unfinished.rename(file)
    _point_at(root, batch_id, file, len(of))
    return file


def write_thumbs(root: Path, numbers: range) -> list[str]:
    """Write thumbnails of those of the designs that are finished; return their ids."""
    table = _rows(np.asarray(numbers), ("",), np.zeros(len(numbers), np.int64))
    ids = table.filter(pa.compute.is_valid(table.column("thumb_key"))).column("design_id").to_pylist()
    for place, one in enumerate(ids):
        shades = np.random.default_rng(place).integers(0, 256, (6, 6, 3), np.uint8)
        data = io.BytesIO()
        Image.fromarray(shades).resize((192, 256), Image.Resampling.BICUBIC).save(data, "WEBP")
        file = root / "thumbs" / one[:2] / f"{one}.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.getvalue())
    return ids


def id_of(number: int) -> str:
    """Return the id of a design."""
    return _ids(np.array([number]))[0]


def _ids(numbers: np.ndarray) -> list[str]:
    # two different odd factors, so that ids are spread and no two numbers share one
    high = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    low = numbers.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    digits = np.stack([high, low], 1).byteswap().tobytes().hex()
    return [digits[at : at + 32] for at in range(0, len(digits), 32)]


def _rows(numbers: np.ndarray, nights: Sequence[str], night: np.ndarray) -> pa.Table:
    """Return designs as a table of the manifest's schema."""
    count, chance = len(numbers), np.random.default_rng(int(numbers[0]))
    ids = _ids(numbers)
    mixed = numbers * 2_654_435_761 % 2**31
    garment, style = mixed % GARMENTS, mixed // GARMENTS % STYLES
    luck = numbers * 0x9E3779B1 % 2**32 / 2**32
    status = (luck > 0.97).astype(int) + (luck > 0.995)
    failed = pa.array(status == 0)
    words = {
        "batch_id": (nights, night),
        "content_id": ([f"garment-{one:04}" for one in range(GARMENTS)], garment),
        "content_title": ([f"Linen {CATEGORIES[one % 8]} number {one}" for one in range(GARMENTS)], garment),
        "content_key": ([f"content/garment-{one:04}.png" for one in range(GARMENTS)], garment),
        "category": (CATEGORIES, garment % 8),
        "season": (("SS27", "AW27", "SS28"), garment % 3),
        "content_licence": (("CC0-1.0", "CC-BY-4.0"), garment % 2),
        "style_id": ([f"textile-{one:04}" for one in range(STYLES)], style),
        "style_title": ([f"Été {KINDS[one % 9]} of mill {one}" for one in range(STYLES)], style),
        "style_key": ([f"style/textile-{one:04}.png" for one in range(STYLES)], style),
        "style_kind": (KINDS, style % 9),
        "style_licence": (("CC0-1.0", "CC-BY-4.0", "proprietary:mill-7"), style % 3),
        "recipe": (RECIPES, chance.integers(0, len(RECIPES), count)),
        "colorway": (COLORWAYS, chance.integers(0, len(COLORWAYS), count)),
        "status": (("ok", "failed", "skipped"), status),
    }
    columns = {name: _told(texts, places) for name, (texts, places) in words.items()}
    columns |= {name: pa.array(chance.beta(3, 3, count).round(4)) for name in (*SCORES, "novelty")}
    columns |= {
        "design_id": pa.array(ids),
        "size_px": pa.array(np.where(luck > 0.5, 256, 384), pa.int32()),
        "seed": pa.array(numbers),
        "image_key": _where(failed, [f"designs/{one[:2]}/{one}.png" for one in ids]),
        "thumb_key": _where(failed, [f"thumbs/{one[:2]}/{one}.webp" for one in ids]),
        "image_sha256": pa.array([hashlib.sha256(one.encode()).hexdigest() for one in ids]),
        "width_px": pa.array(np.full(count, 192), pa.int32()),
        "height_px": pa.array(np.full(count, 256), pa.int32()),
        "flags": _lists(luck < 0.05, np.array(FLAGS)[mixed % 3]),
        "colours": _lists(np.ones(count, bool), np.array(_shades())[style % 500]),
        "texture_descriptor": _descriptors(chance, count, 96),
        "colour_descriptor": _descriptors(chance, count, 32),
        "rendered_at_utc": pa.array(
            (_FIRST_DAY_S + night * _DAYS * 86_400 // max(1, len(nights))) * 1_000_000,
            pa.timestamp("us", "UTC"),
        ),
        "error_code": _told(("", "truncated", "duplicate"), status),
    }
    empty = {"repeat": "", "maker": ""}
    made = []
    for field in MANIFEST_SCHEMA:
        column = columns.get(field.name)
        if column is None:
            plain = empty.get(field.name, "0" if field.type == pa.string() else 0)
            column = pa.nulls(count, field.type) if field.nullable else pa.array([plain] * count)
        made.append(column.cast(field.type))
    return pa.table(made, schema=MANIFEST_SCHEMA)


def _told(texts: Sequence[str], places: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(texts)).cast(
        pa.string()
    )


def _where(there: pa.Array, texts: list[str]) -> pa.Array:
    return pa.compute.if_else(there, pa.array(texts), None)


def _lists(there: np.ndarray, values: np.ndarray) -> pa.Array:
    """Return a list of one value where there is one, of none elsewhere."""
    ends = np.concatenate([[0], np.cumsum(there)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(values[there].tolist(), pa.string()))


def _descriptors(chance: np.random.Generator, count: int, length: int) -> pa.Array:
    values = chance.integers(-60, 60, count * length, np.int8)
    ends = np.arange(count + 1, dtype=np.int32) * length
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(values))


def _shades() -> list[str]:
    values = np.random.default_rng(0).integers(0, 256, (500, 3))
    return ["#{:02x}{:02x}{:02x}".format(*one) for one in values.tolist()]


def _point_at(root: Path, batch_id: str, file: Path, rows: int) -> None:
    latest = {
        "batch_id": batch_id,
        "manifest": manifest_key(batch_id),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "rows": rows,
        "ok": rows,
        "failed": 0,
        "skipped": 0,
        "published_at_utc": datetime.now(UTC).isoformat(),
        "schema_version": MANIFEST_SCHEMA.metadata[b"toile_schema_version"].decode(),
    }
    (root / LATEST_KEY).write_text(json.dumps(latest), encoding="utf-8")
