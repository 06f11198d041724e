"""A few catalog rows spread over many designs: dictionary columns that share what they can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Spread:
    """Spreads values over designs by the designs' positions in them; -1 becomes null.

    Text is kept once (in the dictionary). Where to find it are four bytes a design, which columns of one
    catalog share: most of them are different in every row, or the same in all.

    Args:
        positions: ``(N,)``.
    """

    def __init__(self, positions: NDArray[np.int32]) -> None:
        self._positions = positions
        self._has_none = bool((positions < 0).any())
        self._shared: dict[bytes, pa.Array] = {}

    def __call__(self, values: Sequence[str], *, empty_is_null: bool = True) -> pa.DictionaryArray:
        """Return ``values[position]`` for each position; "" becomes null."""
        given = [value if value or not empty_is_null else None for value in values]
        encoded = pa.array([*given, None] if self._has_none else given, pa.string()).dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        key = codes.tobytes()
        if key not in self._shared:
            self._shared[key] = self._indices(codes)
        return pa.DictionaryArray.from_arrays(self._shared[key], encoded.dictionary)

    def _indices(self, codes: NDArray[np.int32]) -> pa.Array:
        if not self._has_none and np.array_equal(codes, np.arange(len(codes))):
            return pa.array(self._positions)
        spread = codes[self._positions] if len(codes) else self._positions
        none = spread < 0
        return pa.array(spread, mask=none if none.any() else None)
