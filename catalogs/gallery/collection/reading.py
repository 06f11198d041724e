"""A manifest as rows of the gallery's table, block by block: words become numbers, flags become bits."""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.gallery.collection.ahead import ahead
from catalogs.gallery.collection.columns import (
    AS_WORDS,
    FIGURES,
    MADE,
    MOST_FLAGS,
    NARROW,
    RANK,
    READ,
    WIDE,
    WORDS,
)
from catalogs.gallery.collection.tints import tints
from catalogs.gallery.collection.words import Words
from catalogs.layout import design_key, thumb_key
from catalogs.manifest import MANIFEST_SCHEMA
from catalogs.parts import read_blocks
from catalogs.plan import WORD
from catalogs.refusals import ManifestRefused
from catalogs.report.ranking import RANKED_BY, TOLD_BY, rank_scores

Letters = NDArray[np.uint8]

# In place of a design's own id, and of its first two digits, in a key whose like all designs have.
_ID, _START = "{id}", "{2}"
_ID_BYTES = 16
_ANY = "0123456789abcdef" * 2
_ROWS = 15_360
_NO_ROWS = pa.schema(
    [
        MANIFEST_SCHEMA.field(name).with_type(WORD) if name in AS_WORDS else MANIFEST_SCHEMA.field(name)
        for name in READ
    ]
).empty_table()


class Vocabulary:
    """The words of all columns, and the names of the flags."""

    def __init__(self) -> None:
        self.words = {name: Words(narrow=name not in WIDE) for name in (*WORDS, *MADE)}
        self.flags = Words(narrow=True)

    def flag_names(self) -> tuple[str, ...]:
        """Return the flags; the n-th is the n-th bit, the lowest first."""
        return tuple(self.flags.texts()[1 : MOST_FLAGS + 1])


class Poured:
    """The rows of manifests one after the other, for statements of DuckDB to draw.

    A block is read while the one before is turned into rows and the one before that is drawn. Of several
    files one that cannot be read is left out; a file alone breaks the statement off in its middle.

    Attributes:
        files: the manifests.
        counts: how many rows were drawn, by file.
        refusals: why a file was refused.
    """

    def __init__(self, files: Sequence[Path], vocabulary: Vocabulary) -> None:
        self.files = files
        self._vocabulary = vocabulary
        self.counts: dict[Path, int] = {}
        self.refusals: dict[Path, ManifestRefused] = {}
        self._left = ahead(self._batches())
        self._peeked: list[pa.RecordBatch] = []

    def has_more(self) -> bool:
        """Say whether there are rows that were not drawn yet.

        Raises:
            ManifestRefused: the only file cannot be read on.
        """
        if not self._peeked:
            self._peeked = list(islice(self._left, 1))
        return bool(self._peeked)

    def reader(self, rows: int | None = None) -> pa.RecordBatchReader:
        """Return the rows that were not drawn yet, with ``row`` in place of ``n``: 0 for the first of all.

        Args:
            rows: blocks until there are so many; None: all.
        """
        schema = staged(_NO_ROWS, Vocabulary(), first_row=0).schema
        peeked, self._peeked = self._peeked, []
        left = chain(peeked, self._left)
        return pa.RecordBatchReader.from_batches(schema, left if rows is None else _until(left, rows))

    def close(self) -> None:
        """Read no further."""
        self._left.close()

    def _batches(self) -> Generator[pa.RecordBatch]:
        for file in self.files:
            first_row = sum(self.counts.values())
            try:
                batches = self._of_file(file, first_row)
                # drawn to its end before any of it is handed on, a file that breaks is left out whole
                yield from batches if len(self.files) == 1 else list(batches)
            except ManifestRefused as error:
                self.counts.pop(file, None)
                self.refusals[file] = error
                if len(self.files) == 1:
                    raise

    def _of_file(self, file: Path, first_row: int) -> Generator[pa.RecordBatch]:
        self.counts[file] = 0
        blocks = read_blocks(file, key=file.name, columns=READ, rows=_ROWS, words=AS_WORDS)
        try:
            for block in ahead(blocks):
                row = first_row + self.counts[file]
                yield from staged(block, self._vocabulary, first_row=row).to_batches()
                self.counts[file] += len(block)
        except (pa.ArrowException, ValueError) as error:
            said = f"{file.name} is no manifest that can be shown: {error}"
            raise ManifestRefused(said, code="manifest_unreadable", key=file.name) from error


