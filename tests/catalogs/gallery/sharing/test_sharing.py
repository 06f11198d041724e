"""A link shows one list, for a while, and nothing else."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.errors import EditRefused
from catalogs.gallery.house import House
from catalogs.gallery.safety.signing import SESSION, sign
from catalogs.gallery.settings import GallerySettings
from catalogs.gallery.sharing import address_of, give, links
from catalogs.gallery.shortlists import HOUSE, Shelf, edit
from catalogs.gallery.shortlists.merging import Share
from catalogs.gallery.web.app import create_app
from catalogs.layout import SHORTLISTS_PREFIX
from catalogs.storage import Storage
from tests.catalogs.gallery.people import passer_by, signed_in, users_in
from tests.catalogs.gallery.rack import a_design, hang_pictures, publish_rows

ROWS = [a_design(number) for number in range(3)]
IDS = [row["design_id"] for row in ROWS]
SECRET = b"s" * 32


@pytest.fixture
def app(bucket: Storage, tmp_path: Path) -> FastAPI:
    """A gallery that shows nothing to anybody who did not sign in."""
    hang_pictures(bucket, ROWS)
    publish_rows(bucket, ROWS)
    house = House.of(
        bucket, GallerySettings(users=users_in(tmp_path, mia="editor", tom="viewer"), secret=SECRET)
    )
    house.watch.look()
    edit(house.shelf, "spring", {"kind": "create", "text": "Spring"}, by="mia")
    for design in IDS[:2]:
        edit(house.shelf, "spring", {"kind": "add", "design": design}, by="mia")
    edit(house.shelf, "spring", {"kind": "note", "design": IDS[0], "text": "for <i>you</i>"}, by="mia")
    return create_app(house)


@pytest.fixture
def link(app: FastAPI, client: TestClient) -> str:
    assert client.post("/shortlist/spring/share", data={"hours": "24"}).status_code == 303
    (found,) = re.findall(
        r'value="http://127.0.0.1:8080(/share/[^"]+)"', client.get("/shortlist/spring").text
    )
    return str(found)


def test_a_link_shows_the_list_and_its_pictures(reader: TestClient, link: str):
    answer = reader.get(link)
    assert answer.status_code == 200
    assert "Linen dress 0" in answer.text
    assert "for &lt;i&gt;you&lt;/i&gt;" in answer.text
    assert "Linen dress 2" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    for kind in ("thumbs", "images"):
        assert reader.get(f"{link}/{kind}/{IDS[0]}").status_code == 200
        assert reader.get(f"{link}/{kind}/{IDS[2]}").status_code == 404
    assert "<form" not in answer.text
    assert "/thumbs/" in answer.text
    assert 'src="/thumbs/' not in answer.text


def test_a_link_opens_nothing_else(app: FastAPI, reader: TestClient, link: str):
    reader.get(link)
    token = link.rpartition("/")[2]
    reader.cookies.set("toile-session-8080", token)
    for path in (
        *("/", "/shortlists", "/shortlist/spring", "/shortlist/spring/history", "/api/choosing"),
        *("/api/shortlists/spring", f"/thumbs/{IDS[0]}", f"/images/{IDS[0]}", f"/api/choices?ids={IDS[0]}"),
    ):
        assert reader.get(path).status_code in (302, 303, 307, 401), path
    for path in ("/choose", "/api/shortlists/edits", "/shortlist/spring/share", link):
        assert reader.post(path, data={"token": token}).status_code in (401, 403, 405), path


def test_a_link_follows_the_list(reader: TestClient, app: FastAPI, link: str):
    shelf: Shelf = app.state.house.shelf
    edit(shelf, "spring", {"kind": "remove", "design": IDS[0]}, by="mia")
    assert reader.get(f"{link}/thumbs/{IDS[0]}").status_code == 404
    assert "Linen dress 0" not in reader.get(link).text


def test_a_link_ends_with_its_time(reader: TestClient, app: FastAPI):
    shelf: Shelf = app.state.house.shelf
    now = int(time.time())
    addresses = []
    for name, until in (("a" * 16, now + 60), ("b" * 16, now - 1)):
        event = edit(shelf, "spring", {"kind": "share", "share": name, "until": until}, by="mia")
        addresses.append(address_of(SECRET, "spring", Share(name, "mia", event.event_id, until)))
    good, ended = addresses

    assert reader.get(good).status_code == 200
    answer = reader.get(ended)
    assert answer.status_code == 410
    assert "This link has ended. Ask whoever sent it for a new one." in answer.text
    assert "Spring" not in answer.text
    assert reader.get(f"{ended}/thumbs/{IDS[0]}").status_code == 410


def test_a_link_that_was_taken_back_shows_nothing(reader: TestClient, client: TestClient, link: str):
    (share,) = re.findall(r'name="share" value="(\w+)"', client.get("/shortlist/spring").text)
    client.post("/shortlist/spring/revoke", data={"share": share})
    answer = reader.get(link)
    assert answer.status_code == 410
    assert "not shared any more" in answer.text
    assert "/share/" not in client.get("/shortlist/spring").text


def test_a_link_of_a_list_that_was_put_away_shows_nothing(reader: TestClient, app: FastAPI, link: str):
    edit(app.state.house.shelf, "spring", {"kind": "delete"}, by="mia")
    assert reader.get(link).status_code == 410


def test_nothing_but_the_gallery_makes_links(reader: TestClient, app: FastAPI, link: str):
    token = link.removeprefix("/share/")
    told = ["spring", "0" * 16, 9_999_999_999]
    others = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.swapcase(),
        sign(b"other" * 8, links.LINK, told),
        sign(SECRET, SESSION, told),
        sign(SECRET, links.LINK, {"list": "spring"}),
        "x" * 5000,
    ]
    for other in others:
        assert reader.get(f"/share/{other}").status_code == 404, other
    # signed, but the list knows of no such link
    assert reader.get(f"/share/{sign(SECRET, links.LINK, told)}").status_code == 410


def test_the_bucket_holds_nothing_that_makes_a_link(bucket: Storage, link: str):
    token = link.removeprefix("/share/")
    for stat in bucket.list(SHORTLISTS_PREFIX):
        data = bucket.read(stat.key).decode()
        assert SECRET.decode() not in data
        assert token.rpartition(".")[2] not in data


def test_a_link_is_good_for_an_hour_to_ninety_days(app: FastAPI):
    shelf: Shelf = app.state.house.shelf
    for hours in (0, -1, 2161):
        with pytest.raises(EditRefused, match="1 hour to 90 days"):
            give(shelf, "spring", for_s=hours * 3600, by="mia")
    with pytest.raises(EditRefused, match="no list to share"):
        give(shelf, HOUSE, for_s=3600, by="mia")
    with pytest.raises(EditRefused, match="create it first"):
        give(shelf, "nobodys", for_s=3600, by="mia")


def test_only_an_editor_shares(app: FastAPI):
    tom = signed_in(app, "tom", "viewer")
    assert tom.post("/shortlist/spring/share", data={"hours": "24"}).status_code == 403
    assert passer_by(app).post("/shortlist/spring/share", data={"hours": "24"}).status_code in (303, 401)
