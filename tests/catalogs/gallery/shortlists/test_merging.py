"""A list is what its edits make it, in whatever order they come, and nobody writes over anybody."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.gallery.shortlists.clock import is_ahead, new_event_id, time_of
from catalogs.gallery.shortlists.events import Event, Kind, event_of
from catalogs.gallery.shortlists.merging import Shortlist, merge
from catalogs.gallery.shortlists.places import at_end, between
from tests.catalogs.gallery.shortlists.clerk import EIGHT, Clerk, design


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Edits of three people, each of whom sees now and then what the others did; their clocks are wrong."""
    people = [Clerk("anna"), Clerk("ben", timedelta(minutes=-7)), Clerk("cy", timedelta(minutes=4))]
    events: list[Event] = []
    for _ in range(draw(st.integers(1, 25))):
        one = draw(st.sampled_from(people))
        if draw(st.booleans()):
            one.see(*events)
        kind = draw(st.sampled_from([*Kind]))
        number = draw(st.integers(0, 3))
        if kind is Kind.REMOVE:
            events.append(one.removes(number))
        elif kind is Kind.UNDO:
            target = draw(st.sampled_from(events)).event_id if events else new_event_id(EIGHT)
            events.append(one.does(kind, undoes=target))
        elif kind is Kind.MOVE:
            events.append(
                one.does(kind, design=design(number), place=draw(st.sampled_from(["0a", "1", "f"])))
            )
        elif kind in (Kind.CREATE, Kind.RENAME):
            events.append(one.does(kind, text=draw(st.sampled_from(["Spring", "Summer"]))))
        elif kind in (Kind.SHARE, Kind.REVOKE):
            events.append(one.does(kind, share=draw(st.sampled_from(["a" * 16, "b" * 16])), until=9))
        elif kind in (Kind.DELETE, Kind.RESTORE):
            events.append(one.does(kind))
        else:
            said = {"text": "hm"} if kind is Kind.NOTE else {"stars": number} if kind is Kind.RATE else {}
            events.append(one.does(kind, design=design(number), **said))
    return events


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_the_order_in_which_edits_come_does_not_matter(events: list[Event], data: st.DataObject):
    shuffled = data.draw(st.permutations(events))
    doubled = [*shuffled, *data.draw(st.lists(st.sampled_from(events)))]

    assert merge("spring", doubled) == merge("spring", events)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_edits_are_read_back_as_they_were_written(events: list[Event]):
    assert [event_of(one.as_json()) for one in events] == events


@settings(max_examples=60, deadline=None)
@given(histories())
def test_an_add_stays_unless_somebody_who_saw_it_took_it_away(events: list[Event]):
    found = merge("spring", events)
    live = [one for one in events if one.event_id not in found.undone]
    taken = {event_id for one in live if one.kind is Kind.REMOVE for event_id in one.seen}

    expected = {one.design for one in live if one.kind is Kind.ADD and one.event_id not in taken}
    assert set(found.designs) == expected


def test_a_removal_leaves_an_add_of_the_same_moment():
    anna, ben = Clerk("anna"), Clerk("ben")
    first = anna.adds(1)
    ben.see(first)
    again, away = anna.adds(1), ben.removes(1)

    assert merge("spring", [first, away]).designs == ()
    assert merge("spring", [first, away, again]).designs == (design(1),)


def test_two_who_move_different_designs_both_have_their_way():
    anna, ben = Clerk("anna"), Clerk("ben")
    events = [anna.adds(number) for number in range(4)]
    ben.see(*events)
    places = [entry.place for entry in anna.list().entries]
    up = anna.does(Kind.MOVE, design=design(3), place=between("", places[0]))
    down = ben.does(Kind.MOVE, design=design(0), place=between(places[1], places[2]))

    # 0 1 2 3: 3 goes to the front, 0 between 1 and 2
    assert merge("spring", [*events, up, down]).designs == tuple(map(design, (3, 1, 0, 2)))


def test_a_second_add_does_not_move_a_design():
    anna, ben = Clerk("anna"), Clerk("ben")
    events = [anna.adds(1), anna.adds(2)]
    ben.see(*events)

    assert merge("spring", [*events, ben.adds(1)]).designs == (design(1), design(2))


