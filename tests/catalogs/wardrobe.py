"""Small catalogs, batches and finished designs for the tests of planning and publication."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalogs.catalog import load_catalog
from catalogs.kinds import kind_named
from catalogs.layout import design_key, thumb_key
from catalogs.parts import write_part
from catalogs.plan import Plan, plan_shard
from catalogs.planning import plan_batch
from catalogs.storage import Storage
from configs.batch import Batch
from configs.recipe import ClothPart, GarmentPart, Recipe

PLAIN = Recipe(name="plain", cloth=ClothPart(), garment=GarmentPart())
PAPER = Recipe(name="paper", cloth=ClothPart(maker="mirror"))
WEIGHTS = {"vgg16": "0" * 64}
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def picture(name: str) -> bytes:
    """Bytes that begin like a PNG and differ by name; catalogs look no further."""
    return b"\x89PNG\r\n\x1a\n" + name.encode("utf-8", "surrogatepass")


def garment(name: str, **cells: Any) -> dict[str, Any]:
    return {
        "content_id": name,
        "image": f"{name}.png",
        "title": f"Garment {name}",
        "category": "tee",
        "season": "ss27",
        "licence": "CC0-1.0",
        "source": "own studio",
    } | cells


def textile(name: str, **cells: Any) -> dict[str, Any]:
    return {
        "style_id": name,
        "image": f"{name}.png",
        "title": f"Textile {name}",
        "kind": "stripe",
        "licence": "proprietary:mill-7",
        "credit": "Mill 7",
        "source": "archive",
    } | cells


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(columns), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def put_catalog(storage: Storage, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a catalog and a picture for every image or mask that can be there and is not yet."""
    columns = list(kind_named(kind).columns)
    columns += [name for row in rows for name in row if name not in columns]
    storage.write_atomic(f"{kind}/catalog.csv", as_csv(rows, dict.fromkeys(columns)))
    for row in rows:
        for path in filter(None, (row.get(name) for name in ("image", *kind_named(kind).companions))):
            if ".." not in path and not path.startswith("/"):
                put_picture(storage, f"{kind}/{path}")


def put_picture(storage: Storage, key: str, data: bytes | None = None) -> None:
    if not storage.exists(key):
        storage.write_atomic(key, data if data is not None else picture(key))


def put_shop(storage: Storage, garments: Iterable[str] = "abc", textiles: Iterable[str] = "xy") -> None:
    put_catalog(storage, "content", [garment(name) for name in garments])
    put_catalog(storage, "style", [textile(name) for name in textiles])


def a_batch(**changes: Any) -> Batch:
    return Batch.model_validate({"name": "night", "recipes": ("plain",), "sizes_px": (256,)} | changes)


def hash_of(recipe: Recipe) -> str:
    return hashlib.sha256(recipe.model_dump_json(exclude={"name", "title"}).encode()).hexdigest()


def a_plan(
    storage: Storage,
    batch: Batch | None = None,
    *,
    recipes: Sequence[Recipe] = (PLAIN, PAPER),
    engine_version: str = "1",
    weights: Mapping[str, str] = WEIGHTS,
    **others: Any,
) -> Plan:
    batch = batch or a_batch()
    by_name = {recipe.name: recipe for recipe in recipes}
    return plan_batch(
        batch,
        by_name,
        {name: hash_of(recipe) for name, recipe in by_name.items()},
        load_catalog(storage, "content"),
        load_catalog(storage, "style"),
        engine_version=engine_version,
        weights_sha256=weights,
        **others,
    )


def planned_part(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"state", "error_code", "error"}}


def ok_row(row: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The row of a planned design that was painted."""
    return (
        planned_part(row)
        | {
            "status": "ok",
            "image_key": design_key(row["design_id"]),
            "image_sha256": "1" * 64,
            "thumb_key": thumb_key(row["design_id"]),
            "thumb_sha256": "2" * 64,
            "width_px": 256,
            "height_px": 192,
            "ssim": 0.63,
            "gmd": 0.25,
            "flags": ["unmasked"],
            "seconds": 6.0,
            "steps": 20,
            "rendered_at_utc": NOON,
        }
        | changes
    )


def failed_row(row: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return (
        planned_part(row)
        | {
            "status": "failed",
            "error_code": "nonfinite",
            "error": "the loss became NaN",
            "rendered_at_utc": NOON,
        }
        | changes
    )


def paint(storage: Storage, plan: Plan, shard_id: int, *, fail: Iterable[str] = ()) -> list[str]:
    """Pretend to paint a shard: images, then the part; designs in ``fail`` fail. Return the design ids."""
    rows = plan_shard(plan, shard_id)
    bad = set(fail)
    for row in rows:
        if row["design_id"] not in bad:
            storage.write_atomic(design_key(row["design_id"]), picture(row["design_id"]))
    made = [failed_row(row) if row["design_id"] in bad else ok_row(row) for row in rows]
    write_part(storage, plan.batch_id, shard_id, made, extras=plan.extras)
    return [row["design_id"] for row in rows]


def paint_all(storage: Storage, plan: Plan) -> None:
    for shard_id in plan.shard_ids:
        paint(storage, plan, shard_id)
