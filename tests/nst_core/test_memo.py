"""A costly result is computed once, a failure is never kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nst_core.memo import Memo


def test_eight_callers_at_once_compute_a_value_once():
    memo: Memo[int] = Memo(4)
    gate, calls = threading.Barrier(8), []

    def compute() -> int:
        calls.append(1)
        return 7

    def call(_: int) -> int:
        gate.wait()
        return memo.get("tee", compute)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == [7] * 8
    assert len(calls) == 1


def test_the_value_used_longest_ago_is_forgotten_first():
    memo: Memo[str] = Memo(2)
    calls: list[str] = []

    def compute(name: str):
        return lambda: calls.append(name) or name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert memo.get(name, compute(name)) == name
    # a b (a kept) c drops b (a kept), so b is computed again
    assert calls == ["a", "b", "c", "b"]


def test_a_failure_reaches_the_caller_and_is_tried_again():
    memo: Memo[int] = Memo(2)

    def fail() -> int:
        raise ValueError("the mask is empty")

    with pytest.raises(ValueError, match="mask is empty"):
        memo.get("tee", fail)
    assert memo.get("tee", lambda: 3) == 3
