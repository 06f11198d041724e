"""A shard has one worker at a time, a dead worker's shard is free, and claims never stop the work."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from catalogs.errors import StorageDenied, StorageUnavailable
from catalogs.storage.directory import DirectoryStorage
from flows.shards.claims import Claims, Holder, Lease
from flows.shards.process_identity import ProcessIdentity, this_process

KEY = "claims/demo/shard-00003.json"
ELSEWHERE = ProcessIdentity(machine="another machine", pid=1, started="1")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def claims(storage, run: str = "ours", **options) -> Claims:
    return Claims(storage, run=run, **options)


def write_claim(storage, process: ProcessIdentity, beat: int = 1) -> None:
    body = asdict(Holder(token="theirs", run="the other run", process=process)) | {"beat": beat}
    storage.write_atomic(KEY, json.dumps(body).encode())


def test_of_many_who_ask_at_once_one_gets_the_shard(storage):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda run: claims(storage, str(run)).take(KEY), range(8)))
    leases = [answer for answer in answers if isinstance(answer, Lease)]
    assert len(leases) == 1
    leases[0].release()


def test_a_shard_that_is_given_back_can_be_taken_again_and_leaves_no_object(storage):
    lease = claims(storage).take(KEY)
    other = claims(storage, "theirs").take(KEY)
    assert isinstance(other, Holder)
    assert other.run == "ours"
    lease.release()
    assert not storage.exists(KEY)
    with claims(storage, "theirs").take(KEY) as again:
        assert isinstance(again, Lease)


def test_a_claim_from_another_machine_is_dead_after_a_lease_without_a_sign_of_life(storage):
    clock = Clock()
    observer = claims(storage, lease_s=60, clock=clock)
    write_claim(storage, ELSEWHERE)
    assert isinstance(observer.take(KEY), Holder)
    clock.now += 59
    assert isinstance(observer.take(KEY), Holder)
    clock.now += 1
    lease = observer.take(KEY)
    assert isinstance(lease, Lease)
    lease.release()


def test_every_renewal_begins_a_new_lease(storage):
    clock = Clock()
    observer = claims(storage, lease_s=60, clock=clock)
    for beat in range(5):
        write_claim(storage, ELSEWHERE, beat)
        assert isinstance(observer.take(KEY), Holder)
        clock.now += 50
        assert isinstance(observer.take(KEY), Holder)


def test_a_claim_is_judged_by_the_observer_s_own_clock_from_when_it_first_looked(storage):
    write_claim(storage, ELSEWHERE)
    late = Clock()
    late.now = 1e9
    assert isinstance(claims(storage, lease_s=60, clock=late).take(KEY), Holder)


def test_the_claim_of_a_killed_process_on_this_machine_is_taken_over_at_once(storage):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    me = this_process()
    if not me.machine:
        pytest.skip("this system does not tell which process is which")
    started = (Path("/proc") / str(process.pid) / "stat").read_text().rpartition(")")[2].split()[19]
    write_claim(storage, ProcessIdentity(machine=me.machine, pid=process.pid, started=started))
    assert isinstance(claims(storage).take(KEY), Holder)
    process.kill()
    # not yet waited for: a process that is dead but not reaped counts as dead
    deadline = time.monotonic() + 10
    while isinstance(answer := claims(storage).take(KEY), Holder):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    answer.release()
    process.wait()


def test_a_new_process_with_the_number_of_a_dead_one_is_somebody_else(storage):
    me = this_process()
    if not me.machine:
        pytest.skip("this system does not tell which process is which")
    write_claim(storage, ProcessIdentity(machine=me.machine, pid=1, started="0 ticks"))
    with claims(storage).take(KEY) as lease:
        assert isinstance(lease, Lease)


def test_a_claim_of_this_process_that_nobody_here_holds_is_free(storage):
    # an earlier attempt in this process could not give its lease back: the storage was away
    if not this_process().machine:
        pytest.skip("this system does not tell which process is which")
    write_claim(storage, this_process())
    with claims(storage).take(KEY) as lease:
        assert isinstance(lease, Lease)


def test_a_lease_is_renewed_until_it_is_given_back(storage):
    lease = claims(storage, renew_s=0.01).take(KEY)
    seen = {storage.stat(KEY).etag}
    deadline = time.monotonic() + 10
    while len(seen) < 4:
        assert time.monotonic() < deadline
        seen.add(storage.stat(KEY).etag)
    lease.release()
    assert not storage.exists(KEY)


def test_whoever_was_taken_over_learns_of_it_and_leaves_the_new_claim_alone(storage):
    lease = claims(storage, renew_s=0.01).take(KEY)
    while not lease.lost.wait(0.02):
        # against the renewals, until this write is the last one before a renewal looks
        write_claim(storage, ELSEWHERE)
    lease.release()
    assert json.loads(storage.read(KEY))["token"] == "theirs"


def test_a_claim_that_cannot_be_read_ages_like_any_other(storage):
    clock = Clock()
    observer = claims(storage, lease_s=60, clock=clock)
    storage.write_atomic(KEY, b"\xff not json")
    assert isinstance(observer.take(KEY), Holder)
    clock.now += 60
    with observer.take(KEY) as lease:
        assert isinstance(lease, Lease)


class Refusing(DirectoryStorage):
    """A storage that takes no conditional write."""

    error: Exception = StorageDenied("conditional writes are not supported")

    def write_atomic(self, key, data, *, content_type=None, if_absent=False, if_match=None, durable=True):
        if if_absent or if_match:
            raise self.error
        return super().write_atomic(key, data, content_type=content_type)


def test_a_storage_without_conditional_writes_gives_the_shard_to_everybody(tmp_path):
    storage = Refusing(tmp_path)
    with claims(storage, "a").take(KEY) as first, claims(storage, "b").take(KEY) as second:
        assert isinstance(first, Lease)
        assert isinstance(second, Lease)
        assert not first.lost.is_set()


def test_a_storage_that_is_away_is_an_error_worth_a_retry(tmp_path):
    storage = Refusing(tmp_path)
    storage.error = StorageUnavailable("away")
    with pytest.raises(StorageUnavailable):
        claims(storage).take(KEY)


def test_a_lease_taken_from_the_dead_says_so_and_no_other_does(storage):
    if not this_process().machine:
        pytest.skip("this system does not tell which process is which")
    with claims(storage).take(KEY) as fresh:
        assert not fresh.after_death
    write_claim(storage, ProcessIdentity(machine=this_process().machine, pid=1, started="0 ticks"))
    with claims(storage).take(KEY) as taken:
        assert taken.after_death
    # an earlier attempt of this very process, which lives
    write_claim(storage, this_process())
    with claims(storage).take(KEY) as ours:
        assert not ours.after_death


def test_where_conditions_are_ignored_a_death_is_seen_all_the_same(tmp_path):
    class Ignoring(DirectoryStorage):
        def write_atomic(self, key, data, *, content_type=None, if_absent=False, if_match=None, durable=True):
            return super().write_atomic(key, data, content_type=content_type)

    storage, clock = Ignoring(tmp_path), Clock()
    observer = claims(storage, lease_s=60, clock=clock)
    write_claim(storage, ELSEWHERE)
    assert isinstance(observer.take(KEY), Holder)
    clock.now += 60
    with observer.take(KEY) as lease:
        assert lease.after_death


def test_a_design_that_a_living_run_has_in_hand_under_another_key_is_seen_and_one_of_the_dead_is_not(storage):
    clock = Clock()
    observer = claims(storage, lease_s=60, clock=clock)
    lease = observer.take(KEY, designs=("a", "b"))
    assert observer.rival(lease, "claims/") is None
    body = asdict(Holder(token="theirs", run="the other run", process=ELSEWHERE, designs=("b", "c")))
    storage.write_atomic("claims/tuesday/shard-00000.json", json.dumps(body).encode())
    assert observer.rival(lease, "claims/").run == "the other run"
    clock.now += 60
    assert observer.rival(lease, "claims/") is None
    lease.release()
