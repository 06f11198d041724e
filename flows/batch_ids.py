"""From what a person calls a batch to its id in the bucket."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from catalogs.errors import NotFound

if TYPE_CHECKING:
    from catalogs.storage import Storage

LOOK_BACK_DAYS = 31


def find_batch_id(storage: Storage, name: str, *, on: date | None = None) -> str:
    """Return the id of a planned batch.

    Args:
        storage: where batches are.
        name: an id (``nightly-20261121``); or a batch's name or file, which stands for its newest plan of the
            last 31 days.
        on: the last of these days (UTC); today where nobody says.

    Raises:
        NotFound: nothing of that name was planned; the message names the nearest.
        ConfigError: the batch's file is wrong.
    """
    from catalogs.ids import id_problem
    from catalogs.layout import plan_key
    from catalogs.planning import batch_id_on
    from configs.loading import load_batch

    if id_problem(name) is None and storage.exists(plan_key(name)):
        return name
    if not _names_a_batch(name):
        raise _unknown(storage, name)
    batch = load_batch(name)
    today = on or datetime.now(UTC)
    days = [today - timedelta(days=back) for back in range(LOOK_BACK_DAYS)]
    for batch_id in dict.fromkeys(batch_id_on(batch, day) for day in days):
        if storage.exists(plan_key(batch_id)):
            return batch_id
    raise NotFound(
        f"{name} was not run under {storage.root} in the last {LOOK_BACK_DAYS} days; "
        f"run it first: toile run {name}",
        key=plan_key(batch_id_on(batch, today)),
    )


def _names_a_batch(name: str) -> bool:
    from configs.finding import is_path
    from configs.loading import list_batches

    return is_path(name) or name in list_batches()


def _unknown(storage: Storage, name: str) -> NotFound:
    from catalogs.keeping.batches import batch_ids
    from catalogs.layout import BATCHES_PREFIX
    from catalogs.nearest import did_you_mean
    from configs.loading import list_batches

    known = dict.fromkeys([*batch_ids(storage), *list_batches()])
    return NotFound(
        f"there is no batch {name!r} under {storage.root}{did_you_mean(name, known)}", key=BATCHES_PREFIX
    )
