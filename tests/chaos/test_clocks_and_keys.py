"""A store by another clock, and credentials that expire while a night works and are renewed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogs.errors import StorageDenied, StorageUnavailable
from catalogs.layout import CLAIMS_PREFIX
from catalogs.publication import publish, read_latest
from catalogs.storage import Storage, open_storage, s3
from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import equipped
from flows.errors import hopeless, retryable
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.shard import Pace
from tests.chaos.proxy import FaultyProxy, Weather
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import SmallHouse
from tests.storage_fixtures import ACCESS_KEY, SECRET_KEY, S3Server

CALM = Weather(errors=0, cut=0, resets=0, stalls=0)
PATIENT = Pace(prepare_threads=2, finish_threads=2, patience_s=120, retry_delays_s=())


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[FaultyProxy]:
    made = FaultyProxy(s3_server.port, CALM)
    yield made
    made.stop()


@pytest.fixture
def house(tmp_path: Path, s3_server: S3Server, s3_storage: Storage, proxy: FaultyProxy) -> SmallHouse:
    """A house whose catalogs are in the bucket, and whose runs ask the proxy."""
    small = SmallHouse(tmp_path, pace=PATIENT)
    small.storage = s3_storage
    small.fill()
    small.storage = through(proxy, s3_server, s3_storage)
    return small


def through(proxy: FaultyProxy, server: S3Server, storage: Storage) -> Storage:
    prefix = storage.root.rpartition("/")[2]
    return open_storage(server.config(prefix).model_copy(update={"endpoint_url": proxy.endpoint_url}))


def paint(run: BatchRun) -> None:
    for shard_id in sorted(run.missing_by_shard()):
        render_claimed_shard(run, shard_id, device="cpu", wait=True)
    publish(run.storage, run.plan, max_failure_rate=0)


@pytest.mark.parametrize("ahead_s", [600, -600])
def test_a_store_whose_clock_is_ten_minutes_off_changes_nothing(house, proxy, ahead_s):
    proxy.ahead_s = ahead_s
    with equipped(house.equipment()):
        paint(wiring.plan_run(house.batch))
        assert wiring.plan_run(house.batch).missing_by_shard() == {}
    assert house.statuses() == {"ok": 15}
    assert len(house.engine.painted) == 15
    assert list(house.storage.list(CLAIMS_PREFIX)) == []


def test_a_clock_so_wrong_that_the_store_refuses_ends_the_run_at_once_and_says_so(house, proxy):
    with equipped(house.equipment()):
        run = wiring.plan_run(house.batch)
        proxy.refuses = lambda _signature: (403, "RequestTimeTooSkewed")
        # with two minutes of patience, none of which is used
        with pytest.raises(StorageDenied, match="this machine's clock is wrong; set it") as told:
            render_claimed_shard(run, 0, device="cpu", wait=False)
        assert hopeless(told.value)
        assert proxy.met["RequestTimeTooSkewed"] < 20
        proxy.refuses = lambda _signature: None
        paint(wiring.plan_run(house.batch))
    assert house.statuses() == {"ok": 15}


def test_credentials_that_expire_in_the_middle_are_taken_up_when_they_are_renewed(
    house, proxy, s3_server, s3_storage, tmp_path, monkeypatch
):
    file = tmp_path / "credentials"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setattr(s3, "CONNECT_AGAIN_AFTER_S", 0.1)
    sign_in(file, ACCESS_KEY)
    house.storage = through(proxy, s3_server, s3_storage)
    # what whoever reads too early finds
    sign_in(file, "OLD")
    expired, renewed = threading.Event(), threading.Event()

    def refuses(signature: str) -> tuple[int, str] | None:
        if "Credential=OLD/" in signature or (expired.is_set() and not renewed.is_set()):
            return 400, "ExpiredToken"
        return None

    proxy.refuses = refuses

    def renew() -> None:
        expired.wait(30)
        time.sleep(1.0)
        sign_in(file, ACCESS_KEY)
        renewed.set()

    def expire(ids: list[str]) -> None:
        if len(house.engine.painted) >= 3:
            expired.set()

    house.engine = FakeEngine(on_paint=expire)
    thread = threading.Thread(target=renew)
    thread.start()
    with equipped(house.equipment()):
        paint(wiring.plan_run(house.batch))
    thread.join()
    assert proxy.met["ExpiredToken"]
    assert house.statuses() == {"ok": 15}
    assert read_latest(house.storage).ok == 15
    assert list(house.storage.list(CLAIMS_PREFIX)) == []


def test_credentials_that_stay_expired_are_worth_another_try_and_say_what_to_do(house, proxy):
    proxy.refuses = lambda _signature: (400, "ExpiredToken")
    for ask in (house.storage.read, house.storage.stat):
        with pytest.raises(StorageUnavailable, match="sign in again") as told:
            ask("content/tee.png")
        assert retryable(told.value)


def sign_in(file: Path, key: str) -> None:
    file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET_KEY}\n")