def test_ratings_and_notes_are_kept_by_person():
    anna, ben = Clerk("anna"), Clerk("ben")
    events = [anna.adds(1)]
    for person, stars, note in ((anna, 5, "for the window"), (ben, 2, "too loud")):
        events.append(person.does(Kind.RATE, design=design(1), stars=stars))
        events.append(person.does(Kind.NOTE, design=design(1), text=note))
    events.append(ben.does(Kind.RATE, design=design(1), stars=0))

    (entry,) = merge("spring", events).entries
    assert entry.ratings == {"anna": 5}
    assert entry.notes == {"anna": "for the window", "ben": "too loud"}


def test_only_ones_own_edits_are_undone_and_an_undo_is_undone_too():
    anna, ben = Clerk("anna"), Clerk("ben")
    added = anna.adds(1)
    ben.see(added)
    theirs = ben.undoes(added)
    assert merge("spring", [added, theirs]).designs == (design(1),)

    undone = anna.undoes(added)
    redone = anna.undoes(undone)
    assert merge("spring", [added, undone]).designs == ()
    assert merge("spring", [added, undone, redone]).designs == (design(1),)


def test_an_undone_removal_brings_a_design_back_with_its_place_and_words():
    anna = Clerk("anna")
    events = [anna.adds(1), anna.adds(2), anna.does(Kind.RATE, design=design(1), stars=4)]
    before = merge("spring", events)
    away = anna.removes(1)
    back = anna.undoes(away)

    assert merge("spring", [*events, away]).designs == (design(2),)
    assert merge("spring", [*events, away, back]).entries == before.entries


def test_a_list_that_was_put_away_can_be_restored():
    anna = Clerk("anna")
    events = [anna.does(Kind.CREATE, text="Spring"), anna.adds(1), anna.does(Kind.DELETE)]

    assert not merge("spring", events).exists
    restored = merge("spring", [*events, anna.does(Kind.RESTORE)])
    assert restored.exists
    assert restored.designs == (design(1),)


def test_a_link_that_was_taken_back_is_gone_for_good():
    anna = Clerk("anna")
    given_link = anna.does(Kind.SHARE, share="a" * 16, until=99)
    revoked = anna.does(Kind.REVOKE, share="a" * 16)

    assert list(merge("spring", [given_link]).shares) == ["a" * 16]
    assert merge("spring", [given_link, revoked]).shares == {}
    assert merge("spring", [revoked, given_link]) == merge("spring", [given_link, revoked])


@given(st.lists(st.tuples(st.integers(-600, 600), st.booleans()), min_size=2, max_size=20))
def test_ones_own_edits_keep_their_order_whatever_the_clock_says(jumps: list[tuple[int, bool]]):
    # every edit is made by a clock that jumps by minutes, on a laptop or a tablet that has seen the last one
    ids: list[str] = []
    for seconds, _ in jumps:
        ids.append(new_event_id(EIGHT + timedelta(seconds=seconds), ids[-1] if ids else ""))

    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_an_id_tells_its_time_and_is_refused_far_ahead():
    made = new_event_id(EIGHT)

    assert time_of(made) == EIGHT
    assert not is_ahead(made, now=EIGHT - timedelta(minutes=4))
    assert is_ahead(made, now=EIGHT - timedelta(minutes=6))
    # who has seen an edit of that time may answer it
    assert not is_ahead(made, now=EIGHT - timedelta(days=1), seen=made)


def test_a_full_counter_goes_on_with_the_next_millisecond():
    assert new_event_id(EIGHT, f"{int(EIGHT.timestamp() * 1000):012x}ffff-00000000")[:16] == (
        f"{int(EIGHT.timestamp() * 1000) + 1:012x}0000"
    )


_PLACES = st.text("0123456789abcdef", min_size=1, max_size=8).map(lambda digits: f"{digits}8")


@given(_PLACES, _PLACES)
def test_there_is_always_room_between_two_places(one: str, other: str):
    low, high = sorted((one, other))
    if low < high:
        assert low < between(low, high) < high
    assert "" < between("", low) < low
    assert between(high, "") > high


def test_places_grow_slowly_when_everything_is_moved_to_the_front():
    # four moves halve one hex digit away: 200 moves take about 50 digits and three of their own each time
    place = at_end(new_event_id(EIGHT))
    for _ in range(200):
        place = between("", place)

    assert len(place) < 400


def test_an_empty_list_is_empty():
    assert merge("spring", []) == Shortlist("spring")
    assert not merge("spring", []).exists
