"""Lines of a hash for many designs: each different text once, and which of them each design has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Lines:
    """Texts that follow each other in the hashes of designs: ``texts[of[n]]`` is that of design n."""

    texts: Sequence[bytes]
    of: NDArray[np.int64]

    @classmethod
    def nothing(cls, count: int) -> Lines:
        """Return the empty text for so many designs."""
        return cls((b"",), np.zeros(count, np.int64))

    def __add__(self, after: Lines) -> Lines:
        """Return these, and in each design the other text after this one."""
        if tuple(after.texts) == (b"",):
            return self
        if tuple(self.texts) == (b"",):
            return after
        count = len(after.texts)
        met, of = np.unique(self.of * count + after.of, return_inverse=True)
        texts = [self.texts[both // count] + after.texts[both % count] for both in met.tolist()]
        return Lines(texts, of)


def told(
    values: NDArray[np.float64], line: Callable[[float | None], bytes]
) -> tuple[NDArray[np.float64], Lines]:
    """Return numbers as they are hashed, six digits, and their lines; NaN is None.

    What is hashed is what is painted with: both are rounded alike.
    """
    different, of = np.unique(values, return_inverse=True)
    said = [None if value != value else float(f"{value:.6g}") for value in different.tolist()]
    rounded = np.array([np.nan if value is None else value for value in said], np.float64)
    return rounded[of], Lines([line(value) for value in said], of)
