"""Lists as pages that work without a script."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.safety.users import VIEWER
from catalogs.gallery.shortlists import HOUSE, edit
from catalogs.storage import Storage
from tests.catalogs.gallery.people import signed_in
from tests.catalogs.gallery.rack import a_design, publish_rows

IDS = [a_design(number)["design_id"] for number in range(6)]


@pytest.fixture(autouse=True)
def rows(bucket: Storage, house: House) -> None:
    publish_rows(bucket, [a_design(number) for number in range(6)])
    house.watch.look()


@pytest.fixture
def page(client: TestClient) -> str:
    """The address of mia's list of four."""
    address: str = client.post("/shortlists", data={"name": " Spring "}).headers["location"]
    for design in IDS[:4]:
        does(client, address, kind="add", design=design)
    return address


def does(client: TestClient, page: str, **said: str) -> None:
    answer = client.post("/choose", data={"list": page.rpartition("/")[2], "back": page, **said})
    assert (answer.status_code, answer.headers["location"]) == (303, page), answer.text


def order(client: TestClient, page: str) -> list[int]:
    return [
        IDS.index(one)
        for one in re.findall(r'<li class="entry[^>]*data-design="(\w+)"', client.get(page).text)
    ]


def test_a_list_is_made_filled_and_put_in_order_by_forms(client: TestClient, page: str):
    assert order(client, page) == [0, 1, 2, 3]
    assert '<h1 id="list-name">Spring</h1>' in client.get(page).text
    # the arrows of the page: one earlier is behind the one before the one before
    does(client, page, kind="move", design=IDS[2], after=IDS[0])
    does(client, page, kind="move", design=IDS[1], after=IDS[3])
    assert order(client, page) == [0, 2, 3, 1]
    does(client, page, kind="remove", design=IDS[3])
    assert order(client, page) == [0, 2, 1]


def test_the_page_of_all_lists_tells_who_changed_each_last(app: FastAPI, client: TestClient, page: str):
    does(signed_in(app, "ben"), page, kind="rate", design=IDS[0], stars="4")
    text = client.get("/shortlists").text
    assert text.count('<img src="/thumbs/') == 4
    assert "4 designs" in text
    assert "ben," in text


def test_a_list_that_was_put_away_is_restored(client: TestClient, page: str):
    does(client, page, kind="delete")
    text = client.get("/shortlists").text
    assert "1 list was put away" in text
    assert "There is no list yet" in text
    does(client, page, kind="restore")
    assert "put away" not in client.get("/shortlists").text


def test_the_history_tells_everything_and_undoes_what_is_ones_own(
    app: FastAPI, client: TestClient, page: str
):
    ben = signed_in(app, "ben")
    does(ben, page, kind="note", design=IDS[1], text="too <b>loud</b>")
    text = client.get(f"{page}/history").text
    assert "added Linen shirt 1, Été floral 0" in text
    assert "noted on Linen shirt 1, Été floral 0: too &lt;b&gt;loud&lt;/b&gt;" in text
    # one create and four adds are mia's
    assert text.count('value="undo"') == 5
    assert ben.get(f"{page}/history").text.count('value="undo"') == 1

    target = re.findall(r'name="undoes" value="([^"]+)"', text)[0]
    does(client, page, kind="undo", undoes=target)
    assert order(client, page) == [0, 1, 2]
    text = client.get(f"{page}/history").text
    assert "took back: added a design" in text
    assert "· taken back" in text


def test_what_somebody_wrote_is_never_markup(client: TestClient, page: str):
    sly = "<script>alert(1)</script>\"'{{7*7}}"
    does(client, page, kind="note", design=IDS[0], text=sly)
    does(client, page, kind="rename", text=sly)
    for address in (page, f"{page}/history", "/shortlists"):
        text = client.get(address).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
        assert "{{7*7}}" in text


def test_a_viewer_sees_a_list_and_no_forms(app: FastAPI, client: TestClient, page: str):
    does(client, page, kind="note", design=IDS[0], text="for the window")
    tom = signed_in(app, "tom", VIEWER)
    text = tom.get(page).text
    assert "mia: for the window" in text
    assert "<form" not in text.partition("<main")[2].partition("</main>")[0]
    answer = tom.post("/choose", data={"kind": "add", "list": page.rpartition("/")[2], "design": IDS[5]})
    assert answer.status_code == 403


def test_a_rejection_of_the_house_is_shown_in_the_list(house: House, client: TestClient, page: str):
    edit(house.shelf, HOUSE, {"kind": "reject", "design": IDS[1]}, by="ben")
    assert "Rejected by ben" in client.get(page).text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y"])
