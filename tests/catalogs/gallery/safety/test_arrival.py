from __future__ import annotations

import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.safety.addresses import Arrival
from catalogs.gallery.safety.buckets import Buckets, Failures
from catalogs.gallery.safety.errors import StartRefused
from catalogs.gallery.safety.listening import check_listening
from catalogs.gallery.settings import Allowance, GallerySettings, Limits, ProxySettings
from catalogs.gallery.web.app import create_app
from catalogs.gallery.words import english
from catalogs.storage import Storage
from tests.catalogs.gallery.people import passer_by


@pytest.mark.parametrize(
    "host",
    [
        *("rebound.example", "rebound.example:8080", "127.0.0.1.rebound.example", "localhost.example"),
        *("[::2]", "127.0.0.1:x", "127.0.0.1:99999", "127.0.0.1@evil", "127.0.0.1/x", ""),
    ],
)
def test_under_another_name_nothing_is_answered(reader: TestClient, host: str):
    answer = reader.get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "127.0.0.1:60583", "localhost:9", "LOCALHOST", "[::1]:8080", "127.0.0.1"]
)
def test_this_machine_s_names_are_known(reader: TestClient, host: str):
    assert reader.get("/", headers={"Host": host}).status_code == 200


def test_a_gallery_for_one_answers_nobody_who_comes_by_a_proxy(reader: TestClient):
    # a proxy on this machine makes everybody look as if they were at it
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host"):
        assert reader.get("/", headers={name: "203.0.113.9"}).status_code == 403


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ([], "10.0.0.1"),
        (["203.0.113.9"], "203.0.113.9"),
        (["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        (["6.6.6.6", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (["rubbish"], "10.0.0.1"),
        (["10.0.0.3"], "10.0.0.3"),
    ],
)
def test_of_a_chain_of_proxies_the_address_before_ours_counts(said: list[str], address: str):
    settings = GallerySettings(proxy=ProxySettings(("10.0.0.0/8",), "X-User"))
    arrival = Arrival(lambda *_: None, settings, english())  # type: ignore[arg-type, return-value]
    assert arrival._last_seen(said, "10.0.0.1") == address


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "gallery.example"])
def test_on_other_addresses_somebody_must_say_who_comes(host: str):
    with pytest.raises(StartRefused, match="toile gallery user add"):
        check_listening(host, GallerySettings())


def test_a_header_that_anybody_could_send_is_refused():
    with pytest.raises(StartRefused, match="--proxy"):
        check_listening("127.0.0.1", GallerySettings(proxy=ProxySettings((), "X-Forwarded-User")))
    with pytest.raises(StartRefused, match="proxy's address is one like"):
        check_listening("127.0.0.1", GallerySettings(proxy=ProxySettings(("ten",), "X-Forwarded-User")))
    with pytest.raises(StartRefused, match="by a name or a proxy"):
        check_listening("127.0.0.1", GallerySettings(hosts=("gallery.example",)))
    for host in ("127.0.0.1", "::1", "localhost"):
        check_listening(host, GallerySettings())
    check_listening("0.0.0.0", GallerySettings(proxy=ProxySettings(("10.0.0.1",), "X-Forwarded-User")))


def test_a_bucket_empties_and_fills_again_by_the_second():
    now = [0.0]
    bucket = Buckets(Allowance(per_s=2, at_once=3), clock=lambda: now[0])
    assert [bucket.take("mia") for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.take("tom") == 0
    now[0] = 0.5
    assert [bucket.take("mia") for _ in range(2)] == [0, 0.5]
    now[0] = 100.0
    assert [bucket.take("mia") > 0 for _ in range(4)] == [False, False, False, True]


def test_tries_in_vain_wait_twice_as_long_each_up_to_the_most():
    now = [0.0]
    tries = Failures(free=2, most_s=4, clock=lambda: now[0])
    assert [tries.begin("mia") for _ in range(3)] == [0, 0, 1]
    for wait_s in (1, 2, 4, 4):
        # what comes too early is no try: it makes nobody wait longer
        assert tries.begin("mia") == wait_s
        now[0] += wait_s
        assert tries.begin("mia") == 0
    tries.succeeded("mia")
    assert tries.begin("mia") == 0
    now[0] += 1000
    assert [tries.begin("mia") for _ in range(3)] == [0, 0, 1]


def test_who_asks_too_often_is_told_to_wait_and_pictures_are_counted_apart(bucket: Storage):
    few = Limits(pages=Allowance(0.01, 2), pictures=Allowance(0.01, 3))
    house = House.of(bucket, GallerySettings(limits=few))
    browser = passer_by(create_app(house))
    assert [browser.get("/").status_code for _ in range(3)] == [200, 200, 429]
    assert [browser.get("/thumbs/00").status_code for _ in range(4)] == [404, 404, 404, 429]
    assert int(browser.get("/").headers["retry-after"]) > 1
    house.close()


def test_a_body_is_no_longer_than_the_limit(bucket: Storage):
    house = House.of(bucket, GallerySettings(limits=Limits(body_bytes=1000)))
    browser = passer_by(create_app(house))
    assert browser.post("/signin", data={"name": "x" * 2000}).status_code == 413

    def parts():
        yield from (b"x" * 400 for _ in range(4))

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.post("/signin", content=parts(), headers=form).status_code == 413
    assert browser.post("/signin", headers=form | {"Content-Length": "x"}).status_code in (400, 413)
    house.close()


def test_the_log_holds_routes_and_no_keys(app: FastAPI, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "toile.gallery.access")
    browser = passer_by(app)
    browser.get("/signin/link", params={"key": "hush"})
    browser.get("/thumbs/hush")
    browser.get("/hush")
    said = [record.getMessage() for record in caplog.records if record.name == "toile.gallery.access"]
    routes = [" ".join(line.split()[:3]) for line in said[:2]]
    assert routes == ["GET /signin/link 401", "GET /thumbs/{design_id} 404"]
    assert "hush" not in caplog.text


def test_the_gallery_says_whether_it_is_well_and_no_more(house: House, reader: TestClient):
    assert (reader.get("/healthz").status_code, reader.get("/healthz").json()) == (503, {"is_well": False})
    house.watch.look()
    assert (reader.get("/healthz").status_code, reader.get("/healthz").json()) == (200, {"is_well": True})


def test_what_nobody_foresaw_is_a_page_with_all_headers_and_no_traceback(house: House):
    app = create_app(house)

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("hush")

    browser = TestClient(app, base_url="http://127.0.0.1:8080", raise_server_exceptions=False)
    answer = browser.get("/fails")
    assert answer.status_code == 500
    assert "nobody foresaw" in answer.text
    assert "hush" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/", "/signin", "/healthz", "/nowhere", "/static/gallery.css", "/api/designs"]
)
def test_every_answer_is_sealed(reader: TestClient, path: str):
    headers = reader.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "private, no-cache"
    assert "server" not in headers
