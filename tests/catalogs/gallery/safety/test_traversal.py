"""Addresses that try to leave the manifest's keys: only refusals, and never a byte from outside."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogs.gallery.house import House
from catalogs.gallery.web.app import ROOMS
from catalogs.storage import Storage
from tests.catalogs.gallery.people import passer_by
from tests.catalogs.gallery.rack import a_design, hang_pictures, publish_rows

CANARY = "canary-of-the-house"
DOTS = (
    *("..", "%2e%2e", "%252e%252e", "..%c0%af..", "%c0%ae%c0%ae", "%ef%bc%8e%ef%bc%8e", "..%00", "....//"),
    *("..;", ".%2e", "%u002e%u002e", "..%0a"),
)
SLASHES = ("/", "%2f", "%252f", "\\\\", "%5c", "%255c", "%c0%af", "%ef%bc%8f")
ENDS = ("canary.txt", "bucket/canary.txt")
ABSOLUTE = (
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:%2f%2f%2fetc/passwd",
    "C:%5cWindows%5cwin.ini",
    "%00",
    "~root",
)
PAYLOADS = [f"{(dots + slash) * 2}{end}" for dots, slash, end in product(DOTS, SLASHES, ENDS)] + [*ABSOLUTE]


def routes_with_places() -> list[str]:
    return sorted({route.path for room in ROOMS for route in room.router.routes if "{" in route.path})


def test_no_address_reads_what_no_manifest_names(
    tmp_path: Path, bucket: Storage, house: House, app: FastAPI, reader: TestClient
):
    rows = [a_design(0)]
    hang_pictures(bucket, rows)
    publish_rows(bucket, rows)
    for folder in (tmp_path, tmp_path / "bucket", tmp_path / "bucket" / "designs"):
        (folder / "canary.txt").write_text(CANARY)
    house.watch.look()
    assert len(PAYLOADS) >= 190
    places = [*routes_with_places(), "/static/{path}"]
    for at, payload in enumerate(PAYLOADS):
        # every payload on some routes, every route with many payloads: all pairs would take a minute
        for route in places[at % 3 :: 3]:
            address = _filled(route, payload)
            for browser in (reader, passer_by(app)):
                answer = browser.get(address)
                assert answer.status_code in (400, 401, 404, 405, 422), (address, answer.status_code)
                assert CANARY not in answer.text
                assert "root:" not in answer.text


def test_a_manifest_that_names_keys_outside_shows_nothing_of_them(
    tmp_path: Path, bucket: Storage, house: House, reader: TestClient
):
    (tmp_path / "bucket").mkdir(exist_ok=True)
    (tmp_path / "canary.txt").write_text(CANARY)
    keys = (
        "../canary.txt",
        "/etc/passwd",
        "designs/../../canary.txt",
        "..\\\\canary.txt",
        "\x00",
        "a" * 2000,
    )
    names = ("image_key", "thumb_key", "content_key", "style_key")
    rows = [a_design(at, **dict.fromkeys(names, key)) for at, key in enumerate(keys)]
    publish_rows(bucket, rows)
    house.watch.look()
    for row in rows:
        for route in ("thumbs", "images", "garments", "styles"):
            answer = reader.get(f"/{route}/{row['design_id']}")
            assert 400 <= answer.status_code < 500, (row["image_key"], route, answer.status_code)
            assert CANARY not in answer.text


def _filled(route: str, payload: str) -> str:
    parts = [payload if part.startswith("{") else part for part in route.split("/")]
    return "/".join(parts)
