"""What only a directory can suffer: links, full disks, killed writers, shares that go away."""

import errno
import fcntl
import hashlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from catalogs.errors import (
    KeyRefused,
    NotFound,
    PreconditionFailed,
    StorageDenied,
    StorageFull,
    StorageMisconfigured,
    StorageUnavailable,
)
from catalogs.storage.directory import DirectoryStorage
from catalogs.storage.files import UNFINISHED, unfinished_name


@pytest.fixture
def root(tmp_path):
    return tmp_path / "bucket"


@pytest.fixture
def storage(root):
    return DirectoryStorage(root)


def unfinished_in(root):
    return [path.name for path in root.rglob("*") if path.name.startswith(UNFINISHED)]


def fail(number):
    """Return a system call that always fails."""

    def call(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return call


# --- links and strange files ---


def test_links_out_of_the_root_are_neither_read_listed_nor_written_through(storage, root, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    storage.write_atomic("a/b", b"1")
    (root / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    (root / "a" / "up").symlink_to("../..")
    for key in ("file", "folder/secret", "a/up/outside/secret"):
        for call in (storage.read, storage.stat, storage.exists, storage.delete):
            with pytest.raises(StorageDenied, match="symbolic link") as denied:
                call(key)
            assert denied.value.key == key
            assert repr(key) in str(denied.value)
    for key in ("folder/secret", "folder/new", "folder/new/deeper"):
        with pytest.raises(StorageDenied, match="symbolic link"):
            storage.write_atomic(key, b"overwritten")
    assert [found.key for found in storage.list("")] == ["a/b"]
    assert list(storage.list("a/b")) == [storage.stat("a/b")]
    with pytest.raises(StorageDenied):
        list(storage.list("folder/"))
    assert storage.reap(older_than_s=0) == 0
    assert sorted(path.name for path in outside.iterdir()) == ["secret"]
    assert (outside / "secret").read_bytes() == b"secret"


def test_a_write_onto_a_link_replaces_the_link_not_what_it_points_to(storage, root, tmp_path):
    (tmp_path / "target").write_bytes(b"kept")
    root.mkdir()
    (root / "a").symlink_to(tmp_path / "target")
    storage.write_atomic("a", b"new")
    assert storage.read("a") == b"new"
    assert (tmp_path / "target").read_bytes() == b"kept"


def test_the_root_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    DirectoryStorage(tmp_path / "link").write_atomic("a/b", b"1")
    assert (tmp_path / "real" / "a" / "b").read_bytes() == b"1"


def test_a_named_pipe_is_no_object_and_nobody_waits_for_it(storage, root):
    root.mkdir()
    os.mkfifo(root / "pipe")
    with pytest.raises(NotFound):
        storage.read("pipe")
    assert list(storage.list("")) == []


def test_files_whose_names_no_key_can_have_are_left_out(storage, root):
    storage.write_atomic("good", b"1")
    for name in (b"new\nline", b"back\\slash", b"latin1-\xe9", b".toile-something"):
        (root / os.fsdecode(name)).write_bytes(b"x")
    (root / "fold\ner").mkdir()
    (root / "fold\ner" / "x").write_bytes(b"x")
    assert [found.key for found in storage.list("")] == ["good"]


def test_a_file_put_there_by_another_program_is_an_object(storage, root):
    (root / "content").mkdir(parents=True)
    (root / "content" / "tee.png").write_bytes(b"picture")
    first = storage.stat("content/tee.png")
    assert storage.read("content/tee.png") == b"picture"
    time.sleep(0.02)  # longer than a tick of the file system's clock
    (root / "content" / "tee.png").write_bytes(b"PICTURE")
    assert storage.stat("content/tee.png").etag != first.etag


def test_an_object_and_a_folder_cannot_share_a_name_here(storage):
    storage.write_atomic("a", b"1")
    with pytest.raises(KeyRefused, match="'a/b'"):
        storage.write_atomic("a/b", b"2")
    storage.write_atomic("c/d", b"3")
    for condition in ({}, {"if_absent": True}):
        with pytest.raises(KeyRefused, match="'c'"):
            storage.write_atomic("c", b"4", **condition)
    assert [found.key for found in storage.list("")] == ["a", "c/d"]


def test_files_get_the_rights_that_the_umask_leaves(storage, root):
    before = os.umask(0o027)
    try:
        storage.write_atomic("a/b", b"1")
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / "a" / "b").stat().st_mode) == 0o640


# --- unfinished writes ---


def test_what_a_dead_writer_left_is_invisible(storage, root):
    storage.write_atomic("a/b", b"1")
    (root / "a" / unfinished_name()).write_bytes(b"half")
    assert [found.key for found in storage.list("")] == ["a/b"]
    assert [found.key for found in storage.list("a/.")] == []


def test_reaping_takes_old_unfinished_writes_and_no_young_ones(storage, root):
    storage.write_atomic("a/b/c", b"1")
    old, young = root / "a" / "b" / unfinished_name(), root / unfinished_name()
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 100, time.time() - 100))
    assert storage.reap(older_than_s=60) == 1
    assert not old.exists()
    assert young.exists()
    assert storage.reap(older_than_s=0) == 1
    assert storage.read("a/b/c") == b"1"


