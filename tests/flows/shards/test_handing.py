"""Quick jobs are done at once, slow ones by threads, and what a job raises arrives either way."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from flows.shards.handing import LOOKED_AT, QUICK_S, SLOW_S, Handing


def handed(work, jobs, *, times: int) -> tuple[Handing, list]:
    """Have the same jobs done again and again, each time until all are done."""
    results = []
    with ThreadPoolExecutor(2) as pool:
        handing = Handing(pool, work)
        for _ in range(times):
            handing.hand_over(jobs)
            wait(handing.futures)
            results += handing.done()
    return handing, results


def test_a_quick_job_comes_to_be_done_by_whoever_hands_it_over():
    where = []

    def work(job: int) -> int:
        where.append(threading.current_thread())
        return 2 * job

    handing, results = handed(work, [1, 2, 3], times=2 * LOOKED_AT)
    assert sorted(set(results)) == [2, 4, 6]
    assert len(results) == 6 * LOOKED_AT
    assert handing.at_once
    assert where[-1] is threading.current_thread()
    assert where[0] is not threading.current_thread()
    assert len(handing) == 0


def test_a_job_that_keeps_the_processor_busy_stays_with_the_threads():
    def work(job: int) -> None:
        ends = time.thread_time() + 3 * QUICK_S
        while time.thread_time() < ends:
            pass

    handing, _ = handed(work, [1, 2], times=LOOKED_AT)
    assert not handing.at_once


def test_a_job_that_waits_goes_back_to_the_threads_after_a_few():
    here = []

    def work(job: int) -> None:
        here.append(threading.current_thread() is threading.main_thread())
        time.sleep(3 * SLOW_S)

    handing, _ = handed(work, range(8), times=6)
    # it costs the processor nothing, so that it is tried
    assert 1 <= sum(here) <= 4
    assert not handing.at_once


@pytest.mark.parametrize("times", [1, 2 * LOOKED_AT])
def test_what_a_job_raises_arrives_when_it_is_taken_back(times: int):
    def work(job: int) -> int:
        if job == 7:
            raise OSError("the seventh")
        return job

    with ThreadPoolExecutor(2) as pool:
        handing = Handing(pool, work)
        for _ in range(times):
            handing.hand_over([1, 2])
            wait(handing.futures)
            handing.done()
        handing.hand_over([7, 8])
        wait(handing.futures)
        with pytest.raises(OSError, match="the seventh"):
            handing.done()
