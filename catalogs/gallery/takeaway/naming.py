"""Names of files that a person can read, that no two designs share, and that every system takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from catalogs.report.naming import named

MOST_BYTES = 120
_MOST_PART = 44
_DIGITS = (6, 8, 12, 16, 32)
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})


class Names:
    """Gives each design a name of its own: ``gathered-skirt--tossed-peonies--3f2a9c.png``.

    Only small letters, digits and hyphens: no two names differ by case alone, none is a path or the name of a
    device, and none is longer than 120 bytes.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, row: Mapping[str, Any], ending: str) -> str:
        """Return the name of a design's picture; the same design is given one only once.

        Args:
            row: of its manifest.
            ending: of the file, ``png``.
        """
        names = named(row)
        parts = [slug(part) for part in (names.garment or names.maker, names.textile) if part]
        start = "--".join(part[:_MOST_PART].strip("-") for part in parts if part) or "design"
        for digits in _DIGITS:
            told = f"{start}--{row['design_id'][:digits]}.{slug(ending)[:8] or 'bin'}"
            if told not in self._taken:
                self._taken.add(told)
                return told
        raise ValueError(f"the design {row['design_id']} has a name already")


def slug(text: str) -> str:
    """Return text in small plain letters and digits with hyphens between; "" where nothing of it is left."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(mark for mark in folded if not unicodedata.combining(mark))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
