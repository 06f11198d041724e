from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from catalogs.gallery.failing import causes_of
from catalogs.gallery.house import House
from catalogs.gallery.settings import GallerySettings
from catalogs.gallery.web.app import create_app
from catalogs.remedies import remedy
from catalogs.storage import Storage
from tests.catalogs.gallery.people import passer_by
from tests.catalogs.gallery.rack import a_design, a_failure, publish_rows


def left_out(number: int, code: str = "budget", error: str = "the budget was spent"):
    return a_failure(number, status="skipped", error_code=code, error=error)


NIGHT = [
    *(a_design(number) for number in range(4)),
    *(
        a_failure(4 + number, error=f"content/tee-{number}.jpg ends after {number} of 240 kB")
        for number in range(3)
    ),
    a_failure(7, error_code="nonfinite", error="the loss was not finite at step 12"),
    left_out(8),
]


def test_failures_are_grouped_by_what_their_sentences_say_alike(bucket: Storage, house: House):
    publish_rows(bucket, NIGHT)
    house.watch.look()
    told = causes_of(house.collection, "night-1")
    assert (told.planned, told.ok, told.failed, told.skipped) == (9, 4, 4, 1)
    assert [(one.code, one.says, one.designs) for one in told.because_failed] == [
        ("truncated", "<file> ends after # of # kB", 3),
        ("nonfinite", "the loss was not finite at step #", 1),
    ]
    assert [one.remedy for one in told.because_failed] == [remedy("truncated"), remedy("nonfinite")]
    assert [(one.code, one.designs) for one in told.because_skipped] == [("budget", 1)]
    assert len(told.because_failed[0].examples) == 3
    assert causes_of(house.collection, "nowhere").planned == 0


def test_what_failed_and_is_finished_by_a_later_batch_is_finished(bucket: Storage, house: House):
    publish_rows(bucket, NIGHT)
    publish_rows(bucket, [a_design(4)], "night-2")
    house.watch.look()
    told = causes_of(house.collection, "night-1")
    assert (told.ok, told.failed, told.skipped) == (5, 3, 1)


def test_the_page_tells_causes_remedies_examples_and_runs(bucket: Storage):
    publish_rows(bucket, NIGHT)
    house = House.of(bucket, GallerySettings(prefect_page="http://127.0.0.1:4200/"))
    house.watch.look()
    text = passer_by(create_app(house)).get("/failures").text
    said = " ".join(re.sub("<[^>]+>", " ", text).split())
    assert "9 designs planned : 4 finished + 4 failed + 1 left out" in said.replace("planned:", "planned :")
    assert "&lt;file&gt; ends after # of # kB" in said
    assert remedy("truncated") in said
    assert "Linen dress 0 × Été stripe 1" in said
    assert "content/tee-0.jpg ends after 0 of 240 kB" in said
    assert 'href="http://127.0.0.1:4200/runs/flow-run/00000000-0000-0000-0000-000000000001"' in text
    assert 'href="/?status=failed&amp;listed=night-1"' in text
    assert f'href="/design/{a_design(4)["design_id"]}?status=failed&amp;listed=night-1"' in text
    assert said.index("What failed, and why") < said.index("What was left out")
    house.close()


def test_another_batch_is_chosen_by_its_name(bucket: Storage, house: House, reader: TestClient):
    publish_rows(bucket, NIGHT, "night-1")
    publish_rows(bucket, [a_design(20)], "night-2")
    house.watch.look()
    assert "Everything is there" in reader.get("/failures").text
    assert "What failed, and why" in reader.get("/failures", params={"batch": "night-1"}).text
    assert (
        "No batch of this name is published: x&lt;y." in reader.get("/failures", params={"batch": "x<y"}).text
    )


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([a_design(0)], "Everything is there"),
        ([a_design(0), left_out(1)], "Nothing failed"),
        (None, "Nothing is published yet"),
    ],
)
def test_a_night_without_failures_says_so(bucket: Storage, house: House, reader: TestClient, rows, says: str):
    if rows is not None:
        publish_rows(bucket, rows)
    house.watch.look()
    assert says in reader.get("/failures").text


def test_a_manifest_that_cannot_be_read_is_told_beside(bucket: Storage, house: House, reader: TestClient):
    publish_rows(bucket, NIGHT)
    bucket.write_atomic("manifests/night-2.parquet", b"PAR1 half")
    house.watch.look()
    text = reader.get("/failures").text
    assert "A manifest cannot be read" in text
    assert "4</b> failed" in text


def test_hundreds_of_causes_are_counted_beyond_fifty(bucket: Storage, house: House):
    odd = "abcdefghijklmnopqrstuvwxyz"
    rows = [a_failure(number, error=f"{odd[number // 26]}{odd[number % 26]} broke") for number in range(60)]
    publish_rows(bucket, rows)
    house.watch.look()
    told = causes_of(house.collection, "night-1")
    assert (len(told.because_failed), told.unlisted, told.failed) == (50, 10, 60)