def test_the_next_run_tidies_a_folder_before_it_writes_there(storage, root):
    storage.write_atomic("a/b", b"1")
    stale, alive = root / "a" / unfinished_name(), root / "a" / unfinished_name()
    stale.write_bytes(b"half")
    alive.write_bytes(b"half")
    os.utime(stale, (time.time() - 2 * 86_400,) * 2)
    DirectoryStorage(root).write_atomic("a/c", b"2")
    assert not stale.exists()
    assert alive.exists()


# --- roots that are not there ---


def test_a_root_that_goes_away_is_not_made_again(storage, root):
    storage.write_atomic("a", b"1")
    shutil.rmtree(root)
    for call in (
        lambda: storage.write_atomic("b", b"2"),
        lambda: storage.read("a"),
        lambda: storage.exists("a"),
        lambda: storage.delete("a"),
        lambda: list(storage.list("")),
    ):
        with pytest.raises(StorageUnavailable, match="vanished"):
            call()
    assert not root.exists()


def test_a_root_that_became_another_folder_is_not_written_to(storage, root):
    storage.write_atomic("a", b"1")
    root.rename(root.with_name("away"))
    root.mkdir()
    with pytest.raises(StorageUnavailable, match="no longer the folder"):
        storage.write_atomic("b", b"2")
    assert list(root.iterdir()) == []
    root.rmdir()
    root.with_name("away").rename(root)
    storage.write_atomic("b", b"2")
    assert storage.read("a") == b"1"


def test_asking_makes_no_root(storage, root):
    assert not storage.exists("a")
    assert list(storage.list("")) == []
    storage.delete("a")
    assert storage.reap(older_than_s=0) == 0
    assert not root.exists()


