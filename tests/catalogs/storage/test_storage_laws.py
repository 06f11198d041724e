"""What every storage does, whichever member keeps them: every law runs in a directory and in real S3."""

import itertools
import threading
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.errors import KeyRefused, NotFound, PreconditionFailed

AWKWARD_KEYS = [
    "plain.png",
    "Plain.png",
    "PLAIN.PNG",
    "with space.png",
    " lead",
    "trail ",
    "trail.",
    "100%.png",
    "%2F.png",
    "%41.png",
    "a#b?c&d=e+f;g:h@i,j.png",
    "'quoted' \"double\" `tick`.png",
    "<x>&amp;.xml",
    "[a]{b}(c)^~|*!$.png",
    "café.png",
    unicodedata.normalize("NFD", "café.png"),
    "漢字/かな/😀.png",
    "\ue000\ufffd.png",
    ".hidden/.file",
    "deep/" + "d/" * 40 + "x",
    "long/" + "p" * 255,
    "long/" + "ü" * 127,
    "/".join(["q" * 200] * 4),
]


def keys_of(storage, prefix=""):
    return [found.key for found in storage.list(prefix)]


@pytest.mark.parametrize("size", [0, 1, 1000, 300_000])
def test_what_was_written_is_read(storage, size):
    data = bytes(range(256)) * (size // 256) + b"\x00" * (size % 256)
    written = storage.write_atomic("a/b.bin", data)
    assert storage.read("a/b.bin") == data
    assert written.size == size
    assert storage.stat("a/b.bin").etag == written.etag
    assert storage.stat("a/b.bin").size == size


def test_awkward_names_are_kept_apart_and_come_back_as_they_were(storage):
    for key in AWKWARD_KEYS:
        storage.write_atomic(key, key.encode())
    assert keys_of(storage) == sorted(AWKWARD_KEYS)
    for key in AWKWARD_KEYS:
        assert storage.read(key) == key.encode()


def test_a_write_replaces_the_whole_object_and_its_etag(storage):
    first = storage.write_atomic("a", b"a longer first version")
    second = storage.write_atomic("a", b"second")
    assert storage.read("a") == b"second"
    assert first.etag != second.etag
    assert keys_of(storage) == ["a"]


def test_an_etag_never_comes_back(storage):
    # same key, same size, as fast as it goes: in a directory inodes are used again and clocks tick slowly
    etags = [storage.write_atomic("a", b"%03d" % number).etag for number in range(100)]
    assert len(set(etags)) == 100


def test_a_write_is_dated_now_and_in_utc(storage):
    written = storage.write_atomic("a", b"1")
    found = storage.stat("a")
    listed = next(iter(storage.list("a")))
    for stat in (written, found, listed):
        assert stat.modified_at_utc.tzinfo is UTC
        assert abs((stat.modified_at_utc - datetime.now(UTC)).total_seconds()) < 60


def test_list_says_the_same_as_stat(storage):
    for key in ("a/1", "a/2", "b"):
        storage.write_atomic(key, key.encode())
    assert list(storage.list("")) == [storage.stat(key) for key in ("a/1", "a/2", "b")]


def test_nothing_is_there_before_the_first_write(storage):
    assert keys_of(storage) == []
    assert not storage.exists("a/b")
    for ask in (storage.read, storage.stat):
        with pytest.raises(NotFound, match=r"a/b") as missing:
            ask("a/b")
        assert missing.value.key == "a/b"
    storage.delete("a/b")


def test_a_folder_is_no_object(storage):
    storage.write_atomic("a/b/c", b"1")
    for folder in ("a", "a/b"):
        assert not storage.exists(folder)
        with pytest.raises(NotFound):
            storage.read(folder)
        storage.delete(folder)
    assert keys_of(storage) == ["a/b/c"]


def test_nothing_is_below_an_object(storage):
    storage.write_atomic("a", b"1")
    assert not storage.exists("a/b")
    with pytest.raises(NotFound):
        storage.read("a/b/c")
    storage.delete("a/b")
    assert keys_of(storage, "a/") == []


def test_delete_removes_one_object_and_may_be_repeated(storage):
    for key in ("a", "ab", "b/c", "b/d"):
        storage.write_atomic(key, b"1")
    for _ in range(2):
        storage.delete("a")
        storage.delete("b/c")
    assert keys_of(storage) == ["ab", "b/d"]


def test_a_name_is_free_again_when_everything_below_it_is_deleted(storage):
    storage.write_atomic("a/b/c", b"1")
    storage.delete("a/b/c")
    storage.write_atomic("a", b"2")
    assert keys_of(storage) == ["a"]


def test_a_prefix_is_a_string_not_a_folder(storage):
    keys = ["de", "designs/00/a", "designs/01/b", "designs/10/c", "designs2/x"]
    for key in keys:
        storage.write_atomic(key, b"1")
    for prefix in (
        "",
        "d",
        "de",
        "designs",
        "designs/",
        "designs/0",
        "designs/01",
        "designs/01/b",
        "x",
        "designs/01/b/",
    ):
        assert keys_of(storage, prefix) == sorted(key for key in keys if key.startswith(prefix)), prefix


def test_list_sorts_by_the_whole_key(storage):
    # a space, '+', '-' and '.' sort before '/', digits and letters after it
    keys = [
        "a b/x",
        "a+b",
        "a-b/c",
        "a.txt",
        "a/b",
        "a0",
        "aB",
        "ab",
        "a/b.txt",
        "a/b-/x",
        "ä",
        "😀",
        "\ue000",
    ]
    keys.remove("a/b")
    for key in keys:
        storage.write_atomic(key, b"1")
    assert keys_of(storage) == sorted(keys, key=str.encode)


@pytest.mark.parametrize("call", ["read", "stat", "exists", "delete", "write_atomic", "presign", "list"])
def test_a_key_that_leads_out_is_refused_by_every_call(storage, call):
    arguments = {"write_atomic": {"data": b"x"}, "presign": {"expires_s": 60}}.get(call, {})
    for key in ("../x/y", "/etc/passwd", "a/../../x/y", ".toile-lock/x"):
        with pytest.raises(KeyRefused):
            getattr(storage, call)(key, **arguments)


def test_if_absent_writes_once(storage):
    storage.write_atomic("lease", b"first", if_absent=True)
    with pytest.raises(PreconditionFailed, match="lease"):
        storage.write_atomic("lease", b"second", if_absent=True)
    assert storage.read("lease") == b"first"
    storage.delete("lease")
    storage.write_atomic("lease", b"third", if_absent=True)
    assert storage.read("lease") == b"third"


def test_if_match_writes_only_over_what_was_read(storage):
    first = storage.write_atomic("latest.json", b"1")
    second = storage.write_atomic("latest.json", b"2", if_match=first.etag)
    with pytest.raises(PreconditionFailed, match=r"latest\.json"):
        storage.write_atomic("latest.json", b"3", if_match=first.etag)
    assert storage.read("latest.json") == b"2"
    storage.write_atomic("latest.json", b"4", if_match=storage.stat("latest.json").etag)
    assert storage.read("latest.json") == b"4"
    assert second.etag != storage.stat("latest.json").etag


def test_if_match_fails_where_nothing_is(storage):
    gone = storage.write_atomic("a/b", b"1")
    storage.delete("a/b")
    with pytest.raises(PreconditionFailed, match="a/b"):
        storage.write_atomic("a/b", b"2", if_match=gone.etag)
    assert keys_of(storage) == []


def test_if_absent_and_if_match_exclude_each_other(storage):
    with pytest.raises(ValueError, match="exclude"):
        storage.write_atomic("a", b"1", if_absent=True, if_match="x")


def race(contestants, act):
    """Let all act at once; return the numbers of those that won."""
    ready = threading.Barrier(contestants)

    def one(number):
        ready.wait()
        try:
            act(number)
        except PreconditionFailed:
            return None
        return number

    with ThreadPoolExecutor(contestants) as pool:
        return [number for number in pool.map(one, range(contestants)) if number is not None]


@pytest.mark.parametrize("size", [1, 2_000_000])
def test_of_many_writers_of_an_absent_object_exactly_one_wins(storage, size):
    for attempt in range(4 if size == 1 else 2):
        key = f"claims/{attempt}"
        winners = race(6, lambda n, key=key: storage.write_atomic(key, bytes([n]) * size, if_absent=True))
        assert len(winners) == 1
        assert storage.read(key) == bytes(winners) * size


def test_of_many_writers_over_one_version_exactly_one_wins(storage):
    for attempt in range(4):
        key = f"pointer/{attempt}"
        etag = storage.write_atomic(key, b"old").etag
        winners = race(6, lambda n, key=key, etag=etag: storage.write_atomic(key, bytes([n]), if_match=etag))
        assert len(winners) == 1
        assert storage.read(key) == bytes(winners)


def test_counting_with_if_match_loses_no_step(storage):
    storage.write_atomic("counter", b"0")

    def add(times):
        for _ in range(times):
            while True:
                seen = storage.stat("counter")
                value = int(storage.read("counter"))
                try:
                    storage.write_atomic("counter", b"%d" % (value + 1), if_match=seen.etag)
                except PreconditionFailed:
                    continue
                break

    threads = [threading.Thread(target=add, args=(8,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.read("counter") == b"32"  # 4 threads × 8 steps


def test_a_reader_sees_one_version_or_another_never_a_mixture(storage):
    versions = [bytes([n]) * 200_000 for n in range(4)]
    storage.write_atomic("a/b", versions[0])
    stop = threading.Event()

    def write():
        for version in itertools.cycle(versions):
            if stop.is_set():
                return
            storage.write_atomic("a/b", version)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            assert storage.read("a/b") in versions
            assert [(found.key, found.size) for found in storage.list("a/")] == [("a/b", 200_000)]
    finally:
        stop.set()
        writer.join()


def test_many_threads_write_and_delete_in_one_folder(storage):
    def work(number):
        for step in range(5):
            storage.write_atomic(f"f/{number}/x", b"%d" % step)
            assert storage.read(f"f/{number}/x") == b"%d" % step
            storage.delete(f"f/{number}/x")
        storage.write_atomic(f"f/{number}/x", b"end")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert keys_of(storage) == [f"f/{number}/x" for number in range(6)]


def test_a_presigned_url_opens_the_object(storage):
    storage.write_atomic("thumbs/a b#%?.webp", b"picture")
    with urlopen(storage.presign("thumbs/a b#%?.webp", expires_s=60), timeout=10) as answer:
        assert answer.read() == b"picture"


@pytest.mark.parametrize("expires_s", [0, -1, 604_801])
def test_a_url_is_signed_for_at_most_a_week(storage, expires_s):
    with pytest.raises(ValueError, match="604800"):
        storage.presign("a", expires_s=expires_s)


def test_reaping_leaves_complete_objects_alone(storage):
    storage.write_atomic("a/b", b"1")
    assert storage.reap(older_than_s=0) == 0
    assert keys_of(storage) == ["a/b"]


part = st.text(
    st.one_of(
        st.sampled_from("aAbB01 .-_+%#?&=~'\"é漢😀\u0301"),
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"),
    ),
    min_size=1,
    max_size=6,
)
# folders end in "_" and objects in ".o", so that no object's key is another one's folder
object_keys = st.builds(
    lambda folders, name: "".join(f"{folder}_/" for folder in folders) + f"{name}.o",
    st.lists(part, max_size=3),
    part,
)
steps = st.one_of(
    st.tuples(st.just("write"), object_keys, st.binary(max_size=50)),
    st.tuples(st.just("delete"), st.integers(0, 20), st.none()),
    st.tuples(st.just("claim"), st.integers(0, 20), st.none()),
    st.tuples(st.just("list"), st.integers(0, 20), st.integers(0, 12)),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(steps, min_size=1, max_size=25))
def test_a_storage_is_a_sorted_dictionary(storage, history):
    for found in list(storage.list("")):  # what the last example left
        storage.delete(found.key)
    model: dict[str, bytes] = {}
    for what, which, with_what in history:
        if what == "write":
            storage.write_atomic(which, with_what)
            model[which] = with_what
            continue
        known = sorted(model)
        key = known[which % len(known)] if known else "absent.o"
        if what == "delete":
            storage.delete(key)
            model.pop(key, None)
        elif what == "claim":
            if key in model:
                with pytest.raises(PreconditionFailed):
                    storage.write_atomic(key, b"claim", if_absent=True)
            else:
                storage.write_atomic(key, b"claim", if_absent=True)
                model[key] = b"claim"
        else:
            prefix = key[:with_what]
            assert keys_of(storage, prefix) == sorted(k for k in model if k.startswith(prefix))
        assert storage.exists(key) == (key in model)
    assert keys_of(storage) == sorted(model)
    assert {key: storage.read(key) for key in model} == model


def test_the_folders_below_a_prefix_are_named_once_each_and_objects_are_not(storage):
    for key in ("b/one/x/1", "b/one/2", "b/two/3", "b/loose", "c/three/4", "b/été/5"):
        storage.write_atomic(key, b"")
    assert list(storage.folders("b/")) == ["one", "two", "été"]
    assert list(storage.folders("")) == ["b", "c"]
    assert list(storage.folders("nothing/")) == []
    with pytest.raises(ValueError, match="slash"):
        storage.folders("b/on")


@pytest.mark.parametrize("key", ["a/b.png", "100% +&é/it's.png"])
def test_a_moved_object_is_the_same_under_its_new_key_and_gone_from_the_old(storage, key):
    storage.write_atomic(key, b"picture", content_type="image/png")
    storage.move(key, f"trash/now/{key}")
    assert storage.read(f"trash/now/{key}") == b"picture"
    assert keys_of(storage) == [f"trash/now/{key}"]


def test_a_move_replaces_what_is_there(storage):
    storage.write_atomic("a", b"new")
    storage.write_atomic("b", b"old and longer")
    storage.move("a", "b")
    assert storage.read("b") == b"new"
    assert keys_of(storage) == ["b"]


def test_what_is_not_there_cannot_be_moved(storage):
    storage.write_atomic("b", b"stays")
    for key in ("a", "b/below"):
        with pytest.raises(NotFound):
            storage.move(key, "b")
    assert storage.read("b") == b"stays"


def test_of_many_who_move_one_object_it_arrives_once_or_more_and_never_torn(storage):
    storage.write_atomic("a/b", b"x" * 10_000)

    def move(number):
        try:
            storage.move("a/b", f"to/{number}")
        except NotFound:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(move, range(4))) >= 1
    assert not storage.exists("a/b")
    assert {storage.read(key) for key in keys_of(storage)} == {b"x" * 10_000}
