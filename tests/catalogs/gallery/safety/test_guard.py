from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.safety.guard import TOKEN_HEADER, Editor, Viewer, guarded, open_to_all
from catalogs.gallery.safety.users import VIEWER, User
from catalogs.gallery.settings import GallerySettings
from catalogs.gallery.web.app import ROOMS, create_app
from catalogs.storage import Storage
from tests.catalogs.gallery.people import passer_by, signed_in, users_in

CHANGED: list[str] = []


def _trial_room() -> APIRouter:
    room = APIRouter()

    @room.get("/api/trial")
    def read(user: Viewer) -> dict[str, str]:
        return {"name": user.name}

    @room.post("/api/trial")
    def write(user: Editor) -> dict[str, str]:
        CHANGED.append(user.name)
        return {"name": user.name}

    @room.post("/api/forgotten")
    def forgotten() -> dict[str, str]:
        CHANGED.append("?")
        return {}

    @room.get("/api/tools")
    def tools(user: Editor) -> dict[str, str]:
        return {"name": user.name}

    @room.get("/api/shared")
    @open_to_all
    def shared() -> dict[str, str]:
        return {}

    return room


@pytest.fixture
def app(house: House) -> FastAPI:
    app = create_app(house)
    app.include_router(_trial_room(), dependencies=[Depends(guarded)])
    CHANGED.clear()
    return app


def test_an_editor_reads_and_writes_by_name(client: TestClient):
    assert client.get("/api/trial").json() == {"name": "mia"}
    assert client.post("/api/trial").json() == {"name": "mia"}


def test_who_did_not_sign_in_reads_at_this_machine_and_writes_nothing(reader: TestClient):
    assert reader.get("/api/trial").json() == {"name": ""}
    for route in ("/api/trial", "/api/forgotten"):
        answer = reader.post(route)
        assert answer.status_code == 401
        assert "Sign in" in answer.json()["error"]
    assert CHANGED == []


def test_a_viewer_reads_and_writes_nothing(app: FastAPI):
    tom = signed_in(app, "tom", VIEWER)
    assert tom.get("/api/trial").json() == {"name": "tom"}
    answers = [tom.post("/api/trial"), tom.post("/api/forgotten"), tom.get("/api/tools")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "tom may read" in answers[0].json()["error"]
    assert CHANGED == []


def test_where_readers_sign_in_too_nothing_is_shown_before(bucket: Storage, tmp_path: Path):
    house = House.of(bucket, GallerySettings(users=users_in(tmp_path, mia=VIEWER)))
    app = create_app(house)
    app.include_router(_trial_room(), dependencies=[Depends(guarded)])
    stranger = passer_by(app)
    assert stranger.get("/api/shared").status_code == 200
    for room in ROOMS:
        for route in room.router.routes:
            if "GET" in route.methods and not hasattr(route.endpoint, "is_open_to_all"):
                answer = stranger.get(route.path.replace("{", "").replace("}", ""))
                assert answer.status_code == 401, route.path
    house.close()


@pytest.mark.parametrize("token", ["", "abc", "é" * 40])
def test_a_change_without_the_token_of_a_page_is_refused(client: TestClient, token: str):
    del client.headers[TOKEN_HEADER]
    assert client.post("/api/trial", headers={TOKEN_HEADER: token.encode()}).status_code == 403
    assert CHANGED == []


def test_the_token_of_somebody_else_is_none(app: FastAPI, client: TestClient):
    client.headers[TOKEN_HEADER] = signed_in(app, "eve").headers[TOKEN_HEADER]
    assert client.post("/api/trial").status_code == 403


def test_a_form_sends_the_token_in_a_field(client: TestClient):
    token = client.headers.pop(TOKEN_HEADER)
    assert client.post("/api/trial", data={"token": token}).status_code == 200
    assert client.post("/api/trial", files={"a": b"b"}, data={"token": token}).status_code == 200
    assert client.post("/api/trial", data={"token": token[:-1]}).status_code == 403
    assert client.post("/api/trial", json={"token": token}).status_code == 403
    assert len(CHANGED) == 2


def test_every_page_of_an_editor_has_the_token_in_its_head(client: TestClient, reader: TestClient):
    assert f'<meta name="token" content="{client.headers[TOKEN_HEADER]}">' in client.get("/").text
    assert 'name="token"' not in reader.get("/").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://127.0.0.1:9090"},
        {"Origin": "null"},
    ],
)
def test_a_change_that_another_site_sent_is_refused_even_with_the_token(
    client: TestClient, headers: dict[str, str]
):
    assert client.post("/api/trial", headers=headers).status_code == 403
    assert CHANGED == []


def test_a_change_that_this_site_sent_is_taken(client: TestClient):
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8080"}
    assert client.post("/api/trial", headers=headers).status_code == 200


def another(letter: str) -> str:
    # no neighbour: the last bits of a signature's last letter mean nothing
    return "A" if letter.lower() not in "abcd" else "Z"


@pytest.mark.parametrize(
    "change",
    [lambda said: said[:-4] + another(said[-4]) + said[-3:], lambda said: "x" + said, lambda said: ""],
)
def test_a_changed_cookie_is_nobodys(app: FastAPI, client: TestClient, change):
    (name, cookie), *_ = client.cookies.items()
    stranger = passer_by(app)
    stranger.cookies.set(name, change(cookie))
    stranger.headers[TOKEN_HEADER] = client.headers[TOKEN_HEADER]
    assert stranger.post("/api/trial").status_code == 401


def test_a_session_ends_in_time(bucket: Storage):
    house = House.of(bucket, GallerySettings(session_s=-1))
    app = create_app(house)
    assert app.state.porter.known_by(app.state.porter.let_in(User("mia", VIEWER))) is None
    house.close()
