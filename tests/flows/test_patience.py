"""An outage is waited through for a bounded time, by all threads together, and nothing else is repeated."""

from __future__ import annotations

import threading

import pytest

from catalogs.errors import StorageDenied, StorageUnavailable
from flows.patience import Patience
from flows.stopping import StopFlag


class SleepingFlag(StopFlag):
    """A flag whose sleep only moves a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.now += seconds
        return self.cancelled


def failing(times: int, error: Exception, result: str = "done"):
    left = [times]

    def do() -> str:
        if left[0] > 0:
            left[0] -= 1
            raise error
        return result

    return do


AWAY = StorageUnavailable("the bucket is away")


def test_a_short_outage_is_waited_through_with_growing_pauses():
    flag = SleepingFlag()
    patience = Patience(100, stop=flag, clock=lambda: flag.now)
    assert patience.call(failing(5, AWAY)) == "done"
    # .5, 1, 2, 4, 8 s, each shortened to between a half and all of it
    for pause, full in zip(flag.pauses, (0.5, 1, 2, 4, 8), strict=True):
        assert full / 2 <= pause <= full


def test_a_long_outage_ends_with_the_storage_s_own_error():
    flag = SleepingFlag()
    patience = Patience(60, stop=flag, clock=lambda: flag.now)
    with pytest.raises(StorageUnavailable, match="away"):
        patience.call(failing(10_000, AWAY))
    assert 60 <= flag.now <= 60 + 15


def test_an_outage_that_another_thread_has_waited_for_is_not_waited_for_again():
    flag = SleepingFlag()
    patience = Patience(60, stop=flag, clock=lambda: flag.now)
    with pytest.raises(StorageUnavailable):
        patience.call(failing(10_000, AWAY))
    waited = flag.now
    with pytest.raises(StorageUnavailable):
        patience.call(failing(10_000, AWAY))
    assert flag.now == waited


def test_a_success_ends_the_outage_for_everybody():
    flag = SleepingFlag()
    patience = Patience(60, stop=flag, clock=lambda: flag.now)
    with pytest.raises(StorageUnavailable):
        patience.call(failing(10_000, AWAY))
    assert patience.call(lambda: "back") == "back"
    assert patience.call(failing(3, AWAY)) == "done"


def test_one_object_that_never_arrives_is_given_up_although_others_do():
    flag = SleepingFlag()
    patience = Patience(30, stop=flag, clock=lambda: flag.now)

    def fails_while_others_succeed() -> str:
        other = threading.Thread(target=patience.call, args=(lambda: "fine",))
        other.start()
        other.join()
        raise AWAY

    with pytest.raises(StorageUnavailable):
        patience.call(fails_while_others_succeed)


def test_a_refusal_is_not_repeated():
    flag = SleepingFlag()
    patience = Patience(60, stop=flag, clock=lambda: flag.now)
    with pytest.raises(StorageDenied):
        patience.call(failing(1, StorageDenied("no")))
    assert flag.pauses == []


def test_a_cancelled_run_stops_waiting():
    flag = SleepingFlag()
    flag.cancel()
    with pytest.raises(StorageUnavailable):
        Patience(1e9, stop=flag, clock=lambda: flag.now).call(failing(10_000, AWAY))
    assert len(flag.pauses) == 1
