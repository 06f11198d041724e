"""The policies of the roles at a real S3 server: each does its whole work, and is refused anything else."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from catalogs.access import ROLES
from catalogs.errors import NotFound, StorageDenied
from catalogs.layout import (
    LATEST_KEY,
    REQUESTS_PREFIX,
    SHORTLISTS_PREFIX,
    design_key,
    manifest_key,
    part_key,
    report_key,
    thumb_key,
    weights_key,
)
from catalogs.publication import read_manifest
from catalogs.storage import Storage, open_storage
from flows.cli.checks.storage import storage as doctor
from flows.equipment import equipped
from flows.housekeeping import keep_house
from flows.nightly import nightly_designs
from flows.stack.team_files import draw_keys, store_identities
from tests.flows.small_house import SmallHouse
from tests.storage_fixtures import BUCKET, start_s3_server

pytestmark = pytest.mark.usefixtures("prefect_api")

PREFIX = "house"
KEYS = {role: draw_keys() for role in ROLES}
ORPHAN = "f" * 32
As = Callable[[str], Storage]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = start_s3_server(
        tmp_path_factory.mktemp("policies"), store_identities(KEYS, BUCKET, prefix=PREFIX)
    )
    yield server
    server.stop()


@pytest.fixture
def as_role(server, s3_credentials, monkeypatch) -> As:
    """Open the house's bucket with the keys of a role; "" has those of the server's owner."""

    def opened(role: str, prefix: str = PREFIX) -> Storage:
        if role:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS[role][0])
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS[role][1])
        return open_storage(server.config(prefix=prefix))

    return opened


def test_people_bring_catalogs_workers_paint_galleries_show_and_housekeeping_tidies(as_role: As, tmp_path):
    owner = as_role("")
    house = SmallHouse(tmp_path)
    house.storage = as_role("catalogs")
    house.fill()

    house.storage = as_role("worker")
    with equipped(house.equipment()):
        assert [one.state for one in doctor("")] == ["ok"]
        assert nightly_designs(house.batch)["ok"] == 15
        assert nightly_designs(house.batch)["painted"] == 0
    assert house.statuses() == {"ok": 15}
    # large files go up in parts
    house.storage.write_atomic(thumb_key(ORPHAN), bytes(17 << 20))

    gallery = as_role("gallery")
    shown = read_manifest(gallery, "demo").to_pylist()[0]
    of_design = (shown[f"{one}_key"] for one in ("image", "thumb", "content", "style"))
    for key in (LATEST_KEY, *of_design, report_key("demo")):
        assert gallery.read(key)
    with urllib.request.urlopen(gallery.presign(shown["image_key"], expires_s=60)) as answer:
        assert answer.read() == gallery.read(shown["image_key"])
    for prefix in (SHORTLISTS_PREFIX, REQUESTS_PREFIX):
        gallery.write_atomic(f"{prefix}spring.json", b'{"designs": []}', if_absent=True)
        assert [stat.key for stat in gallery.list(prefix)] == [f"{prefix}spring.json"]

    keeper = as_role("housekeeping")
    later = datetime.now(UTC) + timedelta(days=30)
    kept = keep_house(keeper, later, repair=True, deep=True, delete=True, grace=timedelta(days=7))
    assert kept.after.sound
    assert not owner.exists(thumb_key(ORPHAN))
    assert len(list(keeper.list("trash/"))) == 1
    much_later = later + timedelta(days=30)
    keep_house(keeper, much_later, repair=True, deep=False, delete=True, grace=timedelta(days=7))
    assert list(keeper.list("trash/")) == []
    assert len(list(owner.list("designs/"))) == 15


# What each of them must not do.
REFUSED = {
    "worker": [
        ("write", "content/tee.png"),
        ("delete", "content/tee.png"),
        ("delete", "style/catalog.csv"),
        ("delete", design_key(ORPHAN)),
        ("delete", manifest_key("night")),
        ("delete", LATEST_KEY),
        ("delete", part_key("night", 1, [ORPHAN])),
        ("write", f"{SHORTLISTS_PREFIX}spring.json"),
        ("delete", f"{SHORTLISTS_PREFIX}spring.json"),
        ("delete", f"{REQUESTS_PREFIX}1.json"),
        ("read", "trash/20270101T000000Z/x.png"),
        ("move", design_key(ORPHAN)),
    ],
    "gallery": [
        ("write", design_key(ORPHAN)),
        ("write", thumb_key(ORPHAN)),
        ("write", manifest_key("night")),
        ("write", LATEST_KEY),
        ("write", "content/tee.png"),
        ("delete", "style/catalog.csv"),
        ("read", "batches/night/config.yaml"),
        ("delete", design_key(ORPHAN)),
        ("delete", f"{SHORTLISTS_PREFIX}spring.json"),
    ],
    "housekeeping": [
        ("write", "content/tee.png"),
        ("delete", "content/tee.png"),
        ("delete", "style/catalog.csv"),
        ("delete", f"{SHORTLISTS_PREFIX}spring.json"),
        ("write", f"{REQUESTS_PREFIX}1.json"),
        ("delete", LATEST_KEY),
    ],
    "trainer": [
        ("write", design_key(ORPHAN)),
        ("write", "content/tee.png"),
        ("delete", weights_key("johnson", "ikat")),
        ("read", f"{SHORTLISTS_PREFIX}spring.json"),
        ("write", LATEST_KEY),
    ],
    "catalogs": [
        ("write", design_key(ORPHAN)),
        ("delete", design_key(ORPHAN)),
        ("write", manifest_key("night")),
        ("write", f"{SHORTLISTS_PREFIX}spring.json"),
        ("read", "trash/20270101T000000Z/x.png"),
    ],
}


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_its_work_is_refused_and_nothing_changes(as_role: As, role):
    owner = as_role("")
    for _, key in REFUSED[role]:
        owner.write_atomic(key, b"as it was")
    mine = as_role(role)
    tried = {
        "read": mine.read,
        "write": lambda key: mine.write_atomic(key, b"another"),
        "delete": mine.delete,
        "move": lambda key: mine.move(key, thumb_key(ORPHAN)),
    }
    for what, key in REFUSED[role]:
        with pytest.raises(StorageDenied):
            tried[what](key)
        assert owner.read(key) == b"as it was"
    owner.delete(thumb_key(ORPHAN))


@pytest.mark.parametrize("role", ROLES)
def test_another_house_in_the_bucket_stays_closed(as_role: As, role):
    other = as_role("", prefix="other")
    key = f"designs/{uuid4().hex}.png"
    other.write_atomic(key, b"theirs")
    mine = as_role(role, prefix="other")
    with pytest.raises(StorageDenied):
        mine.read(key)
    with pytest.raises(StorageDenied):
        mine.write_atomic(f"{SHORTLISTS_PREFIX}ours.json", b"ours")
    with pytest.raises(StorageDenied):
        mine.delete(key)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_there_is_not_there_and_no_refusal(as_role: As, role):
    # a run asks for thousands of designs that are not painted yet
    with pytest.raises(NotFound):
        as_role(role).read(design_key("e" * 32))
    assert not as_role(role).exists(design_key("e" * 32))
