"""People are told of a night that went wrong: once, with counts and causes, and no secret anywhere."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from email import message_from_string
from pathlib import Path
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun

from catalogs.layout import NOTICES_PREFIX, notice_key, summary_key
from catalogs.publication import publish
from catalogs.storage.directory import DirectoryStorage
from configs.errors import ConfigError
from flows import wiring
from flows.equipment import equipped
from flows.errors import NoticeRefused
from flows.notices.batch_runs import batch_or_name
from flows.notices.notice import KIND, give_notice
from flows.notices.once import UNFINISHED_AFTER, Once, first
from flows.notices.ways import MAIL, WEBHOOK, Addresses
from flows.shards.claimed_shard import render_claimed_shard
from tests.faulty_storage import FaultyStorage
from tests.flows.notices.sinks import mail_server, webhook
from tests.flows.small_house import SmallHouse

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    return DirectoryStorage(tmp_path / "bucket")


@pytest.fixture
def night(tmp_path: Path) -> SmallHouse:
    """A house whose night stopped half way: 3 of 15 failed, the last shard was never begun."""
    house = SmallHouse(tmp_path).fill()
    house.engine.refuse = frozenset({"content/tee.png"})
    with equipped(house.equipment()):
        run = wiring.plan_run(house.batch)
        for shard_id in run.plan.shard_ids[:-1]:
            render_claimed_shard(run, shard_id, device="cpu", wait=False)
    return house


def give(storage, **changes):
    told = {"what": "crashed", "reason": "its process is gone", "run_id": "11-22", "addresses": Addresses()}
    return give_notice(storage, "demo", **(told | changes))


def test_of_many_who_would_do_it_one_does(storage):
    assert [Once(storage, "demo", "x").take(NOW) for _ in range(3)] == [True, False, False]
    assert Once(storage, "other", "x").take(NOW)
    Once(storage, "demo", "x").undone()
    assert Once(storage, "demo", "x").take(NOW)


def test_whoever_was_killed_before_it_was_done_leaves_it_to_the_next(storage):
    once = Once(storage, "demo", "x")
    once.take(NOW)
    later = NOW + UNFINISHED_AFTER + timedelta(seconds=1)
    assert once.take(later)
    once.done(later)
    assert not once.take(later + timedelta(days=3))


@pytest.mark.parametrize(
    "body", [b"", b'{"done": tr', b"[]", b'{"done": true}', b'{"at_utc": 3, "done": true}']
)
def test_a_note_that_nobody_can_read_keeps_nobody_from_doing_it(storage, body):
    once = Once(storage, "demo", "x")
    once.done(NOW)
    key = notice_key("demo", "x")
    storage.write_atomic(key, body)
    assert [once.take(NOW), once.take(NOW)] == [True, False]


def test_after_a_publication_what_goes_wrong_is_news(storage):
    once = Once(storage, "demo", "x")

    def published(hour: int) -> None:
        said = {"published_at_utc": NOW.replace(hour=hour).isoformat()}
        storage.write_atomic(summary_key("demo"), json.dumps(said).encode())

    published(1)
    assert once.take(NOW)
    once.done(NOW)
    assert not once.take(NOW + timedelta(hours=2))
    published(4)
    assert once.take(NOW + timedelta(hours=2))


def test_a_bucket_that_cannot_be_asked_stops_nobody(storage):
    away = FaultyStorage(storage, vanish_after=0)
    assert first(away, "demo", "x")


def test_a_notice_says_how_it_stands_why_and_where_to_look(night, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    with webhook() as (address, received):
        assert give(night.storage, addresses=Addresses(webhook=address)) == ["webhook"]
    [told] = received
    assert told["subject"] == "Toile: demo crashed"
    # 5 garments by 3 textiles: 3 of the tee are refused or not begun; shards of 4, 4, 4 and 3
    assert told["ok"] + told["failed"] + told["missing"] == told["planned"] == 15
    assert told["missing"] == 3
    assert told["failed"] >= 1
    assert {one["code"] for one in told["causes"]} == {"truncated", "missing"}
    assert all(one["remedy"] for one in told["causes"])
    assert told["run"] == "http://127.0.0.1:4200/runs/flow-run/11-22"
    assert told["text"].startswith("Toile: demo crashed\n\nits process is gone\n")
    assert f"{told['ok']} of 15 designs are there" in told["text"]


def test_a_batch_is_told_of_once_whatever_else_becomes_of_it(night):
    with webhook() as (address, received):
        addresses = Addresses(webhook=address)
        assert give(night.storage, addresses=addresses) == ["webhook"]
        assert give(night.storage, addresses=addresses, what="failed", run_id="33-44") == []
    assert len(received) == 1
    assert [stat.key for stat in night.storage.list(NOTICES_PREFIX)] == [notice_key("demo", KIND)]


def test_a_batch_whose_file_is_wrong_is_told_of_every_night_that_fails_by_it(night):
    night.write_batch("no: batch")
    runs = [
        FlowRun(
            flow_id=uuid4(),
            parameters={"batch": night.batch},
            start_time=NOW + timedelta(days=day, hours=hour),
        )
        for day, hour in ((0, 0), (0, 9), (1, 0))
    ]
    with webhook() as (address, received):
        for run in runs:
            name, _ = batch_or_name(run)
            give_notice(
                night.storage,
                name,
                what="failed",
                reason="",
                run_id="1",
                addresses=Addresses(webhook=address),
            )
    named = Path(night.batch).stem
    assert [told["batch"] for told in received] == [f"{named}-20261122", f"{named}-20261123"]


def test_published_since_the_next_failure_is_told_again(night):
    with webhook() as (address, received), equipped(night.equipment()):
        addresses = Addresses(webhook=address)
        give(night.storage, addresses=addresses)
        publish(night.storage, wiring.stored_run("demo").plan, max_failure_rate=1.0)
        give(night.storage, addresses=addresses)
    assert len(received) == 2
    assert "Report: " not in received[0]["text"]


def test_mail_has_the_same_words_and_the_facts_beside(night):
    with mail_server() as (port, received):
        there = Addresses(
            mail=f"smtp://127.0.0.1:{port}/?from=toile@house.example&to=a@b.example&to=c@d.example"
        )
        assert give(night.storage, addresses=there) == ["mail"]
    [mail] = map(message_from_string, received)
    assert (mail["Subject"], mail["From"]) == ("Toile: demo crashed", "toile@house.example")
    assert mail["To"] == "a@b.example, c@d.example"
    text, facts = mail.get_payload()
    assert "designs are there" in text.get_payload()
    assert json.loads(facts.get_payload(decode=True))["batch"] == "demo"


def test_a_way_that_does_not_take_it_is_no_reason_not_to_tell_by_the_other(night, caplog):
    caplog.set_level(logging.INFO, "flows")
    with webhook(status=500) as (address, _), mail_server() as (port, received):
        mail = f"smtp://127.0.0.1:{port}/?from=a@b.example&to=c@d.example"
        assert give(night.storage, addresses=Addresses(address, mail)) == ["mail"]
    assert len(received) == 1
    assert "could not tell by webhook: the webhook answers 500" in caplog.text


def test_nobody_told_is_tried_again_by_the_next_and_no_address_is_in_a_log(night, caplog):
    caplog.set_level(logging.DEBUG)
    with webhook(status=403) as (address, _):
        broken = Addresses(address, "smtp://user:pa55word@127.0.0.1:1/?from=a@b.example&to=c@d.example")
        with pytest.raises(NoticeRefused, match="nobody could be told"):
            give(night.storage, addresses=broken)
    with webhook() as (address, received):
        assert give(night.storage, addresses=Addresses(webhook=address)) == ["webhook"]
    assert len(received) == 1
    kept = b"".join(night.storage.read(stat.key) for stat in night.storage.list(NOTICES_PREFIX)).decode()
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("flows"))
    for secret in ("pa55word", "s3cr3t"):
        assert secret not in ours + kept + repr(broken) + str(broken)


def test_with_nobody_to_tell_nothing_is_written(night):
    assert give(night.storage) == []
    assert list(night.storage.list(NOTICES_PREFIX)) == []


def test_a_bucket_that_is_away_is_told_of_all_the_same(night):
    away = FaultyStorage(night.storage, vanish_after=0)
    with webhook() as (address, received):
        give(away, addresses=Addresses(webhook=address))
    [told] = received
    assert told["planned"] is None
    assert "cannot be said" in told["text"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (WEBHOOK, "ftp://pa55word.example"),
        (MAIL, "smtp://user:pa55word@host/"),
        (MAIL, "https://pa55word@host/?from=a&to=b"),
    ],
)
def test_what_is_no_address_is_said_without_repeating_it(name, value):
    with pytest.raises(ConfigError, match=name) as refused:
        Addresses.of_environment({name: value})
    assert "pa55word" not in str(refused.value)