def _until(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        rows -= len(batch)
        if rows <= 0:
            return


def staged(block: pa.Table, vocabulary: Vocabulary, *, first_row: int) -> pa.Table:
    """Return a block as the gallery's table has it, with ``row`` in place of ``n``.

    Args:
        block: columns ``READ`` of a manifest, the texts among them as dictionaries.
        vocabulary: gets the words that are new.
        first_row: of the block in its file.
    """
    block = block.combine_chunks()
    ids = _column(block, "design_id")
    letters = _letters(ids, 2 * _ID_BYTES)
    columns: dict[str, Any] = {
        "row": np.arange(first_row, first_row + len(block), dtype=np.uint32),
        "id": _uuids(letters, len(ids)),
    }
    made = {
        "tint": _tints(_firsts(_column(block, "colours"))),
        "image_shape": _shapes(_column(block, "image_key"), ids, letters, design_key),
        "thumb_shape": _shapes(_column(block, "thumb_key"), ids, letters, thumb_key),
    }
    for name in (*WIDE, *NARROW, *MADE):
        numbers = vocabulary.words[name].numbers_of(made[name] if name in made else _column(block, name))
        columns[name] = numbers if name in WIDE else numbers.astype(np.uint16)
    columns["size_px"] = _column(block, "size_px")
    for name in ("width_px", "height_px"):
        columns[name] = pc.cast(pc.min_element_wise(_column(block, name), 65_535), pa.uint16(), safe=False)
    columns[RANK] = _floats(pa.array(_ranks(block)))
    for name in FIGURES:
        columns[name] = _floats(_column(block, name))
    columns["flags"] = _bits(_column(block, "flags"), vocabulary.flags)
    columns["rendered_at"] = _column(block, "rendered_at_utc").cast(pa.timestamp("us"))
    columns["error"] = _column(block, "error")
    columns["followed_by"] = _uuids_or_none(_column(block, "followed_by"))
    return pa.table(columns)


def key_of(shape: str, design_id: str) -> str:
    """Return the key that a shape stands for; "" for none."""
    return shape.replace(_ID, design_id).replace(_START, design_id[:2])


def _tints(colours: pa.Array) -> pa.DictionaryArray:
    """Return the family of each colour; each different one is looked at once."""
    once = colours.dictionary_encode()
    families = tints(once.dictionary)
    numbers = families.indices.take(once.indices)
    return pa.DictionaryArray.from_arrays(numbers, families.dictionary)


def _shapes(keys: pa.Array, ids: pa.Array, letters: Letters | None, usual: Callable[[str], str]) -> pa.Array:
    """Return keys with what all designs' keys have in common, so that a million share one word."""
    there = _are(keys.is_valid())
    own = letters if letters is None or there.all() else letters[there]
    if own is not None and _are_usual(keys, own, usual):
        shape = usual(_ANY).replace(_ANY, _ID).replace(f"/{_ANY[:2]}/", f"/{_START}/")
        numbers = pa.array(np.zeros(len(keys), np.int32), mask=~there)
        return pa.DictionaryArray.from_arrays(numbers, pa.array([shape]))
    told = zip(keys.to_pylist(), ids.to_pylist(), strict=True)
    return pa.array(
        [key and key.replace(one, _ID).replace(f"/{one[:2]}/", f"/{_START}/") for key, one in told]
    )


def _are_usual(keys: pa.Array, own: Letters, usual: Callable[[str], str]) -> bool:
    """Say whether all keys that are there are the usual ones of their ids ``own``, letter by letter."""
    like = usual(_ANY)
    letters = _letters(keys, len(like))
    if letters is None:
        return False
    whole, folder = like.index(_ANY), like.index(f"/{_ANY[:2]}/") + 1
    fixed = np.ones(len(like), np.bool_)
    fixed[whole : whole + len(_ANY)] = fixed[folder : folder + 2] = False
    return (
        np.array_equal(letters[:, whole : whole + len(_ANY)], own)
        and np.array_equal(letters[:, folder : folder + 2], own[:, :2])
        and bool((letters[:, fixed] == np.frombuffer(like.encode(), np.uint8)[fixed]).all())
    )


def _letters(texts: pa.Array, length: int) -> Letters | None:
    """Return ``(N, length)`` bytes of the texts that are there; None where one is not that long."""
    if not pc.all(pc.equal(pc.binary_length(texts), length), min_count=0).as_py():
        return None
    count = len(texts) - texts.null_count
    whole = texts.cast(pa.large_string()).cast(pa.large_binary())
    if not count:
        return np.zeros((0, length), np.uint8)
    offsets = np.frombuffer(whole.buffers()[1], np.int64)
    start, end = int(offsets[whole.offset]), int(offsets[whole.offset + len(whole)])
    if end - start != count * length:
        return None  # what is not there may take room, too, though nobody writes it so
    data = np.frombuffer(whole.buffers()[2], np.uint8)
    return data[start:end].reshape(count, length)


def _ranks(block: pa.Table) -> NDArray[np.float64]:
    plain = {name: pc.cast(_column(block, name), pa.string()) for name in TOLD_BY}
    rows = pa.table({**{name: block.column(name) for name in (*RANKED_BY, "flags")}, **plain})
    return rank_scores(rows)


def _uuids_or_none(ids: pa.Array) -> pa.Array:
    """Return ids as ``_uuids``, null where there is none; few rows have one, and of most batches none."""
    if ids.null_count == len(ids):
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.nulls(len(ids), pa.binary(_ID_BYTES)))
    there = np.flatnonzero(_are(ids.is_valid()))
    places = np.full(len(ids), -1)
    places[there] = np.arange(len(there))
    known = _uuids(_letters(ids, 2 * _ID_BYTES), len(there))
    return known.take(pa.array(places, mask=places < 0))


