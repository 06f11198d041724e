"""How long a plan of a million designs takes and how much memory it needs: `python bench/plan.py`.

Reads two catalogs of small images from a folder, twice (the second time the digests are remembered), plans
the whole grid, writes the plan, reads it back and takes shards out of it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from catalogs.catalog import load_catalog
from catalogs.kinds import KindName, kind_named
from catalogs.plan import plan_shard, read_plan, write_plan
from catalogs.planning import plan_batch
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from configs.batch import Batch
from configs.recipe import ClothPart, GarmentPart, Recipe

MANY_SHARDS = 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contents", type=int, default=1000)
    parser.add_argument("--styles", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        storage = DirectoryStorage(folder)
        fill(storage, "content", asked.contents)
        fill(storage, "style", asked.styles)
        with timed(seconds, "catalogs, first time"):
            load_catalog(storage, "content"), load_catalog(storage, "style")
        with timed(seconds, "catalogs, digests remembered"):
            content, style = load_catalog(storage, "content"), load_catalog(storage, "style")
        recipe = Recipe(name="toile", cloth=ClothPart(), garment=GarmentPart())
        batch = Batch.model_validate({"name": "bench", "recipes": ("toile",), "sizes_px": (512,)})
        with timed(seconds, "plan"):
            plan = plan_batch(
                batch,
                {"toile": recipe},
                {"toile": "a" * 64},
                content,
                style,
                engine_version="1",
                weights_sha256={"vgg16": "b" * 64},
            )
        with timed(seconds, "write plan"):
            key = write_plan(storage, plan)
        with timed(seconds, "read plan"):
            again = read_plan(storage, plan.batch_id)
        with timed(seconds, f"{MANY_SHARDS} shards as rows"):
            for shard_id in range(0, len(again.shard_ids), max(1, len(again.shard_ids) // MANY_SHARDS)):
                plan_shard(again, shard_id)
        megabytes = storage.stat(key).size / 1e6
    found = {
        "designs": len(plan),
        "shards": len(plan.shard_ids),
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "plan_mb": round(megabytes, 1),
        "peak_rss_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
    }
    show(found, as_json=asked.json)
    return 0


def fill(storage: Storage, kind: KindName, count: int) -> None:
    """Write a catalog of ``count`` images, 4 kB each and all different, with widths and one extra column."""
    columns = kind_named(kind)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=[*columns.columns, "buyer"], restval="")
    writer.writeheader()
    for at in range(count):
        name = f"{kind}-{at:05d}"
        storage.write_atomic(f"{kind}/{name}.png", b"\x89PNG\r\n\x1a\n" + name.encode() * 256)
        writer.writerow(
            {
                columns.id_column: name,
                "image": f"{name}.png",
                "title": f"{kind.title()} number {at}",
                "licence": "CC0-1.0",
                "source": "bench",
                columns.width_column: 300 + at % 400,
                "buyer": f"buyer {at % 7}",
            }
        )
    storage.write_atomic(f"{kind}/catalog.csv", text.getvalue().encode())


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - start


def show(found: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))
        return
    print(f"{found['designs']:,} designs in {found['shards']:,} shards")
    for name, value in dict(found["seconds"]).items():  # type: ignore[call-overload]
        print(f"  {name:<32}{value:>8.2f} s")
    print(f"  plan.parquet {found['plan_mb']} MB, peak memory {found['peak_rss_gb']} GB")


if __name__ == "__main__":
    sys.exit(main())
