"""What people ask for is made once, and comes to an end that says what became of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalogs.layout import LATEST_KEY, REQUESTS_PREFIX, design_key, request_claim_key, request_key
from catalogs.requests import StateName, ask, open_requests, read_requests, state_of
from catalogs.requests.states import MAX_TRIES
from configs.errors import ConfigError
from flows import wiring
from flows.equipment import equipped
from flows.requests.taking import take_up
from flows.shards.claims import Claims
from tests.flows.fake_engine import FakeEngine, picture
from tests.flows.requests.plainly import a_night, render, take_all, wish
from tests.flows.small_house import BATCH, CONTENTS

COLOURFUL = BATCH + 'colorways: {palettes: {rust: ["#2b1a12", "#d98b4a"], sea: ["#0b2239", "#f4f1e6"]}}\n'


@pytest.fixture
def painted(house):
    """A house after its night: design ids by garment, textile and colorway."""
    a_night(house)
    house.engine.painted.clear()
    return by_name(house)


def by_name(house, batch_id="demo"):
    rows = house.rows(batch_id).values()
    return {(row["content_id"], row["style_id"], row["colorway"]): row["design_id"] for row in rows}


def taken_up(house, *requests):
    """Ask for these, take them up, and return their states."""
    names = [ask(house.storage, one, request_id=f"r{at}") for at, one in enumerate(requests)]
    take_all(house)
    assert not [stat.key for stat in house.storage.list(REQUESTS_PREFIX) if "taken" in stat.key]
    return [state_of(house.storage, name) for name in names]


def test_a_design_is_made_larger_and_last_night_stays_in_sight(house, painted):
    latest = house.storage.read(LATEST_KEY)
    asked = painted["coat", "ikat", ""]
    [state] = taken_up(house, wish(asked, size_px=64))
    assert (state.state, state.batches, state.failed) == (StateName.DONE, ("request-r0",), 0)
    [row] = house.rows("request-r0").values()
    assert (row["content_id"], row["style_id"], row["size_px"]) == ("coat", "ikat", 64)
    assert state.designs == (row["design_id"],) == tuple(house.engine.painted)
    assert row["design_id"] != asked
    assert house.storage.read(LATEST_KEY) == latest


def test_what_was_made_for_one_is_found_for_the_next(house, painted):
    asked = painted["coat", "ikat", ""]
    first, second = taken_up(house, wish(asked, size_px=64), wish(asked, size_px=64, note="me too"))
    assert first.designs == second.designs
    assert len(house.engine.painted) == 1


def test_designs_of_one_recipe_and_size_are_one_batch(house, painted):
    chosen = [painted["coat", "ikat", ""], painted["tee", "check", ""]]
    [state] = taken_up(house, wish(*chosen, size_px=64))
    assert state.batches == ("request-r0",)
    assert len(state.designs) == len(house.rows("request-r0")) == 2


def test_palettes_are_those_of_the_batch_or_one_s_own(house):
    house.write_batch(COLOURFUL)
    a_night(house)
    designs = by_name(house)
    house.engine.painted.clear()
    own = next(id_ for (_, _, colorway), id_ in designs.items() if not colorway)
    rusty = next(id_ for (_, _, colorway), id_ in designs.items() if colorway == "rust")
    named, unknown, larger = taken_up(
        house,
        wish(own, kind="colorways", colorways=["rust"], palettes={"dusk": ["112233", "#445566"]}),
        wish(own, kind="colorways", colorways=["moss"]),
        wish(rusty, size_px=64),
    )
    made = {row["colorway"]: row["design_id"] for row in house.rows("request-r0").values()}
    assert set(made) == {"", "rust", "dusk"}
    # what the night has made is found, and the design itself is no answer
    assert (made[""], made["rust"] in designs.values()) == (own, True)
    assert set(named.designs) == {made["rust"], made["dusk"]}
    assert unknown.state == StateName.REFUSED
    assert "no palette 'moss', but rust, sea" in unknown.reason
    assert {row["colorway"] for row in house.rows("request-r2").values()} == {"", "rust"}
    assert len(larger.designs) == 2


def test_more_like_it_on_a_category_and_in_a_kind_of_textile(house, painted):
    asked = painted["coat", "ikat", ""]
    on_tees, in_stripes, nowhere = taken_up(
        house,
        wish(asked, kind="more_like", category="tee", limit=3, size_px=64),
        wish(asked, kind="more_like", style_kind="stripe", size_px=64),
        wish(asked, kind="more_like", category="ballgown"),
    )
    garments = {(row["content_id"], row["style_id"]) for row in house.rows("request-r0").values()}
    assert len(on_tees.designs) == len(garments) == 3
    assert {style for _, style in garments} == {"ikat"}
    assert {content for content, _ in garments} <= set(CONTENTS)
    textiles = {(row["content_id"], row["style_id"]) for row in house.rows("request-r1").values()}
    assert textiles == {("coat", "ikat"), ("coat", "floral"), ("coat", "check")}
    assert "a sample of 12 pairs was asked for" in in_stripes.notes[0]
    assert nowhere.state == StateName.REFUSED
    assert "'tee'" in nowhere.reason
    assert "'ballgown'" in nowhere.reason


def test_new_cloth_is_made_by_the_yard_as_its_garment_wears_it_and_other_cloth_is_none(house, painted):
    [as_it_is] = taken_up(house, wish(painted["coat", "ikat", ""], kind="repeat"))
    assert as_it_is.state == StateName.REFUSED
    assert "wears its textile as it is" in as_it_is.reason


def test_what_cannot_be_asked_for_is_refused_with_its_reason_and_keeps_nobody_waiting(house, painted):
    for name, data in (("broken", b"{"), ("huge", b" " * 10**6), ("zeros", b"\0" * 100)):
        house.storage.write_atomic(request_key(name), data)
    nobody, fine = taken_up(house, wish("0" * 32, size_px=64), wish(painted["coat", "ikat", ""], size_px=64))
    assert nobody.state == StateName.REFUSED
    assert f"no design {'0' * 32}" in nobody.reason
    assert fine.state == StateName.DONE
    states = {one.request_id: one.state.state for one in read_requests(house.storage)}
    assert {states[name] for name in ("broken", "huge", "zeros")} == {StateName.REFUSED}
    # and nothing is left to do
    assert take_all(house) == {}


def test_another_picture_under_the_garment_s_name_makes_no_larger_design(house, painted):
    house.storage.write_atomic("content/coat.png", picture("another coat"))
    changed, same = taken_up(
        house, wish(painted["coat", "ikat", ""], size_px=64), wish(painted["tee", "ikat", ""], size_px=64)
    )
    assert changed.state == StateName.REFUSED
    assert "'coat' has another picture by now" in changed.reason
    assert same.state == StateName.DONE


def test_what_licences_no_longer_allow_is_refused(house, painted):
    catalog = house.storage.read("style/catalog.csv").decode()
    house.storage.write_atomic("style/catalog.csv", catalog.replace("CC0-1.0", "CC-BY-ND-4.0").encode())
    [state] = taken_up(house, wish(painted["coat", "ikat", ""], size_px=64))
    assert state.state == StateName.REFUSED
    assert "licences allow no design" in state.reason
    assert house.engine.painted == []


def test_one_design_that_fails_is_told_and_the_others_are_there(house, painted):
    house.engine.refuse = frozenset({"content/coat.png"})
    chosen = [painted["coat", "ikat", ""], painted["tee", "ikat", ""]]
    [state] = taken_up(house, wish(*chosen, size_px=64))
    assert (state.state, len(state.designs), state.failed) == (StateName.DONE, 1, 1)
    assert "upload it again" in state.reason


def test_a_batch_of_a_file_cannot_pass_for_a_request(house):
    house.write_batch(BATCH + "batch_id: request-mine\n")
    with pytest.raises(ConfigError, match="those of requests"):
        wiring.plan_run(house.batch)


def test_a_design_that_is_gone_is_refused_also_while_others_are_made(house, painted):
    gone = painted["coat", "ikat", ""]
    house.storage.delete(design_key(gone))
    [state] = taken_up(house, wish(gone, size_px=64))
    assert state.state == StateName.REFUSED
    assert not house.storage.exists(request_claim_key("r0"))


def test_what_breaks_off_is_tried_again_and_has_failed_after_the_last_try(house, painted):
    ask(house.storage, wish(painted["coat", "ikat", ""], size_px=64), request_id="mine")
    house.engine.refuse = frozenset({"content/coat.png"})
    for tries in range(1, MAX_TRIES):
        take_all(house)
        state = state_of(house.storage, "mine")
        assert (state.state, state.tries) == (StateName.ASKED, tries)
        assert "upload it again" in state.reason
    take_all(house)
    state = state_of(house.storage, "mine")
    assert (state.state, state.tries, state.designs) == (StateName.FAILED, MAX_TRIES, ())
    assert take_all(house) == {}


def test_what_nobody_foresaw_is_a_try_and_keeps_nobody_waiting(house, painted):
    names = [ask(house.storage, wish(one, size_px=64)) for one in list(painted.values())[:2]]
    plainly = render(house)

    def render_or_break(request_id, number):
        if request_id == names[0]:
            raise ZeroDivisionError("nobody thought of it")
        return plainly(request_id, number)

    claims = Claims(house.storage, run="a test")
    states = [take_up(house.storage, claims, name, run="", render=render_or_break) for name in names]
    assert [one.state for one in states] == [StateName.ASKED, StateName.DONE]
    assert state_of(house.storage, names[0]).reason == "ZeroDivisionError: nobody thought of it"


def test_without_minutes_a_request_stays_open_and_the_next_run_goes_on(house, painted):
    ask(house.storage, wish(painted["coat", "ikat", ""], size_px=64), request_id="mine")
    take_all(house, budget_minutes=1e-9)
    state = state_of(house.storage, "mine")
    assert (state.state, state.tries, house.engine.painted) == (StateName.ASKED, 0, [])
    take_all(house)
    assert state_of(house.storage, "mine").state == StateName.DONE


def test_a_run_that_breaks_off_is_gone_on_with_and_nothing_is_painted_twice(house, painted):
    ask(house.storage, wish(*list(painted.values())[:6], size_px=64), request_id="mine")
    house.engine.batch = 2
    breaks = iter([False, True])

    def interrupt(ids):
        if next(breaks, False):
            raise KeyboardInterrupt

    house.engine.on_paint = interrupt
    with pytest.raises(KeyboardInterrupt):
        take_all(house)
    first = set(house.engine.painted)
    assert 0 < len(first) < 6
    engine = house.engine = FakeEngine()
    with equipped(house.equipment()):
        take_all(house)
    assert first.isdisjoint(engine.painted)
    assert len(first) + len(engine.painted) == 6
    assert len(state_of(house.storage, "mine").designs) == 6


def test_of_many_runs_at_once_one_takes_each_request(house, painted):
    for at, design in enumerate(list(painted.values())[:6]):
        ask(house.storage, wish(design, size_px=64), request_id=f"r{at}")
    taken = []

    def run(number):
        claims = Claims(house.storage, run=str(number))
        plainly = render(house)

        def noting(request_id, nth):
            taken.append(request_id)
            return plainly(request_id, nth)

        for one in open_requests(house.storage):
            take_up(house.storage, claims, one.request_id, run=str(number), render=noting)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert sorted(taken) == [f"r{at}" for at in range(6)]
    assert len(house.engine.painted) == 6
    assert {one.state.state for one in read_requests(house.storage)} == {StateName.DONE}
