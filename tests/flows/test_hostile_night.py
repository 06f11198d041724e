"""A night over all that attackers and broken cameras send: rows with reasons, and the good ones painted."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogs.ids import safe_id
from catalogs.publication import publish
from flows import wiring
from flows.equipment import equipped
from flows.shards.claimed_shard import render_claimed_shard
from nst_core.preparation import Preparation
from tests.flows.fake_engine import FakeEngine, picture
from tests.flows.small_house import BATCH, SmallHouse


class DecodingEngine(FakeEngine):
    """Decodes and lays like the real engine, and paints like the fake one."""

    def prepare(self, job, recipe, *, tile=None):
        return Preparation().prepare(job, recipe)


@pytest.fixture
def hostile(data_dir: Path) -> list[Path]:
    return sorted(file for file in (data_dir / "hostile").iterdir() if file.suffix != ".tsv")


def test_every_hostile_file_as_garment_and_as_textile_is_a_row_and_costs_no_neighbour(tmp_path, hostile):
    house = SmallHouse(tmp_path, engine=DecodingEngine())
    write_catalogs(house, hostile)
    house.write_batch(BATCH + "selection: {kind: pairs, pairs_csv: pairs/all.csv}\n")
    with equipped(house.equipment()):
        run = wiring.plan_run(house.batch)
        for shard_id in run.missing_by_shard():
            render_claimed_shard(run, shard_id, device="cpu", wait=False)
        summary = publish(house.storage, run.plan, max_failure_rate=1.0)
    rows = house.rows().values()
    # each file as garment and as textile, and the good pair
    assert len(rows) == summary.planned == 2 * len(hostile) + 1
    [good] = [row for row in rows if row["content_id"] == row["style_id"] == "good"]
    assert good["status"] == "ok"
    failed = [row for row in rows if row["status"] == "failed"]
    assert all(row["error_code"] and row["error"] for row in failed)
    assert not [row for row in failed if row["error_code"] in {"unexpected_error", "missing"}]
    # what real catalogs hold is painted (CMYK, 16 bit, grey, palette, rotated, foreign profiles)
    painted = {row["content_id"] for row in rows if row["status"] == "ok"}
    assert {
        safe_id(name) for name in ("cmyk", "exif_rot6", "gray16", "palette_trns", "icc_adobe1998")
    } <= painted
    # and what attackers send is not
    refused = {row["content_id"] for row in failed}
    assert {safe_id(name) for name in ("bomb_40000x40000", "html_named", "truncated", "animated")} <= refused


def write_catalogs(house: SmallHouse, hostile: list[Path]) -> None:
    good = picture("good", width=64, height=64)
    ids = {file: safe_id(file.stem) for file in hostile}
    # two files may differ in their ending only
    seen: set[str] = set()
    for file, name in ids.items():
        if name in seen:
            ids[file] = safe_id(file.name)
        seen.add(ids[file])
    for kind, columns in (
        ("content", "content_id,image,title,category,season,licence,source"),
        ("style", "style_id,image,title,kind,licence,credit,source"),
    ):
        house.storage.write_atomic(f"{kind}/good.png", good)
        rest = "tee,all,CC0-1.0,tests" if kind == "content" else "stripe,CC0-1.0,tests,tests"
        lines = [columns, f"good,good.png,Good,{rest}"]
        for file, name in ids.items():
            house.storage.write_atomic(f"{kind}/{file.name}", file.read_bytes())
            lines.append(f"{name},{file.name},{name},{rest}")
        house.storage.write_atomic(f"{kind}/catalog.csv", "\n".join(lines).encode())
    pairs = ["content_id,style_id", "good,good"]
    pairs += [f"{name},good" for name in ids.values()]
    pairs += [f"good,{name}" for name in ids.values()]
    house.storage.write_atomic("pairs/all.csv", "\n".join(pairs).encode())
