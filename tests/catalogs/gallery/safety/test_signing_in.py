from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.safety import passwords
from catalogs.gallery.safety.buckets import Failures
from catalogs.gallery.safety.errors import StartRefused
from catalogs.gallery.safety.links import link
from catalogs.gallery.safety.passwords import read_users, remove_user, write_user
from catalogs.gallery.safety.users import EDITOR, VIEWER
from catalogs.gallery.settings import GallerySettings, ProxySettings
from catalogs.gallery.web.app import create_app
from catalogs.storage import Storage
from tests.catalogs.gallery.people import ADDRESS, passer_by

SECRET = b"x" * 40
PASSWORD = "warp and weft and selvedge"
Open = Callable[..., FastAPI]


@pytest.fixture
def open_gallery(bucket: Storage) -> Iterator[Open]:
    """Open galleries on the test's bucket, each with settings of its own."""
    houses = []

    def opened(**settings: object) -> FastAPI:
        houses.append(House.of(bucket, GallerySettings(secret=SECRET, **settings)))
        return create_app(houses[-1])

    yield opened
    for house in houses:
        house.close()


@pytest.fixture(autouse=True)
def _hashes_that_take_no_time(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_hashes" not in request.fixturenames:
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def real_hashes() -> None:
    """Hash as a house does."""


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "gallery" / "users"
    write_user(path, "mia", EDITOR, PASSWORD)
    write_user(path, "tom", VIEWER, "tom's own long password")
    return path


def may_write(browser: TestClient) -> bool:
    """Say whether a page has a token for this browser, which signing out takes."""
    return 'name="token"' in browser.get("/", headers={"Accept": "text/html"}).text


def sign_in(browser: TestClient, name: str, password: str, **more: str):
    return browser.post("/signin", data={"name": name, "password": password, **more})


# --- the owner's link


def test_a_link_lets_its_owner_in_to_write_and_once(open_gallery: Open):
    app = open_gallery()
    address = link(SECRET, "", "mia")
    mia, eve = passer_by(app), passer_by(app)
    answer = mia.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("toile-session-8080=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert may_write(mia)
    assert eve.get(address).status_code == 401
    assert not may_write(eve)


@pytest.mark.parametrize(
    "key",
    ["", "x", "a.b.c", link(b"y" * 40, "", "mia").partition("=")[2], "\x00" * 9, "é" * 30, "A" * 1001],
)
def test_what_is_no_link_of_this_gallery_lets_nobody_in(open_gallery: Open, key: str):
    answer = passer_by(open_gallery()).get("/signin/link", params={"key": key})
    assert answer.status_code in (401, 422)
    assert "set-cookie" not in answer.headers


def test_a_link_of_before_the_start_or_of_more_than_an_hour_ago_is_none(monkeypatch: pytest.MonkeyPatch):
    from catalogs.gallery.safety import links

    now = [1_000_000.0]
    monkeypatch.setattr(links.time, "time", lambda: now[0])
    before = link(SECRET, "", "mia").partition("=")[2]
    now[0] += 1
    known = links.Links(SECRET, clock=lambda: now[0])
    fresh = link(SECRET, "", "mia").partition("=")[2]
    assert known.use(before) is None
    now[0] += 3601
    assert known.use(fresh) is None


def test_where_people_have_passwords_a_link_lets_nobody_in(open_gallery: Open, users: Path):
    answer = passer_by(open_gallery(users=users)).get(link(SECRET, "", "mia"))
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


# --- passwords


def test_a_password_lets_in_to_where_one_wanted_to_go(open_gallery: Open, users: Path):
    browser = passer_by(open_gallery(users=users))
    sent = browser.get("/?category=dress", headers={"Accept": "text/html"})
    assert sent.status_code == 303
    form = browser.get(sent.headers["location"]).text
    assert 'value="/?category=dress"' in form
    answer = sign_in(browser, "mia", PASSWORD, next="/?category=dress")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?category=dress")
    assert browser.get("/").status_code == 200
    assert may_write(browser)


@pytest.mark.parametrize(
    "place",
    [
        *("//elsewhere.example", "https://elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)"),
        *("/\t/elsewhere.example", "///elsewhere.example", "/\n//x", "signin", "/signin", "", "http:/x"),
    ],
)
def test_signing_in_leads_to_no_other_site(open_gallery: Open, users: Path, place: str):
    page = passer_by(open_gallery(users=users)).get("/signin", params={"next": place})
    assert 'name="next" value="/"' in page.text


@pytest.mark.parametrize(
    ("name", "password"),
    [
        *(("mia", "weft and warp"), ("mia", ""), ("nobody", PASSWORD), ("MIA", PASSWORD)),
        ("mia", PASSWORD + "\x00"),
    ],
)
def test_wrong_names_and_passwords_are_refused_in_the_same_words(
    open_gallery: Open, users: Path, name: str, password: str
):
    browser = passer_by(open_gallery(users=users))
    answer = sign_in(browser, name, password)
    assert answer.status_code in (401, 422)
    assert "set-cookie" not in answer.headers
    assert not password or password not in answer.text
    if answer.status_code == 401:
        assert "Name or password is not right." in answer.text


def test_each_try_after_five_wrong_ones_waits_longer(open_gallery: Open, users: Path):
    app = open_gallery(users=users)
    app.state.porter.tries_by_name = Failures(free=5, most_s=60, clock=lambda: 0.0)
    browser = passer_by(app)
    assert [sign_in(browser, "mia", "wrong").status_code for _ in range(5)] == [401] * 5
    # the right one waits too, or a guesser would know
    waits = sign_in(browser, "mia", PASSWORD)
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "1")
    assert sign_in(browser, "tom", "tom's own long password").status_code == 303


def test_who_is_taken_out_or_gets_another_password_is_out_at_once(open_gallery: Open, users: Path):
    app = open_gallery(users=users)
    mia, tom = passer_by(app), passer_by(app)
    sign_in(mia, "mia", PASSWORD)
    sign_in(tom, "tom", "tom's own long password")
    assert [one.get("/").status_code for one in (mia, tom)] == [200, 200]
    write_user(users, "mia", EDITOR, "another long password")
    assert [one.get("/").status_code for one in (mia, tom)] == [401, 200]
    assert remove_user(users, "tom")
    assert tom.get("/").status_code == 401


def test_a_file_that_is_broken_while_the_gallery_runs_lets_those_of_before_in(
    open_gallery: Open, users: Path
):
    browser = passer_by(open_gallery(users=users))
    users.write_text("not a line")
    assert sign_in(browser, "mia", PASSWORD).status_code == 303
    with pytest.raises(StartRefused, match="line 1 of"):
        open_gallery(users=users)


def test_the_file_holds_no_password_and_is_its_owner_s_alone(real_hashes: None, users: Path):
    text = users.read_text()
    assert PASSWORD not in text
    assert re.search(r"^mia:editor:\$argon2id\$v=19\$m=65536,t=3,p=4\$", text, re.MULTILINE)
    assert stat.S_IMODE(users.stat().st_mode) == 0o600
    users.chmod(0o444)
    assert read_users(users)
    write_user(users, "ann", VIEWER, "a long password")
    assert stat.S_IMODE(users.stat().st_mode) == 0o444
    users.parent.chmod(0o755)
    with pytest.raises(StartRefused, match="chmod 600"):
        read_users(users)


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("", PASSWORD, "a name has"),
        ("a:b", PASSWORD, "a name has"),
        ("a\nroot", PASSWORD, "a name has"),
        ("#mia", PASSWORD, "a name has"),
        ("x" * 65, PASSWORD, "a name has"),
        ("mia", "short", "10 to 1024 characters, got 5"),
    ],
)
def test_names_and_passwords_that_cannot_be(tmp_path: Path, name: str, password: str, said: str):
    with pytest.raises(StartRefused, match=said):
        write_user(tmp_path / "users", name, EDITOR, password)
    assert not (tmp_path / "users").exists()