def _uuids(letters: Letters | None, count: int) -> pa.Array:
    """Return so many ids of 32 hex digits as 16 bytes each.

    Raises:
        ValueError: one is not of 32 hex digits.
    """
    try:
        whole = unhexlify(b"" if letters is None else letters.reshape(-1).data)
    except ValueError:
        whole = b""
    if len(whole) != _ID_BYTES * count:
        raise ValueError("the id of a design is 32 hex digits, and one is not")
    stored = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(whole)])
    return pa.ExtensionArray.from_storage(pa.uuid(), stored)


def _floats(column: pa.Array) -> pa.Array:
    """Return finite numbers as float32, whatever is none as null."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.float32())
    values = column.cast(pa.float32(), safe=False)
    finite = pc.is_finite(values)
    return values if pc.all(finite).as_py() else pc.if_else(finite, values, None)


def _bits(flags: pa.ListArray, names: Words) -> NDArray[np.uint64]:
    """Return each row's flags as the bits of one number; flags beyond the 64th are left out."""
    bits = np.zeros(len(flags), np.uint64)
    numbers = names.numbers_of(flags.flatten())
    rows = np.asarray(pc.list_parent_indices(flags))
    known = (numbers > 0) & (numbers <= MOST_FLAGS)
    np.bitwise_or.at(bits, rows[known], np.uint64(1) << (numbers[known] - 1).astype(np.uint64))
    return bits


def _firsts(lists: pa.ListArray) -> pa.Array:
    """Return each list's first element, null of those that are empty."""
    starts = np.asarray(lists.offsets)
    there = (starts[1:] > starts[:-1]) & _are(lists.is_valid())
    return lists.values.take(pa.array(starts[:-1], mask=~there))


def _are(flags: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(flags.to_numpy(zero_copy_only=False), np.bool_)


def _column(block: pa.Table, name: str) -> pa.Array:
    found = block.column(name)
    return (
        found.chunk(0)
        if found.num_chunks == 1
        else pa.concat_arrays([pa.nulls(0, found.type), *found.chunks])
    )
