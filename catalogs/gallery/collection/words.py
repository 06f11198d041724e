"""The words of one column, each kept once: rows hold its number, and searches look at words, not at rows."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# The number of "nothing": null and the empty text.
NOTHING = 0
# So many words a narrow column can have; what comes after them is one word.
NARROW = 65_535
OTHERS = "…"

Numbers = NDArray[np.uint32]


class Words:
    """The words of a column, numbered as they come; numbers never change while the gallery runs.

    Readers may ask while another thread adds: words are only ever put at the end.
    """

    def __init__(self, *, narrow: bool) -> None:
        self._most = NARROW if narrow else 2**32 - 1
        self._numbers: dict[str, int] = {"": NOTHING}
        self._texts: list[str] = [""]
        self._folded: list[str] = [""]
        self._last: tuple[pa.Array, Numbers] | None = None
        self._adding = threading.Lock()

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, number: int) -> str:
        """Return the word of a number; "" is nothing."""
        return self._texts[number]

    def texts(self) -> Sequence[str]:
        """Return all words by number; the first is nothing."""
        return tuple(self._texts)

    def number(self, text: str) -> int | None:
        """Return the number of a word, None where no row ever had it."""
        return self._numbers.get(text)

    def holding(self, text: str) -> list[int]:
        """Return the numbers of the words that hold a text, whatever its case and accents."""
        wanted = folded(text)
        return [number for number, word in enumerate(tuple(self._folded)) if wanted in word and word]

    def numbers_of(self, column: pa.Array) -> Numbers:
        """Return the number of each row's word, adding words that are new.

        Args:
            column: text, or a dictionary of text; nulls are nothing.
        """
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        with self._adding:
            table = self._table(column.dictionary)
        if not len(table):
            return np.zeros(len(column), np.uint32)
        indices, has_none = column.indices, column.indices.null_count > 0
        numbers: Numbers = table[
            (indices.fill_null(0) if has_none else indices).to_numpy(zero_copy_only=False)
        ]
        if has_none:
            numbers[column.indices.is_null().to_numpy(zero_copy_only=False)] = NOTHING
        return numbers

    def _table(self, words: pa.Array) -> Numbers:
        """Return the number of each word; blocks of one file have the same words again and again."""
        if self._last is None or not self._last[0].equals(words):
            self._last = words, np.array([self._add(text or "") for text in words.to_pylist()], np.uint32)
        return self._last[1]

    def _add(self, text: str) -> int:
        known = self._numbers.get(text)
        if known is not None:
            return known
        if len(self._texts) >= self._most - 1 and text != OTHERS:
            return self._add(OTHERS)
        self._folded.append(folded(text))
        self._texts.append(text)
        self._numbers[text] = len(self._texts) - 1
        return len(self._texts) - 1


def folded(text: str) -> str:
    """Return text in small letters without accents, as people type it."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in apart if not unicodedata.combining(mark))
