"""One training of a network at a time: whoever comes second hears who is at it and since when."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from catalogs.errors import NotFound
from catalogs.layout import training_claim_key
from catalogs.storage import Storage
from flows.errors import TrainingBusy
from flows.shards.claims import LEASE_S, Claims, Holder, Lease
from flows.training.asked import Piece

# How often a claim that nobody seems to renew is looked at, seconds.
LOOK_EVERY_S = 1.0


@contextmanager
def alone_at(storage: Storage, piece: Piece, command: str, *, on_lost: Callable[[], None]) -> Iterator[None]:
    """Hold the claim on a file of weights.

    A claim whose process is known to be gone is taken over at once, one that nobody renews after a minute.

    Args:
        storage: the bucket.
        piece: what is to be trained.
        command: words for whoever comes second.
        on_lost: called once, from another thread, if another process takes it over.

    Raises:
        TrainingBusy: somebody trains it now.
    """
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    run = f"{getpass.getuser()} on {os.uname().nodename} (process {os.getpid()}, `{command}`) since {since}"
    claims, key = Claims(storage, run=run), training_claim_key(piece.model, piece.style_id)
    with _taken(claims, storage, key, piece, on_lost):
        yield


def _taken(claims: Claims, storage: Storage, key: str, piece: Piece, on_lost: Callable[[], None]) -> Lease:
    while isinstance(found := claims.take(key, on_lost=on_lost), Holder):
        if not _seems_left_behind(storage, key):
            raise TrainingBusy(
                f"{piece.named} is being trained by {found.run or 'an unknown process'}; wait for its end, "
                f"or stop it there",
                model=piece.model,
                style_id=piece.style_id,
                holder=found.run,
            )
        time.sleep(LOOK_EVERY_S)
    return found


def _seems_left_behind(storage: Storage, key: str) -> bool:
    """Say whether a claim has not been renewed for long, by clocks that may differ: worth a closer look."""
    try:
        renewed = storage.stat(key).modified_at_utc
    except NotFound:
        return True
    return (datetime.now(UTC) - renewed).total_seconds() > 2 * LEASE_S
