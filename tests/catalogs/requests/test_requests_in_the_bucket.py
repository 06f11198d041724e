"""Requests beside nights: what they refer to is kept, and what they make hides no night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from catalogs.done import done_index
from catalogs.keeping.garbage import tidy
from catalogs.keeping.totals import point_anew
from catalogs.keeping.verification import verify
from catalogs.layout import (
    LATEST_KEY,
    design_key,
    manifest_key,
    request_batch_id,
    request_claim_key,
    request_key,
)
from catalogs.publication import publish, read_latest
from catalogs.requests import State, StateName, ask
from catalogs.requests.states import end
from configs.request import Request
from tests.catalogs.wardrobe import a_batch, a_plan, paint_all, picture, put_shop

WEEK = timedelta(hours=168)
DESIGN = "ab" * 16


def wish(*designs: str) -> Request:
    now = datetime.now(UTC)
    return Request(kind="hires", designs=designs, asked_by="Ada", asked_at_utc=now, size_px=768)


def later(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days, seconds=2)


def published(storage, batch_id, contents="ab"):
    put_shop(storage, contents, "xy")
    plan = a_plan(storage, a_batch(), batch_id=batch_id)
    paint_all(storage, plan)
    publish(storage, plan, max_failure_rate=0)
    return plan


def test_the_batch_of_a_request_hides_no_night(directory_storage):
    published(directory_storage, "night")
    latest = directory_storage.read(LATEST_KEY)
    published(directory_storage, request_batch_id("mine", 1))
    assert directory_storage.read(LATEST_KEY) == latest
    assert directory_storage.exists(manifest_key("request-mine"))
    # nor does a repair point at it, though it is the newest
    directory_storage.delete(LATEST_KEY)
    assert point_anew(directory_storage) == manifest_key("night")
    assert read_latest(directory_storage).batch_id == "night"


def test_requests_without_a_night_want_no_pointer(directory_storage):
    published(directory_storage, request_batch_id("mine", 1))
    assert "latest_wrong" not in {flaw.kind for flaw in verify(directory_storage).flaws}
    assert not directory_storage.exists(LATEST_KEY)


def test_many_requests_do_not_push_last_night_out_of_sight(directory_storage):
    plan = published(directory_storage, "night")
    for number in range(40):  # more than the manifests that are looked into
        directory_storage.write_atomic(manifest_key(request_batch_id(f"r{number}", 1)), b"not looked into")
    tonight = a_plan(directory_storage, a_batch(), batch_id="tomorrow")
    assert done_index(directory_storage, tonight).ids == frozenset(plan.render_ids.to_pylist())


def test_what_requests_name_is_kept_also_where_one_of_them_is_no_request(directory_storage):
    kept = [DESIGN, "cd" * 16, "ef" * 16]
    for name in (*kept, "12" * 16):
        directory_storage.write_atomic(design_key(name), picture(name))
    ask(directory_storage, wish(kept[0]), request_id="open")
    ask(directory_storage, wish("99" * 16), request_id="ended")
    end(directory_storage, "ended", State(StateName.DONE, designs=(kept[1],)))
    directory_storage.write_atomic(request_key("hostile"), b"\0\0" + kept[2].encode() + b"\xff")
    told = tidy(directory_storage, later(8), grace=WEEK, delete=True)
    assert told.blocked == {}
    assert [one for one in (*kept, "12" * 16) if directory_storage.exists(design_key(one))] == kept


def test_a_lease_that_a_death_left_on_a_request_goes(directory_storage):
    ask(directory_storage, wish(DESIGN), request_id="mine")
    directory_storage.write_atomic(request_claim_key("mine"), b"{}")
    tidy(directory_storage, later(0), grace=WEEK, delete=True)
    assert directory_storage.exists(request_claim_key("mine"))
    tidy(directory_storage, later(1), grace=WEEK, delete=True)
    assert not directory_storage.exists(request_claim_key("mine"))
    assert directory_storage.exists(request_key("mine"))


def test_requests_of_which_nothing_can_come_are_told_and_are_no_fault(directory_storage):
    directory_storage.write_atomic(request_key("broken"), b"{}")
    ask(directory_storage, wish(DESIGN), request_id="in-vain")
    verified = verify(directory_storage)
    assert {flaw.kind: flaw.examples for flaw in verified.flaws} == {
        "requests_unreadable": ("broken",),
        "requests_in_vain": (DESIGN,),
    }
    assert verified.sound
    # what has ended is nobody's any more
    for name in ("broken", "in-vain"):
        end(directory_storage, name, State(StateName.REFUSED, reason="no"))
    assert verify(directory_storage).flaws == []
