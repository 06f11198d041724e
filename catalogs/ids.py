"""Ids that can be part of an object's key: what is safe, and how a file name is made into one."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from catalogs.errors import CatalogError

MAX_ID_BYTES = 128
_HASH_DIGITS = 8
# Names that Windows keeps for devices, with any ending: a bucket is often a folder on somebody's laptop.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def id_problem(text: str) -> str | None:
    """Return why ``text`` cannot be an id, or None when it can.

    An id is 1 to 128 bytes of letters and digits of any script and ``-``, ``_``, ``.``, in the composed
    unicode form (NFC), not starting or ending with a dot.
    """
    if not text:
        return "the id is empty"
    if len(text.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
        return f"the id is longer than {MAX_ID_BYTES} bytes: {text[:40]!r}..."
    if text != unicodedata.normalize("NFC", text):
        return f"the id {text!r} is not in the composed unicode form (NFC)"
    if wrong := sorted({mark for mark in text if not _allowed(mark)}):
        return (
            f"the id {text!r} holds {', '.join(repr(mark) for mark in wrong[:5])}, which a key cannot keep; "
            f"use letters, digits, '-', '_' and '.', for example {safe_id(text)!r}"
        )
    if text[0] == "." or text[-1] == ".":
        return f"the id {text!r} starts or ends with a dot; use for example {safe_id(text)!r}"
    if _RESERVED.fullmatch(text):
        return f"the id {text!r} is a device's name on Windows; use for example {safe_id(text)!r}"
    return None


def check_id(text: str, *, what: str) -> str:
    """Return ``text`` unchanged when it is a safe id.

    Raises:
        CatalogError: ``unsafe_id``, with the reason and a safe example.
    """
    if problem := id_problem(text):
        raise CatalogError(f"{what}: {problem}", code="unsafe_id", got=text, what=what)
    return text


def safe_id(name: str) -> str:
    """Return a safe id that looks like ``name``; the same name always gives the same id.

    A name that has to be shortened, or that leaves nothing, gets 8 hex digits of its hash.
    """
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(mark if _allowed(mark) else "-" for mark in composed)
    kept = re.sub(r"-{2,}", "-", kept).strip("-.")
    digits = hashlib.sha256(composed.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    if not kept:
        return f"image-{digits}"
    if _RESERVED.fullmatch(kept):
        return f"{kept.replace('.', '-')}-{digits}"
    if len(kept.encode()) > MAX_ID_BYTES:
        short = kept.encode()[: MAX_ID_BYTES - _HASH_DIGITS - 1].decode("utf-8", "ignore")
        # Cutting may end in a half-composed letter or a separator.
        return f"{unicodedata.normalize('NFC', short).strip('-.')}-{digits}"
    return kept


def _allowed(mark: str) -> bool:
    # Letters, marks that belong to letters (many scripts write vowels so) and decimal digits.
    return mark in "-_." or unicodedata.category(mark) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"}
