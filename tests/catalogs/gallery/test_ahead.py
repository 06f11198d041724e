from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from catalogs.gallery.collection.ahead import ahead


def test_values_come_in_their_order_computed_in_another_thread():
    def squares() -> Generator[tuple[int, int]]:
        for number in range(20):
            yield number * number, threading.get_ident()

    told = list(ahead(squares()))
    assert [value for value, _ in told] == [number * number for number in range(20)]
    assert threading.get_ident() not in {thread for _, thread in told}


def test_no_more_is_computed_than_a_few_values_early():
    begun = []

    def counting() -> Generator[int]:
        for number in range(100):
            begun.append(number)
            yield number

    values = ahead(counting(), count=3)
    assert [next(values) for _ in range(5)] == list(range(5))
    values.close()
    assert len(begun) <= 5 + 3


def test_what_is_raised_comes_after_the_values_before_it():
    def breaking() -> Generator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    values = ahead(breaking())
    assert [next(values), next(values)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(values)


def test_who_stops_early_closes_what_is_read():
    closed = threading.Event()

    def open_file() -> Generator[int]:
        try:
            yield from range(10)
        finally:
            closed.set()

    values = ahead(open_file())
    next(values)
    values.close()
    assert closed.is_set()
