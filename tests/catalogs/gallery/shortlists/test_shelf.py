"""Edits as objects: written once, read once, packed without losing one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from catalogs.errors import CatalogError, StorageDenied
from catalogs.gallery.errors import EditRefused
from catalogs.gallery.shortlists import Shelf
from catalogs.gallery.shortlists.events import HOUSE, Event, Kind
from catalogs.gallery.shortlists.objects import pack
from catalogs.keeping.references import References, as_ids
from catalogs.layout import SHORTLISTS_PREFIX, packed_key, shortlist_key, shortlist_of
from catalogs.storage import ObjectStat, Storage
from catalogs.storage.directory import DirectoryStorage
from tests.catalogs.gallery.shortlists.clerk import Clerk, design


class Counting(DirectoryStorage):
    """Counts what is asked of it; ``dies_at`` a delete, ``between`` happens after a listing."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.asked: Counter[str] = Counter()
        self.dies_at = -1
        self.between: list[Event] = []

    def read(self, key: str) -> bytes:
        self.asked["read"] += 1
        return super().read(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        self.asked["list"] += 1
        return super().list(prefix)

    def delete(self, key: str) -> None:
        self.asked["delete"] += 1
        if self.asked["delete"] == self.dies_at:
            raise ConnectionAbortedError("the machine is gone")
        super().delete(key)


@pytest.fixture
def counted(bucket: Storage) -> Counting:
    return Counting(bucket.root)


def a_shelf(storage: Storage, pack_above: int = 500) -> Shelf:
    return Shelf(storage, fresh_s=0, pack_above=pack_above)


def fill(shelf: Shelf, person: Clerk, count: int) -> None:
    shelf.write("spring", person.does(Kind.CREATE, text="Spring"))
    for number in range(count):
        shelf.write("spring", person.adds(number))


def test_what_one_writes_another_reads(bucket: Storage):
    fill(a_shelf(bucket), Clerk("anna"), 3)
    here = a_shelf(bucket)

    assert here.read("spring").designs == tuple(map(design, range(3)))
    assert [(one.name, one.by) for one in here.lists()] == [("Spring", "anna")]


def test_an_edit_that_is_sent_twice_is_one(counted: Counting):
    anna = Clerk("anna")
    event = anna.adds(1)
    a_shelf(counted).write("spring", event)
    for shelf in (a_shelf(counted), a_shelf(counted)):
        shelf.write("spring", event)

    assert len(list(counted.list(SHORTLISTS_PREFIX))) == 1


def test_an_id_that_another_edit_has_is_refused(bucket: Storage):
    event = Clerk("anna").adds(1)
    a_shelf(bucket).write("spring", event)

    with pytest.raises(EditRefused, match="draw another") as caught:
        a_shelf(bucket).write("spring", Event(event.event_id, Kind.ADD, "ben", design=design(2)))
    assert caught.value.code == "id_taken"


def test_reading_again_costs_one_listing_and_what_is_new(counted: Counting):
    anna = Clerk("anna")
    fill(a_shelf(counted), anna, 20)
    here = a_shelf(counted)
    here.read("spring")
    counted.asked.clear()
    here.read("spring")
    assert counted.asked == {"list": 1}

    a_shelf(counted).write("spring", anna.adds(77))
    counted.asked.clear()
    assert design(77) in here.read("spring").designs
    assert counted.asked == {"list": 1, "read": 1}


def test_many_who_ask_within_a_second_are_one_listing(counted: Counting):
    seconds = [0.0]
    here = Shelf(counted, fresh_s=1.0, clock=lambda: seconds[0])
    fill(here, Clerk("anna"), 1)
    counted.asked.clear()
    for _ in range(50):
        here.read("spring")
    assert not counted.asked
    seconds[0] = 1.5
    here.read("spring")
    here.read("spring")
    assert counted.asked == {"list": 1}


def test_a_long_list_is_packed_and_stays_what_it_was(bucket: Storage):
    anna, here = Clerk("anna"), a_shelf(bucket, 50)
    fill(here, anna, 60)
    before = here.read("spring")

    assert here.pack("spring")
    assert not here.pack("spring")
    keys = [stat.key for stat in bucket.list(SHORTLISTS_PREFIX)]
    assert [shortlist_of(key) for key in keys] == [("spring", "")]
    assert here.read("spring") == before
    assert a_shelf(bucket).read("spring") == before


def test_an_edit_that_comes_after_the_packing_is_merged(bucket: Storage):
    anna, here = Clerk("anna"), a_shelf(bucket, 50)
    fill(here, anna, 60)
    late = Clerk("ben").adds(99)  # made before all the others, offline
    here.pack("spring")
    here.write("spring", late)

    assert a_shelf(bucket).read("spring").entry(design(99)) is not None
    # what is in the packed object already, sent again, is one edit
    first = here.read("spring").events[1]
    assert a_shelf(bucket).write("spring", first) == first
    assert len(a_shelf(bucket).read("spring").events) == 62


def test_a_packing_that_dies_half_way_loses_nothing(counted: Counting):
    fill(a_shelf(counted), Clerk("anna"), 60)
    before = a_shelf(counted).read("spring")
    dying = a_shelf(counted, 50)
    dying.read("spring")
    counted.asked.clear()
    counted.dies_at = 30
    with pytest.raises(ConnectionAbortedError):
        dying.pack("spring")

    counted.dies_at = -1
    after = a_shelf(counted, 20)
    assert after.read("spring") == before
    assert after.pack("spring")
    assert a_shelf(counted).read("spring") == before


def test_where_nothing_may_be_deleted_packing_is_tried_once(bucket: Storage):
    class Kept(DirectoryStorage):
        def delete(self, key: str) -> None:
            raise StorageDenied("no permission to delete", key=key)

    here, anna = a_shelf(Kept(bucket.root), 10), Clerk("anna")
    fill(here, anna, 20)
    for number in range(30, 33):
        assert not here.pack("spring")
        here.write("spring", anna.adds(number))
    assert sum(not shortlist_of(stat.key)[1] for stat in bucket.list(SHORTLISTS_PREFIX)) == 1
    assert "no permission" in str(here.problems)
    assert len(a_shelf(bucket).read("spring").entries) == 23


def test_two_who_pack_at_once_lose_nothing(bucket: Storage):
    anna = Clerk("anna")
    one, other = a_shelf(bucket, 10), a_shelf(bucket, 10)
    fill(one, anna, 20)
    other.read("spring")
    one.write("spring", anna.adds(50))
    before = a_shelf(bucket).read("spring")
    assert one.pack("spring")
    # the other one packs what it saw before, which is gone by now
    assert other.pack("spring")

    assert a_shelf(bucket).read("spring") == before
    assert one.read("spring") == before
    assert other.read("spring") == before


def test_packed_objects_of_a_growing_list_stay_few(bucket: Storage):
    anna, here = Clerk("anna"), a_shelf(bucket, 10)
    here.write("spring", anna.does(Kind.CREATE, text="Spring"))
    for number in range(150):
        here.write("spring", anna.adds(number))
        here.pack("spring")
    packed = [stat for stat in bucket.list(SHORTLISTS_PREFIX) if shortlist_of(stat.key)[1] == ""]

    # 13 packings of 11 edits, each with all that are no larger: at most one of 11, 22, 44, 88
    assert len(packed) <= 4
    assert len(a_shelf(bucket).read("spring").entries) == 150


def test_a_reader_whose_objects_were_packed_meanwhile_looks_again(bucket: Storage):
    fill(a_shelf(bucket), Clerk("anna"), 30)

    class Late(DirectoryStorage):
        """Packs between the first listing and the first reading."""

        is_packed = False

        def list(self, prefix: str) -> Iterator[ObjectStat]:
            stats = list(super().list(prefix))
            if not self.is_packed:
                self.is_packed = True
                pack(bucket, "spring", [stat.key for stat in stats], {})
            return iter(stats)

    assert len(a_shelf(Late(bucket.root)).read("spring").entries) == 30


def test_a_broken_object_is_passed_over_told_and_left_where_it_is(bucket: Storage):
    here = a_shelf(bucket, 5)
    fill(here, Clerk("anna"), 10)
    broken = shortlist_key("spring", "0" * 16 + "-" + "0" * 8)
    bucket.write_atomic(broken, b'{"id": "half')
    bucket.write_atomic(packed_key("spring", "half"), b"[]")
    bucket.write_atomic("shortlists/of-anna.csv", b"design_id\n")
    bucket.write_atomic("shortlists/anna/of mine.json", b"{}")
    here = a_shelf(bucket, 5)

    assert len(here.read("spring").entries) == 10
    assert set(here.problems) == {broken, packed_key("spring", "half")}
    assert here.pack("spring")
    assert bucket.exists(broken)
    assert [one.list_id for one in here.lists()] == ["spring"]


def test_a_list_that_nobody_made_is_not_remembered(bucket: Storage):
    here = a_shelf(bucket)
    for number in range(5):
        assert not here.read(f"nobody-{number}").exists
    assert here.stamp("nobody-1") == here.stamp("nobody-2")
    assert here._lists == {}
    with pytest.raises(CatalogError, match="a list's id is"):
        here.read("../designs")


def test_the_ratings_of_the_house_are_no_list_of_anybodys(bucket: Storage):
    here = a_shelf(bucket)
    here.write(HOUSE, Clerk("anna").does(Kind.RATE, design=design(1), stars=4))

    assert here.house().ratings == {design(1): {"anna": 4}}
    assert here.lists() == []


def test_a_design_that_undo_can_bring_back_is_kept_by_housekeeping(bucket: Storage):
    anna, here = Clerk("anna"), a_shelf(bucket, 3)
    fill(here, anna, 4)
    here.write("spring", anna.removes(2))
    here.write("spring", anna.does(Kind.DELETE))
    named = as_ids([design(2), design(3), design(9)])
    loose = References(bucket)
    loose.update()
    assert loose.name(named).tolist() == [True, True, False]

    assert here.pack("spring")
    packed = References(bucket)
    packed.update()
    assert packed.name(named).tolist() == [True, True, False]
    assert packed.unreadable == {}
