"""A night's manifest and pictures, as small as they can be, for the tests of the report."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from catalogs.layout import batch_manifest_key, design_key, thumb_key
from catalogs.manifest import rows_to_table
from catalogs.parts import to_parquet
from catalogs.storage import Storage

BATCH = "night-1"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GOOD = {"motif": 0.67, "relief": 0.31, "speckle": 0.91, "gmd": 0.25, "gmd_heldout": 0.27, "ssim": 0.63}


def ok(number: int, **cells: Any) -> dict[str, Any]:
    """A finished design's row."""
    design_id = f"{number:032x}"
    return {
        "design_id": design_id,
        "batch_id": BATCH,
        "shard_id": 0,
        "status": "ok",
        "content_id": f"tee-{number % 3}",
        "style_id": f"ikat-{number % 5}",
        "content_title": f"Tee {number % 3}",
        "style_title": f"Ikat {number % 5}",
        "content_key": f"content/tee-{number % 3}.png",
        "style_key": f"style/ikat-{number % 5}.png",
        "content_licence": "CC0-1.0",
        "style_licence": "CC-BY-4.0",
        "credit": "A. Weaver",
        "content_source": "own studio",
        "style_source": "archive",
        "recipe": "toile",
        "size_px": 64,
        "colorway": "",
        "seed": 0,
        "engine_version": "1",
        "image_key": design_key(design_id),
        "thumb_key": thumb_key(design_id),
        "image_sha256": "0" * 64,
        "rendered_at_utc": NOON,
        "seconds": 2.0,
        "device": "cpu",
        "flags": [],
        **GOOD,
        **cells,
    }


def tile(number: int, **cells: Any) -> dict[str, Any]:
    """A finished tile of yardage: the figures of waves filled with an ikat, as a half-drop."""
    garment = {name: None for name in ok(number) if name.startswith("content_")}
    made = {
        "recipe": "fill",
        "maker": "fill",
        "repeat": "half-drop",
        "style_title": f"Ikat {number % 5} + Waves",
        "further_styles": [waves()],
        **dict.fromkeys(("ssim", "relief")),
        "seam": 1.0,
        "banding": 1.0,
        "chroma_speckle": 1.1,
        "legibility": 0.5,
        "novelty": 0.3,
    }
    return ok(number) | garment | made | cells


def waves(region: str = "motif", share: float = 0.0) -> dict[str, Any]:
    """A further textile: the motif, unless told otherwise."""
    of_file = {"style_id": "waves", "key": "style/waves.png", "sha256": "1" * 64}
    return of_file | {"share": share, "region": region, "motif_ratio": None}


def failed(number: int, code: str, error: str, **cells: Any) -> dict[str, Any]:
    """A failed design's row: no picture, no scores."""
    kept = (
        "design_id",
        "batch_id",
        "content_id",
        "style_id",
        "content_title",
        "style_title",
        "recipe",
        "size_px",
    )
    row = {
        name: value
        for name, value in ok(number).items()
        if name in (*kept, "colorway", "seed", "engine_version")
    }
    return row | {"status": "failed", "error_code": code, "error": error} | cells


def skipped(number: int, code: str, error: str) -> dict[str, Any]:
    """A row that was left out on purpose."""
    return failed(number, code, error, status="skipped")


def png(colour: tuple[int, int, int] = (180, 90, 60), size: tuple[int, int] = (48, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def write_night(storage: Storage, rows: Iterable[Mapping[str, Any]], *, pictures: bool = True) -> None:
    """Write the batch's manifest and, unless told otherwise, every picture that its rows name."""
    listed = list(rows)
    storage.write_atomic(batch_manifest_key(BATCH), to_parquet(rows_to_table(listed)))
    if pictures:
        keys = {row.get(name) for row in listed for name in ("content_key", "style_key", "thumb_key")}
        keys |= {one["key"] for row in listed for one in row.get("further_styles") or ()}
        for key in keys - {None}:
            storage.write_atomic(str(key), png())
