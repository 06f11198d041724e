"""Computing what comes next while something else is done with what came before."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(values: Generator[T], *, count: int = 2) -> Generator[T]:
    """Yield what a generator yields, computed in a thread of its own and at most ``count`` values early.

    What it raises is raised where its value would have come; who stops early closes it.
    """
    with ThreadPoolExecutor(1) as pool:
        begun = deque(pool.submit(next, values, _END) for _ in range(count))
        try:
            while (value := begun.popleft().result()) is not _END:
                begun.append(pool.submit(next, values, _END))
                yield value  # type: ignore[misc]  # the end is not among its values
        finally:
            for one in begun:
                one.cancel()
            pool.shutdown()
            values.close()
