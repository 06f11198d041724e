"""Manifests that somebody made to break the gallery: pages stay, texts stay texts."""

from __future__ import annotations

import math

import pytest
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, a_failure, publish_rows

PAGES = ("/", "/failures", "/compare", "/shortlists", "/api/designs", "/api/counts")
ODD_FIGURES = (math.nan, math.inf, -math.inf, 1e308, -1.0)
TURNED = "\u202egnp.sserd\u202c \u2066x\u2069\u200f"


def pages_of(reader: TestClient, design_id: str) -> list[str]:
    answers = [reader.get(page) for page in (*PAGES, f"/design/{design_id}")]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return [answer.text for answer in answers]


@pytest.mark.parametrize(
    "design_id", ["", "x", "../" * 10, "ABCDEF" * 6, "é" * 32, "0" * 31 + "g", "0x" + "0" * 30, "a" * 10_000]
)
def test_ids_that_are_none_are_told_of_and_what_was_there_stays(
    bucket: Storage, house: House, reader: TestClient, design_id: str
):
    publish_rows(bucket, [a_design(0)])
    house.watch.look()
    publish_rows(bucket, [a_design(1), a_design(2, design_id=design_id)], "night-2")
    house.watch.look()
    told = pages_of(reader, a_design(0)["design_id"])
    assert "Linen dress 0" in told[0]
    assert list(house.watch.standing.problems)


def test_texts_without_end_and_marks_that_turn_texts_round(bucket: Storage, house: House, reader: TestClient):
    long = a_design(
        0, content_title="linen " * 2000, style_title=TURNED, credit=TURNED, style_kind="x" * 10_000
    )
    wrong = a_failure(1, error=TURNED + "y" * 10_000, error_code="z" * 10_000, recipe=TURNED)
    publish_rows(bucket, [long, wrong])
    house.watch.look()
    for page in pages_of(reader, long["design_id"])[:4]:
        assert len(page) < 400_000
        assert not set(page) & set("\u202e\u202c\u2066\u2069\u200f")
    assert "linen linen" in reader.get("/").text
    assert "linen " * 100 not in reader.get("/").text


@pytest.mark.parametrize("odd", ODD_FIGURES)
def test_scores_that_are_no_numbers(bucket: Storage, house: House, reader: TestClient, odd: float):
    cells = dict.fromkeys(("motif", "relief", "speckle", "gmd_heldout"), odd)
    publish_rows(bucket, [a_design(0, **cells, width_px=2**31 - 1, height_px=-5), a_design(1)])
    house.watch.look()
    pages_of(reader, a_design(0)["design_id"])
    for sort in ("motif", "-motif", "rank"):
        assert reader.get("/api/designs", params={"sort": sort, "min_motif": "-9"}).status_code == 200


@pytest.mark.slow
def test_more_words_than_a_facet_can_have(bucket: Storage, house: House, reader: TestClient):
    # 65,535 fit into a number of 16 bits; what comes after them is one word
    rows = [a_design(number, category=f"category {number}") for number in range(70_000)]
    publish_rows(bucket, rows)
    house.watch.look()
    page = reader.get("/")
    assert page.status_code == 200
    assert len(page.text) < 5_000_000
    assert reader.get("/api/counts").status_code == 200
    assert reader.get("/api/designs", params={"category": "category 5"}).json()["total"] == 1
