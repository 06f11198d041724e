"""What only this gallery can have written: signed with its secret, each kind with a salt of its own."""

from __future__ import annotations

import hashlib
from typing import Any

from itsdangerous import BadData, Signer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

SESSION, TOKEN, LINK = "session", "token", "link"
_HOW: dict[str, Any] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}


def sign(secret: bytes, kind: str, value: Any) -> str:
    """Return a plain value with its time and a signature, fit for an address or a cookie.

    Args:
        secret: of the gallery.
        kind: what it is for; what is signed for one thing is nothing for another.
        value: as JSON has them; it can be read by whoever has it.
    """
    text = _timed(secret, kind).dumps(value)
    return text if isinstance(text, str) else text.decode()


def unsign(secret: bytes, kind: str, text: str, *, max_age_s: float | None = None) -> Any | None:
    """Return what was signed; None where it was not, was changed, or is older than ``max_age_s``.

    A signature has one spelling alone: base64 would read its last letter in four ways.
    """
    try:
        end = text.rpartition(".")[2]
        if base64_encode(base64_decode(end)).decode() != end:
            return None
        return _timed(secret, kind).loads(text, max_age=None if max_age_s is None else int(max_age_s))
    except (BadData, UnicodeEncodeError):
        return None


def signature(secret: bytes, kind: str, text: str) -> str:
    """Return the signature of a text alone."""
    return Signer(secret, salt=_salt(kind), **_HOW).get_signature(text).decode()


def is_signature(secret: bytes, kind: str, text: str, said: str) -> bool:
    """Say whether a text was signed so; how long that takes tells nothing."""
    return Signer(secret, salt=_salt(kind), **_HOW).verify_signature(text, said.encode("utf-8", "replace"))


def _timed(secret: bytes, kind: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=_salt(kind), signer_kwargs=_HOW)


def _salt(kind: str) -> str:
    return f"toile.gallery.{kind}"
