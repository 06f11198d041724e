"""Asking for more: once, in words, with what became of it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.inbox import Inbox
from catalogs.gallery.shortlists import edit
from catalogs.layout import REQUESTS_PREFIX, request_key
from catalogs.requests import State, StateName, read_request, read_requests
from catalogs.requests.states import end
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, publish_rows

ROWS = [a_design(number, colorway="dusk" if number == 5 else "") for number in range(6)]
MARK = f"{int(time.time())}-00000000"
IDS = [row["design_id"] for row in ROWS]


@pytest.fixture(autouse=True)
def rows(bucket: Storage, house: House) -> None:
    publish_rows(bucket, ROWS)
    house.watch.look()


def ask(client: TestClient, *designs: str, **said: Any) -> Any:
    page = client.get("/ask", params={"design": designs}).text
    mark = re.findall(r'name="mark" value="([^"]+)"', page)[0]
    return client.post("/ask", data={"design": designs, "mark": mark, **said})


def test_a_request_is_written_as_the_flow_reads_it(client: TestClient, bucket: Storage):
    answer = ask(client, IDS[0], IDS[1], kind="hires", size_px="2048", note=" for\nthe  window ")
    assert answer.status_code == 303, answer.text
    (asked,) = read_requests(bucket)
    request = read_request(bucket, asked.request_id)
    assert (request.kind, request.designs, request.size_px) == ("hires", (IDS[0], IDS[1]), 2048)
    assert (request.asked_by, request.note) == ("mia", "for the window")


def test_a_form_that_is_sent_twice_asks_once(client: TestClient, bucket: Storage):
    mark = re.findall(r'name="mark" value="([^"]+)"', client.get(f"/ask?design={IDS[0]}").text)[0]
    for _ in range(2):
        assert client.post("/ask", data={"design": IDS[0], "mark": mark, "kind": "repeat"}).status_code == 303
    assert len(list(bucket.list(REQUESTS_PREFIX))) == 1


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"kind": "colorways", "colorway": ["dusk"]}, {"colorways": ("dusk",)}),
        (
            {"kind": "colorways", "palette": "Sea: #203040, a05060\r\n\r\nSand: #e8d8c0 #8a3b12"},
            {"palettes": {"Sea": ("#203040", "#a05060"), "Sand": ("#e8d8c0", "#8a3b12")}},
        ),
        ({"kind": "more_like", "category": "dress", "limit": "5"}, {"category": "dress", "limit": 5}),
        ({"kind": "more_like", "style_kind": "ikat"}, {"style_kind": "ikat"}),
        ({"kind": "repeat"}, {}),
    ],
)
def test_every_kind_can_be_asked(
    client: TestClient, bucket: Storage, said: dict[str, Any], wanted: dict[str, Any]
):
    assert ask(client, IDS[0], **said).status_code == 303
    (asked,) = read_requests(bucket)
    assert asked.request is not None
    assert {name: getattr(asked.request, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kind": "hires"}, "hires needs the size"),
        ({"kind": "colorways"}, "name palettes"),
        ({"kind": "colorways", "palette": "Sea: blue"}, "palettes"),
        ({"kind": "repeat", "category": "dress"}, "belongs to more_like"),
    ],
)
def test_what_cannot_be_asked_is_told(client: TestClient, bucket: Storage, said: dict[str, Any], why: str):
    answer = ask(client, IDS[0], **said)
    assert answer.status_code == 400
    assert why in answer.text
    assert not list(bucket.list(REQUESTS_PREFIX))


def test_of_a_list_all_that_nobody_rejected_is_asked(house: House, client: TestClient, bucket: Storage):
    edit(house.shelf, "spring", {"kind": "create", "text": "Spring"}, by="mia")
    for design in IDS[:3]:
        edit(house.shelf, "spring", {"kind": "add", "design": design}, by="mia")
    edit(house.shelf, "spring", {"kind": "reject", "design": IDS[1]}, by="mia")
    page = client.get("/ask?list=spring").text
    assert "Of 2 designs." in page
    first = page.partition('action="/ask"')[2].partition("</form>")[0]
    assert re.findall(r'name="design" value="(\w+)"', first) == [IDS[0], IDS[2]]


def test_of_more_designs_than_a_request_holds_several_are_written(client: TestClient, bucket: Storage):
    many = [f"{number:032x}" for number in range(120)]
    said = {"design": many, "mark": MARK, "kind": "repeat"}
    for _ in range(2):
        client.post("/ask", data=said)
    # 120 = 50 + 50 + 20
    assert sorted(len(one.request.designs) for one in read_requests(bucket) if one.request) == [20, 50, 50]


def test_what_became_of_it_is_told_in_words(client: TestClient, bucket: Storage, house: House):
    ask(client, IDS[0], kind="hires", size_px="2048")
    address = f"/api/requests?ids={IDS[0]}&ids={IDS[1]}"
    (told,) = client.get(address).json()["requests"][IDS[0]]
    assert (told["what"], told["state"]) == ("Large pictures, 2,048 px", "asked")
    assert client.get("/requests").text.count("Waiting; it is taken up within minutes") == 1

    (asked,) = read_requests(bucket)
    done = State(StateName.DONE, "2026-11-22T08:00:00+00:00", "run", designs=(IDS[3],), batches=("night-1",))
    end(bucket, asked.request_id, done)
    house.inbox._read_at = float("-inf")
    (told,) = client.get(address).json()["requests"][IDS[0]]
    assert (told["says"], told["made"], told["batch"]) == ("Ready: 1 design", [IDS[3]], "night-1")
    page = client.get("/requests").text
    assert f'href="/design/{IDS[3]}"' in page
    assert 'href="/?listed=night-1"' in page
    assert IDS[1] not in client.get(address).json()["requests"]


def test_a_request_that_cannot_be_read_is_told_and_does_no_harm(client: TestClient, bucket: Storage):
    bucket.write_atomic(request_key("by-hand"), b'{"kind": "<script>"}')
    text = client.get("/requests").text
    assert "A request that cannot be read" in text
    assert '<script>"' not in text


def test_what_has_ended_is_read_once_and_pages_share_a_look(bucket: Storage, client: TestClient):
    ask(client, IDS[0], kind="repeat")
    (asked,) = read_requests(bucket)
    end(bucket, asked.request_id, State(StateName.REFUSED, "now", "run", "the cloth has no repeat"))
    seconds = [0.0]
    inbox = Inbox(bucket, fresh_s=2, clock=lambda: seconds[0])
    assert inbox.all()[0].state.reason == "the cloth has no repeat"
    first = inbox.all()[0]
    seconds[0] = 3
    assert inbox.all()[0] is first


def test_who_may_not_write_may_not_ask(reader: TestClient):
    assert reader.get(f"/ask?design={IDS[0]}").status_code in (303, 401)
    answer = reader.post("/ask", data={"design": IDS[0], "mark": MARK, "kind": "repeat"})
    assert answer.status_code in (303, 401)


def test_a_form_of_another_week_is_loaded_again(client: TestClient, bucket: Storage):
    old = f"{int(time.time()) - 8 * 86_400}-00000000"
    answer = client.post("/ask", data={"design": IDS[0], "mark": old, "kind": "repeat"})
    assert (answer.status_code, "Load it again" in answer.text) == (400, True)
    assert not list(bucket.list(REQUESTS_PREFIX))


def test_tiles_are_told_with_what_was_chosen_of_them(client: TestClient):
    ask(client, IDS[0], kind="repeat")
    told = client.get(f"/api/choices?ids={IDS[0]}").json()["choices"][IDS[0]]
    assert [one["what"] for one in told["asked"]] == ["By the yard"]


def test_of_designs_that_are_not_published_nothing_is_asked(client: TestClient):
    assert client.get(f"/ask?design={'0' * 32}").status_code == 404
    assert client.get("/ask").status_code == 404
