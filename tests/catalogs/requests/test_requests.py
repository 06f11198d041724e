"""Requests: written once, read strictly, one end each, whoever else is at work and whatever lies there."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from catalogs.errors import CatalogError, NotFound
from catalogs.layout import request_batch_id, request_end_key, request_key, request_of
from catalogs.refusals import RequestRefused
from catalogs.requests import (
    State,
    StateName,
    ask,
    new_request_id,
    open_requests,
    read_request,
    read_requests,
    state_of,
)
from catalogs.requests.states import end, note_try
from configs.request import Request

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DESIGN, OTHER = "0" * 32, "f" * 32


def wish(**changes):
    fields = {"kind": "hires", "designs": [DESIGN], "asked_by": "Ada", "asked_at_utc": NOON, "size_px": 768}
    return Request.model_validate(fields | changes)


def as_json(**changes):
    fields = json.loads(wish().model_dump_json(exclude_defaults=True))
    return json.dumps({name: value for name, value in (fields | changes).items() if value is not None})


def test_a_request_is_read_as_it_was_asked(directory_storage):
    request = wish(note="für den Katalog, S. 12")
    name = ask(directory_storage, request)
    assert name.startswith("20261122-120000-")
    assert read_request(directory_storage, name) == request
    assert state_of(directory_storage, name) == State(StateName.ASKED)


def test_the_same_asked_twice_under_one_id_is_asked_once_and_another_is_refused(directory_storage):
    name = new_request_id(NOON, "11223344")
    assert ask(directory_storage, wish(), request_id=name) == ask(directory_storage, wish(), request_id=name)
    with pytest.raises(RequestRefused, match="asks for something else"):
        ask(directory_storage, wish(size_px=1024), request_id=name)
    assert read_request(directory_storage, name) == wish()
    assert len(read_requests(directory_storage)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"size_px": None}, "hires needs the size"),
        ({"size_px": "768"}, "size_px"),
        ({"size_px": True}, "size_px"),
        ({"size_px": 100_000}, "size_px"),
        ({"kind": "print"}, "kind"),
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"designs": []}, "designs"),
        ({"designs": [DESIGN, DESIGN]}, "names a design twice"),
        ({"designs": ["../../latest.json"]}, "designs.0"),
        ({"designs": [f"{n:032x}" for n in range(51)]}, "designs"),
        ({"asked_by": ""}, "asked_by"),
        ({"asked_by": None}, "asked_by"),
        ({"asked_at_utc": "2026-11-22T12:00:00"}, "asked_at_utc"),
        ({"note": "two\nlines"}, "note"),
        ({"note": "\u202etext that runs the other way"}, "note"),
        ({"note": "x" * 1001}, "note"),
        ({"limit": 3}, "limit: belongs to more_like"),
        ({"kind": "colorways", "size_px": None}, "name palettes"),
        ({"kind": "colorways", "palettes": {"rust": ["red", "#112233"]}}, "palettes"),
        ({"kind": "more_like"}, "either category"),
        ({"kind": "more_like", "category": "dress", "style_kind": "ikat"}, "either category"),
        ({"kind": "more_like", "category": "dress", "limit": 501}, "limit"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(changes, said, directory_storage):
    directory_storage.write_atomic(request_key("mine"), as_json(**changes).encode())
    with pytest.raises(RequestRefused) as refused:
        read_request(directory_storage, "mine")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe",
        b"[" * 60_000,
        b"{" * 60_000,
        b'"hires"',
        b"null",
        b'{"kind": "hires"',
        b" " * 10**6,
    ],
    ids=["nothing", "no text", "deep lists", "deep objects", "a word", "null", "cut", "a million blanks"],
)
def test_a_hostile_file_is_refused_and_hides_no_other(data, directory_storage):
    directory_storage.write_atomic(request_key("hostile"), data)
    ask(directory_storage, wish(), request_id="mine")
    with pytest.raises(RequestRefused, match=r"requests/hostile\.json"):
        read_request(directory_storage, "hostile")
    found = {one.request_id: one.request for one in read_requests(directory_storage)}
    assert found == {"hostile": None, "mine": wish()}
    assert [one.request_id for one in open_requests(directory_storage)] == ["hostile", "mine"]


@pytest.mark.parametrize("name", ["", "../latest", "a/b", "a.b", "a b", "ä", "con", "x" * 65, "-x", "a\x00b"])
def test_an_id_cannot_lead_anywhere_else(name, directory_storage):
    with pytest.raises(CatalogError):
        ask(directory_storage, wish(), request_id=name) if name else request_key(name)
    assert list(directory_storage.list("")) == []


def test_what_is_no_request_is_left_alone(directory_storage):
    for key in ("requests/friday.csv", "requests/a/b/c.json", "requests/a.b.json", "requests/x/end.json"):
        directory_storage.write_atomic(key, b"{}")
    assert open_requests(directory_storage) == []
    assert read_requests(directory_storage) == []
    assert request_of("requests/friday.csv") == request_of("requests/a/b/c.json") == ("", "")


def test_two_requests_never_have_a_batch_in_common():
    # "x" and its second batch, and a request that is called so: ids have no dots
    assert request_batch_id("x", 1) == "request-x"
    assert request_batch_id("x", 2) == "request-x.2"
    with pytest.raises(CatalogError):
        request_batch_id("x.2", 1)


def test_a_request_ends_once_and_of_many_the_first_end_stays(directory_storage):
    name = ask(directory_storage, wish())
    ends = [State(StateName.DONE, run=str(number), designs=(OTHER,)) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda state: end(directory_storage, name, state), ends))
    assert won.count(True) == 1
    assert state_of(directory_storage, name) == ends[won.index(True)]
    assert open_requests(directory_storage) == []


def test_tries_are_counted_by_all_who_try(directory_storage):
    name = ask(directory_storage, wish())
    with ThreadPoolExecutor(8) as pool:
        numbers = list(
            pool.map(
                lambda run: note_try(directory_storage, name, number=1, run=str(run), reason="it broke"),
                range(8),
            )
        )
    assert sorted(numbers) == list(range(1, 9))
    state = state_of(directory_storage, name)
    assert (state.state, state.tries, state.reason) == (StateName.ASKED, 8, "it broke")


def test_what_has_ended_is_not_read_again(directory_storage):
    first = ask(directory_storage, wish(), request_id="first")
    end(directory_storage, first, State(StateName.REFUSED, reason="no"))
    known = {one.request_id: one for one in read_requests(directory_storage)}
    directory_storage.write_atomic(request_key("first"), b"changed behind everybody's back")
    ask(directory_storage, wish(asked_at_utc=NOON + timedelta(hours=1)), request_id="second")
    found = {one.request_id: one.state.state for one in read_requests(directory_storage, known=known)}
    assert found == {"first": StateName.REFUSED, "second": StateName.ASKED}
    assert read_requests(directory_storage, known=known, only=["first"]) == [known["first"]]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"state": "asked"}', b"\xff"])
def test_an_end_that_cannot_be_read_is_an_end_that_says_so(data, directory_storage):
    name = ask(directory_storage, wish())
    directory_storage.write_atomic(request_end_key(name), data)
    state = state_of(directory_storage, name)
    assert state.state == StateName.FAILED
    assert request_end_key(name) in state.reason


def test_nobody_asked_is_said(directory_storage):
    with pytest.raises(NotFound, match="no request 'mine'"):
        state_of(directory_storage, "mine")


def test_a_request_cannot_be_changed():
    with pytest.raises(ValidationError):
        wish().size_px = 32