# --- a proxy that knows people


def proxied(app: FastAPI, **headers: str) -> TestClient:
    browser = TestClient(app, base_url=ADDRESS, client=("10.1.2.3", 4711), follow_redirects=False)
    browser.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return browser


PROXY = ProxySettings(("10.0.0.0/8",), "X-Forwarded-User", "X-Forwarded-Groups", ("@design", "ann"))


@pytest.mark.parametrize(
    ("user", "groups", "writes"),
    [("mia", "sales,design", True), ("ann", "", True), ("tom", "sales", False), ("design", "xdesign", False)],
)
def test_a_proxy_says_who_somebody_is_and_groups_who_writes(
    open_gallery: Open, user: str, groups: str, writes: bool
):
    app = open_gallery(proxy=PROXY)
    browser = proxied(app, X_Forwarded_User=user, X_Forwarded_Groups=groups)
    page = browser.get("/").text
    token = re.search(r'name="token" content="([^"]+)"', page)
    assert token
    assert browser.post("/signout", data={"token": "x"}).status_code == 403
    visit = app.state.porter.visit(request_of(browser, app))
    assert visit.user.may_write is writes


def request_of(browser: TestClient, app: FastAPI):
    from starlette.requests import HTTPConnection

    from catalogs.gallery.safety.addresses import BY_PROXY

    raw = [(name.lower().encode(), value.encode()) for name, value in browser.headers.items()]
    scope = {"type": "http", "headers": [(b"host", b"127.0.0.1:8080"), *raw], BY_PROXY: True}
    return HTTPConnection({**scope, "scheme": "http", "path": "/", "server": ("127.0.0.1", 8080)})


def test_from_another_address_the_header_is_nobody_s_word(open_gallery: Open):
    app = open_gallery(proxy=PROXY)
    stranger = passer_by(app)
    stranger.headers.update({"X-Forwarded-User": "ann", "X-Forwarded-For": "10.1.2.3"})
    assert stranger.get("/").status_code == 401
    assert proxied(app).get("/").status_code == 401
    twice = proxied(app)
    answer = twice.get("/", headers=[("X-Forwarded-User", "ann"), ("X-Forwarded-User", "eve")])
    assert answer.status_code == 401


def test_over_tls_cookies_are_secure_and_the_browser_is_told_to_stay(open_gallery: Open, users: Path):
    app = open_gallery(users=users, proxy=ProxySettings(("10.1.2.3",)), hosts=("gallery.example",))
    browser = proxied(
        app, X_Forwarded_Proto="https", Host="gallery.example", Origin="https://gallery.example"
    )
    answer = sign_in(browser, "mia", PASSWORD)
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-toile-session=")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "strict-transport-security" not in passer_by(app).get("/").headers


def test_signing_out_forgets_the_session(open_gallery: Open, users: Path):
    browser = passer_by(open_gallery(users=users))
    sign_in(browser, "tom", "tom's own long password")
    token = re.search(r'name="token" value="([^"]+)"', browser.get("/").text)
    assert token
    answer = browser.post("/signout", data={"token": token[1]})
    assert answer.status_code == 303
    assert browser.get("/").status_code == 401
