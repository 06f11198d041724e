"""``toile verify``: what is wrong as a table and as JSON, mended with real pictures by the engine's codec."""

from __future__ import annotations

import hashlib

import pytest

from catalogs.layout import design_key, manifest_key, thumb_key
from flows.atelier import EngineAtelier
from flows.nightly import nightly_designs

pytestmark = pytest.mark.usefixtures("prefect_api")


@pytest.fixture
def night(house, toile, monkeypatch):
    """A night of 15 designs, painted by the flow; and its ids."""
    monkeypatch.setenv("TOILE_ROOT", house.root)
    nightly_designs(house.batch)
    return sorted(house.rows())


def test_a_sound_bucket_has_nothing_to_mend(toile, night):
    answer = toile("verify", "--deep")
    assert answer.code == 0
    assert "1 manifest, 15 designs: every picture read" in answer.out
    assert "nothing to mend" in answer.out


def test_verify_tells_and_repair_mends_and_the_next_night_paints(house, toile, night):
    gone, cut, thumbless, *_ = night
    before = house.rows()
    house.storage.delete(design_key(gone))
    whole = house.storage.read(design_key(cut))
    house.storage.write_atomic(design_key(cut), whole[: len(whole) // 2])
    house.storage.delete(thumb_key(thumbless))
    answer = toile("verify", "--deep", "--json")
    assert answer.code == 1
    assert {flaw["kind"]: flaw["objects"] for flaw in answer.json["flaws"]} == {
        "image_missing": 1,
        "image_altered": 1,
        "thumb_missing": 1,
    }
    answer = toile("verify", "--deep", "--repair")
    assert answer.code == 0, answer.out
    assert "image is gone: rows set to missing" in answer.out
    assert "moved to damaged/" in answer.out
    assert "nothing is left to mend" in answer.out
    rows = house.rows()
    assert [rows[name]["error_code"] for name in (gone, cut)] == ["missing", "missing"]
    # the codec gives the same bytes again, so that the row needs no other digest
    thumb = house.storage.read(thumb_key(thumbless))
    assert hashlib.sha256(thumb).hexdigest() == before[thumbless]["thumb_sha256"]
    house.engine.painted.clear()
    assert nightly_designs(house.batch)["ok"] == 15
    assert sorted(house.engine.painted) == sorted([gone, cut])
    assert toile("verify", "--deep").code == 0


def test_without_repair_nothing_is_touched(house, toile, night):
    house.storage.delete(design_key(night[0]))
    before = {one.key: one.etag for one in house.storage.list("")}
    answer = toile("verify", house.batch)
    assert answer.code == 1
    assert "image_missing" in answer.out
    assert "toile verify --repair" in answer.out
    assert {one.key: one.etag for one in house.storage.list("")} == before


def test_what_cannot_be_mended_is_told_and_fails(house, toile, night):
    house.storage.write_atomic(manifest_key("foreign"), b"PAR1")
    answer = toile("verify", "--repair", "--json")
    assert answer.code == 1
    assert any("manifests/foreign.parquet" in words for words in answer.json["repaired"]["left"])


def test_an_atelier_makes_nothing_of_a_file_that_is_no_image():
    assert EngineAtelier().thumb_of(b"<html>") is None
    assert EngineAtelier().row_inside(b"<html>", "0" * 32) is None
