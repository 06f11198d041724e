"""What a person is shown never holds a password or a signature, whatever address an error repeats."""

from __future__ import annotations

import re

_USER = re.compile(r"(?<=://)[^/\s@'\"]+(?=@)")
_SIGNED = re.compile(r"(?<=[?&;])((?:X-Amz-|AWSAccessKeyId|Signature)[\w-]*=)[^&\s'\"]+", re.IGNORECASE)
_HIDDEN = "***"


def masked(text: str) -> str:
    """Return a text whose addresses name no user, and show no signature of a presigned address."""
    return _SIGNED.sub(rf"\1{_HIDDEN}", _USER.sub(_HIDDEN, text))
