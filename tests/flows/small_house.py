"""A small fashion house: a bucket with both catalogs, a batch and a recipe as files, and a fake engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.layout import LATEST_KEY, batch_manifest_key, manifest_key
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from flows.equipment import Equipment
from flows.shards.shard import Pace
from tests.flows.fake_engine import FakeEngine, picture

RECIPE = """
name: laid
cloth: {maker: tile, motif_scale: 1.0}
"""
BATCH = """
name: demo
recipes: [./laid.yaml]
sizes_px: [32]
shard_size: 4
max_failure_rate: 0.5
"""
CONTENTS = ("tee", "coat", "dress", "skirt", "hood")
STYLES = ("ikat", "floral", "check")


@dataclass
class SmallHouse:
    """Everything a run needs, in one folder; ``engine`` and ``storage`` may be replaced by faulty ones."""

    folder: Path
    engine: FakeEngine = field(default_factory=FakeEngine)
    storage: Storage = field(init=False)
    pace: Pace = field(
        default_factory=lambda: Pace(
            prepare_threads=2, finish_threads=2, patience_s=0, retry_delays_s=(0.01, 0.01)
        )
    )

    def __post_init__(self) -> None:
        self.storage = DirectoryStorage(self.folder / "bucket")
        # several processes may live in one house
        if not (self.folder / "demo.yaml").exists():
            self.write_recipe(RECIPE)
            self.write_batch(BATCH)

    @property
    def root(self) -> str:
        return str(self.folder / "bucket")

    @property
    def batch(self) -> str:
        return str(self.folder / "demo.yaml")

    def write_recipe(self, text: str) -> None:
        (self.folder / "laid.yaml").write_text(text)

    def write_batch(self, text: str) -> None:
        (self.folder / "demo.yaml").write_text(text)

    def fill(self, contents: Sequence[str] = CONTENTS, styles: Sequence[str] = STYLES) -> SmallHouse:
        """Draw the pictures and write the catalogs."""
        for kind, names, header in (
            ("content", contents, "content_id,image,title,category,season,licence,source"),
            ("style", styles, "style_id,image,title,kind,licence,credit,source"),
        ):
            lines = [header]
            for name in names:
                self.storage.write_atomic(f"{kind}/{name}.png", picture(name))
                cells = [name, f"{name}.png", name.title(), "tee" if kind == "content" else "stripe"]
                cells += ["SS27", "CC0-1.0"] if kind == "content" else ["CC0-1.0", "A. Weaver"]
                lines.append(",".join([*cells, "drawn for the tests"]))
            self.storage.write_atomic(f"{kind}/catalog.csv", "\n".join(lines).encode())
        return self

    def equipment(self) -> Equipment:
        return Equipment(
            open_root=lambda root: self.storage,
            make_engine=lambda device, deterministic: self.engine,
            find_devices=lambda: ["cpu"],
            pace=self.pace,
        )

    def rows(self, batch_id: str = "demo", *, published: bool = True) -> dict[str, dict[str, Any]]:
        """Return the manifest's rows by design id; fails where one comes twice."""
        key = manifest_key(batch_id) if published else batch_manifest_key(batch_id)
        rows = pq.read_table(pa.BufferReader(self.storage.read(key))).to_pylist()
        by_id = {row["design_id"]: row for row in rows}
        assert len(by_id) == len(rows)
        return by_id

    def statuses(self, batch_id: str = "demo", *, published: bool = True) -> dict[str, int]:
        found = [row["status"] for row in self.rows(batch_id, published=published).values()]
        return {status: found.count(status) for status in sorted(set(found))}

    def latest(self) -> dict[str, Any]:
        latest: dict[str, Any] = json.loads(self.storage.read(LATEST_KEY))
        return latest