def test_a_root_that_is_a_file_is_said_to_be_one(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(StorageMisconfigured, match="no folder"):
        DirectoryStorage(tmp_path / "file").write_atomic("a", b"1")


# --- what the system refuses ---


@contextmanager
def as_nobody():
    """Drop root's right to everything for a moment; any other user has no such right."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_is_not_ours_is_denied_with_the_key_and_the_remedy(storage, root):
    storage.write_atomic("a/b", b"1")
    (root / "a").chmod(0)
    try:
        with as_nobody():
            for call in (
                lambda: storage.read("a/b"),
                lambda: storage.stat("a/b"),
                lambda: storage.write_atomic("a/b", b"2"),
                lambda: list(storage.list("a/")),
            ):
                with pytest.raises(StorageDenied, match=r"'a/b?'.*permission denied; give this user"):
                    call()
    finally:
        (root / "a").chmod(0o755)
    assert storage.read("a/b") == b"1"


@contextmanager
def mounted(folder, *options):
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", *options, "none", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount command here")
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_the_old_object_and_nothing_of_the_new_one(tmp_path):
    with mounted(tmp_path / "small", "-o", "size=512k") as small:
        storage = DirectoryStorage(small)
        storage.write_atomic("a/b", b"o" * 100_000)
        for key, condition in (("a/b", {}), ("c", {"if_absent": True})):
            with pytest.raises(StorageFull, match=f"'{key}'.*disk is full; free some space"):
                storage.write_atomic(key, b"n" * 600_000, **condition)
        assert storage.read("a/b") == b"o" * 100_000
        assert [found.key for found in storage.list("")] == ["a/b"]
        assert unfinished_in(small) == []
        storage.write_atomic("a/b", b"n" * 300_000)  # the room of the failed writes is free again
        assert storage.read("a/b") == b"n" * 300_000


def test_a_read_only_file_system_is_denied(tmp_path):
    with mounted(tmp_path / "share", "-o", "size=512k") as share:
        storage = DirectoryStorage(share)
        storage.write_atomic("a", b"1")
        subprocess.run(["mount", "-o", "remount,ro", str(share)], check=True)
        for call in (lambda: storage.write_atomic("b", b"2"), lambda: storage.delete("a")):
            with pytest.raises(StorageDenied, match="read-only"):
                call()
        assert storage.read("a") == b"1"


def test_an_unmounted_share_is_not_written_to_beneath_its_mount_point(tmp_path):
    with mounted(tmp_path / "share", "-o", "size=512k") as share:
        storage = DirectoryStorage(share)
        storage.write_atomic("a", b"1")
        subprocess.run(["umount", str(share)], check=True)
        try:
            with pytest.raises(StorageUnavailable, match="unmounted"):
                storage.write_atomic("b", b"2")
            assert list(share.iterdir()) == []
        finally:
            subprocess.run(["mount", "-t", "tmpfs", "none", str(share)], check=True)


WRITE_ABOVE_THE_LIMIT = """
import resource, sys
from catalogs.errors import StorageFull
from catalogs.storage.directory import DirectoryStorage

storage = DirectoryStorage(sys.argv[1])
storage.write_atomic("a", b"old")
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    storage.write_atomic("a", b"n" * 200_000)
except StorageFull as error:
    print(error)
"""


def test_a_write_cut_off_by_the_system_keeps_the_old_object(storage, root):
    done = subprocess.run(
        [sys.executable, "-c", WRITE_ABOVE_THE_LIMIT, str(root)], capture_output=True, text=True, timeout=60
    )
    assert "file size limit" in done.stdout, done.stderr
    assert storage.read("a") == b"old"
    assert unfinished_in(root) == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, StorageUnavailable),
        (errno.ESTALE, StorageUnavailable),
        (errno.EMFILE, StorageUnavailable),
        (errno.EROFS, StorageDenied),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_fault_at_any_step_of_a_write_leaves_the_old_object(storage, root, monkeypatch, number, kind, call):
    storage.write_atomic("a/b", b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail(number))
        with pytest.raises(kind, match="'a/b'") as failed:
            storage.write_atomic("a/b", b"new")
    assert failed.value.retryable == (kind is StorageUnavailable)
    assert storage.read("a/b") == b"old"
    assert unfinished_in(root) == []


def test_a_write_reaches_the_disk_before_it_takes_the_name_and_the_name_after(storage, monkeypatch):
    storage.write_atomic("a/b", b"old")
    order = []
    sync, replace = os.fsync, os.replace

    def seen_sync(file):
        order.append("folder" if stat.S_ISDIR(os.fstat(file).st_mode) else "file")
        sync(file)

    def seen_replace(*args, **kwargs):
        order.append("name")
        replace(*args, **kwargs)

    monkeypatch.setattr(os, "fsync", seen_sync)
    monkeypatch.setattr(os, "replace", seen_replace)
    storage.write_atomic("a/b", b"new")
    assert order == ["file", "name", "folder"]


def test_files_that_may_wait_reach_the_disk_when_somebody_asks(storage, monkeypatch):
    storage.write_atomic("a/old", b"-")
    synced = []
    sync = os.fsync

    def seen(file):
        synced.append(os.readlink(f"/proc/self/fd/{file}").rsplit("/", 1)[1])
        sync(file)

    monkeypatch.setattr(os, "fsync", seen)
    storage.write_atomic("a/new", b"1", durable=False)
    storage.write_atomic("a/first", b"2", if_absent=True, durable=False)
    assert synced == []
    storage.sync(["a/new", "a/gone", "nowhere/x", "a/first"])
    # each file once, then the folder that names them; what is not there is passed over
    assert synced == ["new", "first", "a"]
    storage.write_atomic("b/c", b"3", durable=False)
    storage.sync([f"{folder}/{name}" for name in ("new", "c") for folder in ("a", "b")])
    assert sorted(synced[-4:]) == ["a", "b", "c", "new"]
    assert storage.read("a/new") == b"1"


def test_a_link_in_the_place_of_a_file_is_not_followed_to_the_disk(storage, root):
    storage.write_atomic("a/b", b"1")
    (root / "a" / "link").symlink_to(root / "a" / "b")
    with pytest.raises(StorageDenied):
        storage.sync(["a/link"])


def test_a_full_disk_that_shows_only_at_the_end_is_told(storage, monkeypatch):
    storage.write_atomic("a/b", b"1", durable=False)
    monkeypatch.setattr(os, "fsync", fail(errno.ENOSPC))
    with pytest.raises(StorageFull, match="'a'"):
        storage.sync(["a/b"])


def test_on_a_share_without_hard_links_still_only_one_writer_wins(storage, root, monkeypatch):
    monkeypatch.setattr(os, "link", fail(errno.EOPNOTSUPP))
    storage.write_atomic("a", b"1", if_absent=True)
    with pytest.raises(PreconditionFailed, match="'a'"):
        storage.write_atomic("a", b"2", if_absent=True)
    assert storage.read("a") == b"1"
    assert unfinished_in(root) == []


def test_on_a_share_without_locks_plain_writes_work_and_conditions_say_why_not(storage, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", fail(errno.ENOLCK))
    etag = storage.write_atomic("a", b"1").etag
    with pytest.raises(StorageMisconfigured, match="locks"):
        storage.write_atomic("a", b"2", if_match=etag)
    assert storage.read("a") == b"1"


# --- other processes ---

COUNT = """
import sys
from catalogs.errors import PreconditionFailed
from catalogs.storage.directory import DirectoryStorage

storage = DirectoryStorage(sys.argv[1])
for _ in range(100):
    while True:
        seen = storage.stat("counter")
        value = int(storage.read("counter"))
        try:
            storage.write_atomic("counter", b"%d" % (value + 1), if_match=seen.etag)
        except PreconditionFailed:
            continue
        break
"""


def test_processes_that_count_with_if_match_lose_no_step(storage, root):
    storage.write_atomic("counter", b"0")
    processes = [subprocess.Popen([sys.executable, "-c", COUNT, str(root)]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert storage.read("counter") == b"300"  # 3 processes × 100 steps


WRITE_FOR_EVER = """
import hashlib, itertools, os, sys
from catalogs.storage.directory import DirectoryStorage

storage = DirectoryStorage(sys.argv[1])
print("ready", flush=True)
for number in itertools.count():
    body = os.urandom(300_000)
    data = hashlib.sha256(body).digest() + body
    storage.write_atomic(f"d/{number % 5}", data)
    storage.write_atomic(f"new/{sys.argv[2]}/{number}", data, if_absent=True)
"""


def test_kill_9_at_any_moment_leaves_no_half_object(storage, root):
    dice = random.Random(0)
    left = 0
    for attempt in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(root), str(attempt)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(dice.uniform(0, 0.05))
        writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        left += len(unfinished_in(root)) > 0 if root.exists() else 0
        for found in storage.list(""):
            data = storage.read(found.key)
            assert hashlib.sha256(data[32:]).digest() == data[:32], found.key
            assert len(data) == found.size == 300_032
    assert left > 0, "no kill came in the middle of a write: the test has shown nothing"
    storage.reap(older_than_s=0)
    assert unfinished_in(root) == []
