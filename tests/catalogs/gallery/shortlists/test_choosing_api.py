"""Choosing over HTTP: edits that may be sent twice, lists that several people edit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.shortlists.clock import new_event_id
from catalogs.storage import Storage
from tests.catalogs.gallery.people import signed_in
from tests.catalogs.gallery.rack import a_design, publish_rows

IDS = [a_design(number)["design_id"] for number in range(6)]


@pytest.fixture(autouse=True)
def rows(bucket: Storage, house: House) -> None:
    publish_rows(bucket, [a_design(number) for number in range(6)])
    house.watch.look()


class Pen:
    """Makes ids as a browser does."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.last = ""

    def says(self, kind: str, *, off_s: float = 0, **said: Any) -> dict[str, Any]:
        self.last = new_event_id(datetime.now(UTC) + timedelta(seconds=off_s), self.last)
        return {"id": self.last, "kind": kind, "list": "spring", **said}

    def sends(self, *edits: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.client.post("/api/shortlists/edits", json={"edits": list(edits)})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def does(self, kind: str, **said: Any) -> dict[str, Any]:
        edit = self.says(kind, **said)
        assert self.sends(edit) == [{"id": edit["id"], "kept": True}]
        return edit

    def sees(self) -> dict[str, Any]:
        told: dict[str, Any] = self.client.get("/api/shortlists/spring").json()
        self.last = max(self.last, told["clock"])
        return told

    def order(self) -> list[int]:
        return [IDS.index(one["design"]) for one in self.sees()["entries"]]


@pytest.fixture
def mia(client: TestClient) -> Pen:
    pen = Pen(client)
    pen.does("create", text="Spring")
    for design in IDS[:4]:
        pen.does("add", design=design)
    return pen


@pytest.fixture
def ben(app: FastAPI) -> Pen:
    return Pen(signed_in(app, "ben"))


def test_a_list_tells_its_designs_with_their_words(mia: Pen):
    told = mia.sees()
    assert told["name"] == "Spring"
    assert mia.order() == [0, 1, 2, 3]
    assert told["entries"][1]["tile"]["content_title"] == "Linen shirt 1"
    assert told["entries"][1]["by"] == "mia"


def test_what_was_sent_before_is_kept_once(mia: Pen):
    edits = [mia.says("rate", design=IDS[0], stars=4), mia.says("move", design=IDS[3], after="")]
    first = mia.sends(*edits)
    before = mia.sees()
    assert mia.sends(*edits) == first
    assert mia.sees() == before
    assert mia.order() == [3, 0, 1, 2]


def test_a_design_follows_the_one_it_was_put_after(mia: Pen, ben: Pen):
    ben.sees()
    mia.does("move", design=IDS[0], after=IDS[2])
    assert mia.order() == [1, 2, 0, 3]
    # ben saw 0 1 2 3 and puts 3 after 0, wherever 0 is by now
    ben.does("move", design=IDS[3], after=IDS[0])
    assert mia.order() == [1, 2, 0, 3]
    mia.does("move", design=IDS[1])
    assert mia.order() == [2, 0, 3, 1]


def test_two_people_rate_and_note_side_by_side(mia: Pen, ben: Pen):
    mia.does("rate", design=IDS[0], stars=5)
    ben.does("rate", design=IDS[0], stars=2)
    ben.does("note", design=IDS[0], text="too loud\nfor the window")
    (entry, *_) = mia.sees()["entries"]
    assert entry["ratings"] == {"mia": 5, "ben": 2}
    assert entry["notes"] == {"ben": "too loud\nfor the window"}


def test_a_removal_takes_back_what_it_saw_alone(mia: Pen, ben: Pen):
    seen = ben.sees()["entries"][0]["adds"]
    mia.does("add", design=IDS[0])
    ben.does("remove", design=IDS[0], seen=seen)
    # mia's second add keeps it, at the place of that add
    assert mia.order() == [1, 2, 3, 0]
    # without a word of what was seen it is what is known now
    ben.does("remove", design=IDS[0])
    assert mia.order() == [1, 2, 3]


def test_only_ones_own_edits_can_be_undone(mia: Pen, ben: Pen):
    rated = mia.does("rate", design=IDS[0], stars=5)
    (answer,) = ben.sends(ben.says("undo", undoes=rated["id"]))
    assert not answer["kept"]
    assert "mia, who alone can undo it" in answer["why"]
    mia.does("undo", undoes=rated["id"])
    assert mia.sees()["entries"][0]["ratings"] == {}


def test_one_that_is_refused_does_not_keep_the_others(mia: Pen):
    results = mia.sends(
        mia.says("add", design="../x"),
        mia.says("add", design=IDS[4]),
        mia.says("fly", design=IDS[4]),
        mia.says("share", share="a" * 16, until=9_999_999_999),
        {"id": 7, "kind": "add", "list": ["spring"]},
        mia.says("move", design=IDS[0], after="f" * 32),
    )
    assert [one["kept"] for one in results] == [False, True, False, False, False, False]
    assert "32 hex digits" in results[0]["why"]


def test_a_clock_far_ahead_is_told_and_an_edit_with_another_id_is_kept(mia: Pen):
    (answer,) = mia.sends(mia.says("add", design=IDS[5], off_s=3600))
    assert (answer["kept"], answer["code"]) == (False, "clock_ahead")
    mia.last = ""
    mia.does("add", design=IDS[5])
    # minutes are no matter
    mia.does("rate", design=IDS[5], stars=3, off_s=200)
    mia.does("rate", design=IDS[5], stars=4, off_s=-200)
    assert mia.sees()["entries"][-1]["ratings"] == {"mia": 4}


def test_an_id_that_says_something_else_is_taken(mia: Pen, ben: Pen):
    edit = mia.does("rate", design=IDS[0], stars=4)
    (answer,) = mia.sends({**edit, "stars": 5})
    assert answer["code"] == "id_taken"
    (answer,) = ben.sends(edit)
    assert answer["code"] == "id_taken"


def test_ratings_outside_a_list_are_the_houses_and_a_list_says_its_own_first(mia: Pen, ben: Pen):
    mia.does("rate", list=None, design=IDS[0], stars=2)
    ben.does("rate", list=None, design=IDS[0], stars=3)
    mia.does("rate", design=IDS[0], stars=5)
    ben.does("reject", list=None, design=IDS[1], on=True)
    entries = mia.sees()["entries"]
    assert entries[0]["ratings"] == {"mia": 5, "ben": 3}
    assert entries[1]["rejected_by"] == "ben"

    told = mia.client.get("/api/choices", params={"ids": IDS[:3]}).json()["choices"]
    assert told[IDS[0]]["ratings"] == {"mia": 2, "ben": 3}
    assert told[IDS[1]]["rejected_by"] == "ben"
    assert list(told[IDS[2]]["lists"]) == ["spring"]
    assert IDS[5] not in told
    (answer,) = mia.sends(mia.says("add", list=None, design=IDS[0]))
    assert not answer["kept"]


def test_a_page_that_asks_again_is_told_only_what_is_new(mia: Pen, ben: Pen):
    told = mia.sees()
    address = f"/api/shortlists/spring?stamp={told['stamp']}"
    assert mia.client.get(address).json() == {"stamp": told["stamp"]}
    ben.does("add", design=IDS[5])
    assert len(mia.client.get(address).json()["entries"]) == 5


def test_a_list_that_nobody_made_takes_nothing(mia: Pen):
    (answer,) = mia.sends(mia.says("add", list="nobodys", design=IDS[0]))
    assert "create it first" in answer["why"]
    assert mia.client.get("/api/shortlists/nobodys").json()["exists"] is False
    assert mia.client.get("/api/shortlists/No_Such").status_code == 404


def test_who_did_not_sign_in_chooses_nothing(mia: Pen, reader: TestClient):
    assert reader.get("/api/choosing").json()["may_write"] is False
    answer = reader.post("/api/shortlists/edits", json={"edits": [mia.says("add", design=IDS[5])]})
    assert answer.status_code == 401
    assert mia.order() == [0, 1, 2, 3]


def test_lists_are_told_with_those_edited_last_first(mia: Pen):
    mia.does("create", list="summer", text="Summer")
    told = mia.client.get("/api/choosing").json()
    assert told["me"] == "mia"
    assert [(one["name"], one["count"]) for one in told["lists"]] == [("Summer", 0), ("Spring", 4)]
