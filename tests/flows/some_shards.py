"""Shards of small pictures, as a plan would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq

from catalogs.errors import NotFound
from catalogs.identity import design_id
from catalogs.layout import design_key, thumb_key
from catalogs.storage import Storage
from configs.recipe import ClothPart, Recipe
from flows.shards.rows import RunFacts
from flows.shards.shard import Pace, Shard
from tests.flows.fake_engine import picture

RECIPE = Recipe(name="laid", cloth=ClothPart(maker="tile"))
# Nobody waits for a storage in a test that does not ask for it.
PACE = Pace(prepare_threads=2, finish_threads=2, patience_s=0)
FACTS = RunFacts(run_started_utc=datetime(2026, 1, 1, tzinfo=UTC), git_revision="abc", prefect_run_id="run-1")


def planned_row(
    content: str, style: str, *, batch_id: str = "demo", shard_id: int = 0, seed: int = 0
) -> dict[str, Any]:
    """Return the plan's row of a content and a style image, named by what they show."""
    content_sha256, style_sha256 = (hashlib.sha256(picture(name)).hexdigest() for name in (content, style))
    return {
        "design_id": design_id(
            content_sha256=content_sha256,
            style_sha256=style_sha256,
            recipe_hash="0" * 64,
            size_px=16,
            seed=seed,
            weights_sha256="1" * 64,
            engine_version="fake-1",
        ),
        "batch_id": batch_id,
        "shard_id": shard_id,
        "state": "render",
        "error_code": None,
        "error": None,
        "content_id": content,
        "style_id": style,
        "recipe": RECIPE.name,
        "recipe_hash": "0" * 64,
        "size_px": 16,
        "colorway": "",
        "seed": seed,
        "motif_share": None,
        "colorway_colours": None,
        "maker": "quilt",
        "repeat": None,
        "repeat_width_mm": None,
        "repeat_share": None,
        "content_key": f"content/{content}.png",
        "content_sha256": content_sha256,
        "mask_key": None,
        "mask_sha256": None,
        "protect_key": None,
        "protect_sha256": None,
        "further_styles": None,
        "regions_key": None,
        "regions_sha256": None,
        "palette_key": None,
        "palette_sha256": None,
        "style_key": f"style/{style}.png",
        "style_sha256": style_sha256,
        "content_title": content.title(),
        "category": "tee",
        "season": None,
        "content_licence": "CC0-1.0",
        "content_source": "drawn for the tests",
        "style_title": style.title(),
        "style_kind": "stripe",
        "style_licence": "CC-BY-4.0",
        "credit": "A. Weaver & Co <weavers>",
        "style_source": "drawn for the tests",
        "engine_version": "fake-1",
        "weights_sha256": "1" * 64,
    }


def some_shard(
    storage: Storage,
    contents: Sequence[str] = ("tee", "coat", "dress"),
    styles: Sequence[str] = ("ikat", "floral"),
    *,
    batch_id: str = "demo",
    shard_id: int = 0,
) -> Shard:
    """Put the pictures into the storage and return the shard of the whole grid."""
    for folder, names in (("content", contents), ("style", styles)):
        for name in names:
            storage.write_atomic(f"{folder}/{name}.png", picture(name))
    rows = [
        planned_row(content, style, batch_id=batch_id, shard_id=shard_id)
        for style in styles
        for content in contents
    ]
    return Shard(batch_id=batch_id, shard_id=shard_id, recipe=RECIPE, planned=tuple(rows))


def part_rows(storage: Storage, shard: Shard) -> dict[str, dict[str, Any]]:
    """Return the rows of a shard's part by design id; fails where there is no part or a row twice."""
    import pyarrow as pa

    rows = pq.read_table(pa.BufferReader(storage.read(shard.part_key))).to_pylist()
    by_id = {row["design_id"]: row for row in rows}
    assert len(by_id) == len(rows)
    return by_id


def has_part(storage: Storage, shard: Shard) -> bool:
    """Tell whether the shard is marked as done."""
    return storage.exists(shard.part_key)


def assert_files_match_rows(storage: Storage, rows: dict[str, dict[str, Any]]) -> None:
    """Check that every ok row's image and thumbnail are there with the digests that the row says."""
    for id_, row in rows.items():
        if row["status"] != "ok":
            continue
        assert row["image_key"] == design_key(id_)
        assert row["thumb_key"] == thumb_key(id_)
        for what in ("image", "thumb"):
            try:
                data = storage.read(row[f"{what}_key"])
            except NotFound:
                raise AssertionError(f"{row[f'{what}_key']} is not there") from None
            assert hashlib.sha256(data).hexdigest() == row[f"{what}_sha256"]
