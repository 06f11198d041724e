"""What designs are alike by, beside the table: a row of whole numbers a design, by its number ``n``."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catalogs.parts import read_blocks

LOOK, PALETTE = "look", "palette"
# Kind: column of the manifest, length.
KINDS = {LOOK: ("texture_descriptor", 96), PALETTE: ("colour_descriptor", 32)}
# The table grows by halves, so that a row is copied a few times and not once a block.
_LEAST = 65_536
_BLOCK_ROWS = 16_384

Rows = NDArray[np.int8]


class Descriptors:
    """Descriptors of one kind; those of designs without one are zeros.

    One thread writes. Readers get a view of what was complete when they asked.
    """

    def __init__(self, length: int) -> None:
        self._rows: Rows = np.zeros((0, length), np.int8)
        self._lengths = np.zeros(0, np.float32)
        self._count = 0
        self._growing = threading.Lock()

    def put(self, numbers: NDArray[np.uint32], lists: pa.ListArray) -> None:
        """Keep the descriptors of designs.

        Args:
            numbers: ``n`` of each.
            lists: their descriptors, null or of another length for those that have none.
        """
        length = self._rows.shape[1]
        if not len(numbers):
            return
        with self._growing:
            self._grow(int(numbers.max()) + 1)
            starts = np.asarray(lists.offsets)
            fit = (np.diff(starts) == length) & lists.is_valid().to_numpy(zero_copy_only=False)
            values = np.asarray(lists.values.fill_null(0), np.int8)
            if fit.all() and len(values) >= starts[-1]:
                found = values[starts[0] : starts[-1]].reshape(-1, length)
            else:
                found = values[starts[:-1][fit][:, None] + np.arange(length)]
            plain = found.astype(np.float32)
            # the length first: who reads between sees a design without a descriptor, not one too much alike
            self._lengths[numbers[fit]] = np.sqrt(np.einsum("nd,nd->n", plain, plain))
            self._rows[numbers[fit]] = found

    def make_room(self, count: int) -> None:
        """Make room for so many designs at once, so that no row is copied while they come in."""
        with self._growing:
            self._grow(count)

    def rows(self) -> Rows:
        """Return ``(designs, length)`` int8, by ``n``; not to be written to."""
        return self.with_lengths()[0]

    def with_lengths(self) -> tuple[Rows, NDArray[np.float32]]:
        """Return the rows and the Euclidean length of each; neither to be written to."""
        count = self._count  # counted last when the arrays grow
        return self._rows[:count], self._lengths[:count]

    def _grow(self, count: int) -> None:
        if count > len(self._rows):
            most = max(count, len(self._rows) * 3 // 2, _LEAST)
            rows, lengths = np.zeros((most, self._rows.shape[1]), np.int8), np.zeros(most, np.float32)
            rows[: len(self._rows)] = self._rows
            lengths[: len(self._rows)] = self._lengths
            self._rows, self._lengths = rows, lengths
        self._count = max(self._count, count)


def empty() -> dict[str, Descriptors]:
    """Return descriptors of each kind, of no design yet."""
    return {kind: Descriptors(length) for kind, (_, length) in KINDS.items()}


def read_descriptors(
    file: Path, rows: NDArray[np.uint32], numbers: NDArray[np.uint32], into: Mapping[str, Descriptors]
) -> None:
    """Read the descriptors of some rows of a manifest.

    Args:
        file: the manifest.
        rows: of the file, growing.
        numbers: ``n`` of the design in each of them.
        into: the descriptors by kind.

    Raises:
        ManifestRefused: it cannot be read.
    """
    for one in into.values():
        one.make_room(int(numbers.max()) + 1 if len(numbers) else 0)
    first = 0
    names = [column for column, _ in KINDS.values()]
    for block in read_blocks(file, key=file.name, columns=names, rows=_BLOCK_ROWS):
        low, high = np.searchsorted(rows, [first, first + len(block)])
        wanted = block if high - low == len(block) else block.take(pa.array(rows[low:high] - first))
        for kind, (column, _) in KINDS.items():
            into[kind].put(numbers[low:high], wanted.column(column).combine_chunks())
        first += len(block)
