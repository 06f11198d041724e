"""What is done once for a batch, on whatever machine: whoever writes an object first does it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from catalogs.errors import NotFound, PreconditionFailed, StorageError
from catalogs.layout import notice_key, summary_key
from catalogs.storage import Storage

# Who began and did not say that it is done was killed, after so long.
UNFINISHED_AFTER = timedelta(minutes=10)


class Once:
    """A thing that is done once for a batch: ``take`` it, do it, then say ``done`` or ``undone``.

    After the batch was published it may be done again: what goes wrong then is news.
    """

    def __init__(self, storage: Storage, batch_id: str, kind: str) -> None:
        self._storage = storage
        self._batch_id = batch_id
        self._key = notice_key(batch_id, kind)

    def take(self, now: datetime, **told: Any) -> bool:
        """Return whether it is ours to do.

        Raises:
            StorageError: the bucket cannot be asked.
        """
        body = self._body(now, told, done=False)
        try:
            self._storage.write_atomic(self._key, body, content_type="application/json", if_absent=True)
            return True
        except PreconditionFailed:
            pass
        try:
            etag = self._storage.stat(self._key).etag
            if not self._is_over(self._storage.read(self._key), now):
                return False
            self._storage.write_atomic(self._key, body, content_type="application/json", if_match=etag)
        except (PreconditionFailed, NotFound):  # somebody was quicker
            return False
        return True

    def done(self, now: datetime, **told: Any) -> None:
        """Write down that it was done."""
        self._storage.write_atomic(
            self._key, self._body(now, told, done=True), content_type="application/json"
        )

    def undone(self) -> None:
        """Let somebody else try."""
        self._storage.delete(self._key)

    @property
    def was_ever_taken(self) -> bool:
        """Whether somebody did it, or is at it, whatever became of the batch since."""
        return self._storage.exists(self._key)

    def _is_over(self, body: bytes, now: datetime) -> bool:
        try:
            told = json.loads(body)
            at, done = datetime.fromisoformat(told["at_utc"]), bool(told["done"])
            unfinished = not done and now - at > UNFINISHED_AFTER
        except (ValueError, KeyError, TypeError):  # no note of ours, or one that was damaged
            return True
        if unfinished:
            return True
        published = self._published_at()
        return published is not None and published != told.get("published_at_utc")

    def _published_at(self) -> str | None:
        try:
            told: str | None = json.loads(self._storage.read(summary_key(self._batch_id)))["published_at_utc"]
        except (NotFound, ValueError, KeyError, TypeError):
            return None
        return told

    def _body(self, now: datetime, told: dict[str, Any], *, done: bool) -> bytes:
        # which publication it came after, not when: that counts whole seconds
        when = {"at_utc": now.isoformat(), "published_at_utc": self._published_at()}
        return json.dumps({**told, **when, "done": done}).encode()


def first(storage: Storage, batch_id: str, kind: str, **told: Any) -> bool:
    """Return whether this is the first time, and write down that it was; True where nobody can be asked."""
    once, now = Once(storage, batch_id, kind), datetime.now(UTC)
    try:
        if not once.take(now, **told):
            return False
        once.done(now, **told)
    except StorageError:
        # told twice is better than never, when the bucket itself is what is wrong
        return True
    return True
