"""What is told: from where, from whatever thread, and at what price."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from flows.observability import events
from flows.observability.events import EVENTS
from flows.observability.signals import Happening, Span, at_work_on, carried, happened, listening, place, span


def test_a_thread_tells_where_the_work_was_handed_out():
    told = []
    with listening(told.append), ThreadPoolExecutor(1) as pool:
        with at_work_on(batch="demo"), at_work_on(shard=3):
            work = carried(lambda: happened(events.SHARD_BUSY))
        pool.submit(work).result()
        pool.submit(happened, events.SHARD_BUSY).result()
    assert [one.facts for one in told] == [{"batch": "demo", "shard": 3}, {}]
    assert place() == {}


def test_one_piece_of_work_may_be_in_two_threads_at_once():
    meet = threading.Barrier(2, timeout=10)
    with at_work_on(batch="demo"):
        work = carried(lambda: (meet.wait(), place())[1])
    with ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in [pool.submit(work) for _ in range(2)]] == [{"batch": "demo"}] * 2


def test_a_span_is_told_when_it_ends_even_by_an_error():
    told = []
    with listening(told.append):
        try:
            with span("paint", designs=["a"]):
                raise ValueError("NaN")
        except ValueError:
            pass
    [one] = told
    assert isinstance(one, Span)
    assert (one.name, one.facts) == ("paint", {"designs": ["a"]})
    assert one.seconds >= 0


def test_with_nobody_listening_nothing_is_measured():
    made = [span("paint"), span("prepare")]
    assert {type(one).__name__ for one in made} == {"nullcontext"}


def test_what_is_not_known_is_a_dash_in_the_sentence():
    told = []
    with listening(told.append):
        happened(events.SHARD_DONE, painted=4)
    assert isinstance(told[0], Happening)
    assert events.SHARD_DONE.sentence({"painted": 4, "seconds": 1.25}).startswith("shard –: 4 painted")


def test_every_name_of_an_event_is_its_own_and_every_fact_of_its_words_is_said_or_a_place():
    names = [one.name for one in EVENTS]
    assert len(set(names)) == len(names)
    places = {"batch", "shard", "wave", "device", "flow_run", "task_run"}
    for one in EVENTS:
        asked = []

        class Asked(dict):
            def __missing__(self, key, asked=asked):
                asked.append(key)
                return ""

        one.words.format_map(Asked())
        assert set(asked) <= {*one.says, *places}, one.name


def test_the_library_of_metrics_is_not_loaded_by_what_paints():
    import subprocess

    code = (
        "import sys, flows.observability.metrics, flows.observability.trace\n"
        "print('prometheus_client' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
