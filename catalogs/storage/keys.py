"""Which names an object may have, so that a folder and an S3 bucket keep it the same."""

from __future__ import annotations

import unicodedata

from catalogs.errors import KeyRefused

MAX_KEY_BYTES = 1024
MAX_PART_BYTES = 255
RESERVED = ".toile-"


def check_key(key: str) -> str:
    """Return ``key`` if both members can keep it.

    A key is a relative POSIX path: parts between single slashes, at most 1024 bytes of UTF-8 in all (S3's
    limit) and 255 a part (file systems'). Spaces, ``%``, ``#``, ``?``, capitals and accents are kept as they
    are: nothing is folded, quoted or normalised.

    Raises:
        KeyRefused: empty, absolute, ``.`` or ``..``, ``//``, a backslash, control characters, lone
            surrogates, too long, or a part that begins with ``.toile-``, where unfinished writes hide.
    """
    if not key:
        raise KeyRefused("the key is empty; name an object below the root", key=key)
    _check_characters(key)
    _check_length(key, key)
    if key.startswith("/"):
        raise KeyRefused(
            f"the key {_shown(key)} is absolute; keys are relative to the root: drop the first '/'", key=key
        )
    for part in key.split("/"):
        _check_part(part, key)
    return key


def check_prefix(prefix: str) -> str:
    """Return ``prefix`` if it can be the beginning of a key; it may be empty and may end anywhere.

    Raises:
        KeyRefused: no key can begin like this.
    """
    _check_characters(prefix)
    _check_length(prefix, prefix)
    *folders, _ = prefix.split("/")
    for part in folders:
        _check_part(part, prefix)
    return prefix


def _check_characters(key: str) -> None:
    if key.isascii() and key.isprintable() and "\\" not in key:  # all of ours, millions a night
        return
    for character in key:
        if character == "\\":
            raise KeyRefused(f"the key {_shown(key)} has a backslash; write folders with '/'", key=key)
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise KeyRefused(
                f"the key {_shown(key)} has the unprintable character {character!a}; rename the file", key=key
            )


def _check_length(text: str, key: str) -> None:
    size = len(text.encode())
    if size > MAX_KEY_BYTES:
        raise KeyRefused(
            f"the key {_shown(key)} has {size} bytes, S3 keeps at most {MAX_KEY_BYTES}; use a shorter name",
            key=key,
        )


def _check_part(part: str, key: str) -> None:
    if part in ("", ".", ".."):
        wrong = f"the part {part!r}" if part else "an empty part ('//' or a '/' at an end)"
        raise KeyRefused(f"the key {_shown(key)} has {wrong}; write the path without it", key=key)
    if part.startswith(RESERVED):
        raise KeyRefused(
            f"the key {_shown(key)} has a part that begins with {RESERVED!r}, which is kept for unfinished "
            "writes; choose another name",
            key=key,
        )
    size = len(part.encode())
    if size > MAX_PART_BYTES:
        raise KeyRefused(
            f"the key {_shown(key)} has a part of {size} bytes, at most {MAX_PART_BYTES} are kept by file "
            "systems; use a shorter name",
            key=key,
        )


def _shown(key: str) -> str:
    """Return the key in quotes, printable and not longer than a line."""
    return repr(key if len(key) <= 80 else f"{key[:50]}…{key[-20:]}")