def test_a_form_leads_back_to_this_gallery_alone(client: TestClient, page: str, back: str):
    said = {"kind": "add", "list": page.rpartition("/")[2], "design": IDS[5], "back": back}
    assert client.post("/choose", data=said).headers["location"] == "/shortlists"


def test_what_is_no_list_is_told(client: TestClient):
    assert client.get("/shortlist/nobodys").status_code == 404
    assert client.get(f"/shortlist/{HOUSE}").status_code == 404
    assert client.get("/shortlist/No_Such").status_code == 404
    assert client.post("/shortlists", data={"name": "  "}).status_code == 400


def shown(client: TestClient, query: str) -> list[int]:
    told = client.get(f"/api/designs?{query}").json()
    assert told["total"] == len(told["tiles"])
    return sorted(IDS.index(one["id"]) for one in told["tiles"])


def test_the_wall_shows_a_list_and_hides_what_was_rejected(house: House, client: TestClient, page: str):
    query = f"list={page.rpartition('/')[2]}"
    assert shown(client, query) == [0, 1, 2, 3]
    assert shown(client, "rejected=hide") == [0, 1, 2, 3, 4, 5]
    edit(house.shelf, HOUSE, {"kind": "reject", "design": IDS[1]}, by="ben")
    does(client, page, kind="reject", design=IDS[2], on="true")
    does(client, page, kind="add", design=IDS[5])
    assert shown(client, query) == [0, 1, 2, 3, 5]
    assert shown(client, f"{query}&rejected=hide") == [0, 3, 5]
    # what was rejected in a list is rejected there
    assert shown(client, "rejected=hide") == [0, 2, 3, 4, 5]
    assert shown(client, "list=nobodys") == []
    assert shown(client, "list=../..&rejected=hide") == []
    assert client.get("/api/designs?rejected=maybe").status_code == 400


def test_what_is_rejected_meanwhile_moves_no_stretch_of_a_wall_without_the_rejected(
    house: House, client: TestClient
):
    view = {"rejected": "hide", "sort": "-motif", "count": 2}
    first = client.get("/api/designs", params=view).json()
    edit(house.shelf, HOUSE, {"kind": "reject", "design": IDS[0]}, by="ben")
    edit(house.shelf, HOUSE, {"kind": "reject", "design": IDS[3]}, by="mia")
    of = {"version": first["version"], "choices": first["choices"]}

    told = [client.get("/api/designs", params=view | of | {"start": start}).json() for start in (0, 2, 4)]
    assert [one["id"] for stretch in told for one in stretch["tiles"]] == IDS
    assert {stretch["choices"] for stretch in told} == {first["choices"]}
    # asked anew it is without them, and so is a stretch of a view that is no longer known
    anew = client.get("/api/designs", params=view).json()
    assert ([one["id"] for one in anew["tiles"]], anew["total"]) == ([IDS[1], IDS[2]], 4)
    lost = client.get("/api/designs", params=view | of | {"choices": "of long ago"}).json()
    assert (lost["tiles"], lost["choices"]) == (anew["tiles"], anew["choices"])
    assert anew["choices"] != first["choices"]


def test_a_view_of_everything_is_of_nobodys_choices(house: House, client: TestClient):
    before = client.get("/api/designs").json()
    edit(house.shelf, HOUSE, {"kind": "reject", "design": IDS[0]}, by="ben")
    assert client.get("/api/designs").json() == before
    assert before["choices"] == ""


def test_the_wall_of_a_list_is_called_by_its_name(client: TestClient, page: str):
    text = client.get(f"/?list={page.rpartition('/')[2]}&rejected=hide").text
    assert "4 designs" in text
    chips = text.partition('<ul class="chips')[2].partition("</ul>")[0]
    assert "Spring" in chips
    assert 'href="/?rejected=hide"' in chips
    # a count of a facet is of this list
    assert client.get(f"/api/counts?list={page.rpartition('/')[2]}").json()["facets"]["category"] == [
        ["dress", 2],
        ["shirt", 2],
    ]


def test_a_design_is_chosen_without_a_script(client: TestClient, house: House, page: str):
    address = f"/choose?design={IDS[4]}"
    said = {"design": IDS[4], "back": address}
    assert ">Spring</button>" in client.get(address).text
    for more in (
        {"kind": "add", "list": page.rpartition("/")[2]},
        {"kind": "rate", "stars": "4"},
        {"kind": "reject"},
    ):
        assert client.post("/choose", data={**said, **more}).headers["location"] == address
    assert order(client, page) == [0, 1, 2, 3, 4]
    assert house.shelf.house().ratings == {IDS[4]: {"mia": 4}}
    assert "Rejected by mia" in client.get(address).text
    assert client.get(f"/choose?design={'0' * 32}").status_code == 404
