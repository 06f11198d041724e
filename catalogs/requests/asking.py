"""Writing a request, once, and reading it back with all that is wrong with it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from pydantic import ValidationError

from catalogs.errors import PreconditionFailed
from catalogs.layout import request_key
from catalogs.refusals import RequestRefused
from catalogs.storage import Storage
from configs.request import Request

# The largest that a request can be is 50 designs, 24 palettes and 1,000 characters of note.
MAX_REQUEST_BYTES = 65_536
# So many things that are wrong with a request are told.
_TOLD = 5


def new_request_id(asked_at: datetime, token: str = "") -> str:
    """Return an id that sorts by time: ``20261122-041500-9f2c41aa``.

    Args:
        asked_at: aware.
        token: what tells it from others of that second, for a writer that may come again; "" draws one.
    """
    return f"{asked_at.astimezone(UTC):%Y%m%d-%H%M%S}-{token or secrets.token_hex(4)}"


def ask(storage: Storage, request: Request, *, request_id: str = "") -> str:
    """Write ``requests/<id>.json`` where there is none, and return its id.

    Asking the same again under one id is the same as asking once.

    Args:
        storage: the bucket.
        request: what is asked for.
        request_id: "" makes one of the time.

    Raises:
        RequestRefused: another request has this id.
        CatalogError: ``unsafe_id``.
    """
    name = request_id or new_request_id(request.asked_at_utc)
    key = request_key(name)
    data = request.model_dump_json(indent=2, exclude_defaults=True).encode()
    try:
        storage.write_atomic(key, data, content_type="application/json", if_absent=True)
    except PreconditionFailed:
        if storage.read(key) != data:
            raise RequestRefused(
                f"{key} is there already and asks for something else; take another id", request_id=name
            ) from None
    return name


def read_request(storage: Storage, request_id: str) -> Request:
    """Return a request.

    Raises:
        NotFound: there is none of that id.
        RequestRefused: the file is too large or is no request; everything that is wrong is told.
    """
    key = request_key(request_id)
    size = storage.stat(key).size
    if size > MAX_REQUEST_BYTES:
        raise RequestRefused(
            f"{key} has {size:,} bytes, and a request at most {MAX_REQUEST_BYTES:,}", request_id=request_id
        )
    try:
        return Request.model_validate_json(storage.read(key))
    except ValidationError as error:
        raise RequestRefused(
            f"{key} is no request that can be read: {told(error)}", request_id=request_id
        ) from error


def told(error: ValidationError) -> str:
    """Return what is wrong with a request, in words for who wrote it."""
    found = [
        f"{'.'.join(map(str, one['loc']))}: {one['msg']}" if one["loc"] else one["msg"]
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    more = len(found) - _TOLD
    return "; ".join([*found[:_TOLD], *([f"and {more} more"] if more > 0 else [])])
