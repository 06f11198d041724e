"""Which designs of a plan are finished already, in this batch or another, and still have their image."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.errors import NotFound
from catalogs.frugal import chosen, spooled
from catalogs.layout import (
    DESIGNS_PREFIX,
    MANIFESTS_PREFIX,
    batch_of,
    design_key,
    is_of_request,
    manifest_key,
)
from catalogs.lookup import NOWHERE, Lookup
from catalogs.manifest import BUDGET, OK, PROCESS_DIED, SKIPPED
from catalogs.parts import RESULTS_SCHEMA, best_rows, read_blocks, read_parts
from catalogs.plan import Plan
from catalogs.quarantine import quarantined
from catalogs.refusals import ManifestRefused
from catalogs.storage import Storage

THREADS = 16
# Up to this many designs are asked for one by one; more are found by listing the 256 folders of designs/.
MAX_LOOKUPS = 2_000
# Manifests of other batches that are looked into, newest first; a nightly batch finds all in the first. Of
# requests, which may be many a day, so many more, after the nights.
MAX_MANIFESTS = 32

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """Finished designs of a plan.

    Attributes:
        table: one row a finished design, of ``RESULTS_SCHEMA``: its id and what painting it gave.
        failed: the latest row of each design of this batch that is not finished and was tried, likewise.
        images: planned designs whose image is there, finished by this table or not. Those without a row
            were painted by a run that was killed before its shard's part: their row is inside the image.
        quarantined: planned designs without an image that nobody tries again by himself.
    """

    table: pa.Table
    failed: pa.Table
    images: Set[str]
    quarantined: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __contains__(self, design_id: object) -> bool:
        return design_id in self.ids

    @cached_property
    def ids(self) -> Lookup:
        """The finished designs, and which row of the table each is."""
        return Lookup(self.table.column("design_id"))

    @cached_property
    def left_out(self) -> frozenset[str]:
        """Designs that a maker of new cloth can make nothing good of.

        All that the verdict depends on is in a design's id, so nobody needs to try again.
        """
        return self.settled - self.quarantined

    @cached_property
    def settled(self) -> frozenset[str]:
        """Designs that are not there, with a row that says why nobody tries again."""
        return frozenset(self._settled)

    @cached_property
    def failures(self) -> dict[str, datetime]:
        """When each design that is not finished was last tried, by the clock of who tried it."""
        columns = self.failed.select(["design_id", "rendered_at_utc"]).to_pydict()
        return dict(zip(columns["design_id"], columns["rendered_at_utc"], strict=True))

    def known(self, design_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return what is known of those of these designs that are finished or settled.

        By id, the result columns of the manifest and the id.
        """
        found: dict[str, Mapping[str, Any]] = {
            id_: _row(self.table, at)
            for id_, at in zip(design_ids, self.ids.rows(design_ids).tolist(), strict=True)
            if at != NOWHERE
        }
        settled = {id_: self._settled[id_] for id_ in design_ids if id_ in self._settled}
        return {id_: _row(self.failed, at) for id_, at in settled.items()} | found

    def missing(self, planned: pa.ChunkedArray) -> NDArray[np.bool_]:
        """Say of each of these designs whether it is neither finished nor settled."""
        there = self.ids.hold(planned)
        if self.settled:
            there |= _among(planned, self.settled)
        return ~there

    @cached_property
    def _settled(self) -> dict[str, int]:
        columns = self.failed.select(["design_id", "status", "error_code"]).to_pydict()
        rows = enumerate(zip(*columns.values(), strict=True))
        return {
            id_: at
            for at, (id_, status, code) in rows
            if (status == SKIPPED and code != BUDGET) or (code == PROCESS_DIED and id_ in self.quarantined)
        }


def done_index(storage: Storage, plan: Plan, *, shards: range | None = None) -> Done:
    """Find the designs of a plan that need no painting.

    A design is done when a row says ok, in a part of this batch or in the published manifest of another, and
    its image is still under ``designs/``: an image that somebody removed is painted again.

    With ``shards`` the plan has only these, and is a part of a batch too large to look at the whole of it.
    """
    planned = plan.render_ids
    images = planned.filter(pa.array(_existing(storage, planned, one_by_one=shards is not None)))
    if shards is None:
        own = read_parts(storage, plan.batch_id)
    else:
        own = read_parts(storage, plan.batch_id, plan=plan, shards=shards)
    tables = [best_rows(_wanted(own, images))]
    missing = _but(images, tables[0])
    for key in _other_manifests(storage, plan.batch_id) if len(missing) else ():
        tables.append(_manifest_rows(storage, key, missing))
        missing = _but(missing, tables[-1])
        if not len(missing):
            break
    finished, there = pa.concat_tables(tables), Lookup(images)
    away = frozenset(one for one in _kept_away(storage, planned) if one not in there)
    return Done(finished, _tried(own, planned, finished), there, away)


def _row(table: pa.Table, at: int) -> dict[str, Any]:
    found: list[dict[str, Any]] = table.slice(at, 1).to_pylist()
    return found[0]


def _among(ids: pa.ChunkedArray, some: Iterable[str]) -> NDArray[np.bool_]:
    return np.asarray(pc.is_in(ids, value_set=pa.array(sorted(some), pa.string())))


def _but(ids: pa.ChunkedArray, rows: pa.Table) -> pa.ChunkedArray:
    """Return the ids of which there is no row."""
    there = pc.is_in(ids, value_set=rows.column("design_id").combine_chunks())
    return ids.filter(pc.invert(there))


def _wanted(rows: pa.Table, ids: pa.ChunkedArray) -> pa.Table:
    """Return the ok rows of these designs."""
    fine = pc.equal(rows.column("status"), OK)
    theirs = pc.is_in(rows.column("design_id"), value_set=ids.combine_chunks())
    return chosen(rows, pc.and_(fine, theirs))


def _tried(rows: pa.Table, planned: pa.ChunkedArray, finished: pa.Table) -> pa.Table:
    """Return the latest row of each planned design that is not ok, unless the design is finished."""
    failed = chosen(rows, pc.not_equal(rows.column("status"), OK))
    ids = failed.column("design_id")
    meant = pc.is_in(ids, value_set=planned.combine_chunks())
    open_still = pc.invert(pc.is_in(ids, value_set=finished.column("design_id").combine_chunks()))
    return best_rows(chosen(failed, pc.and_(meant, open_still)))


def _kept_away(storage: Storage, planned: pa.ChunkedArray) -> frozenset[str]:
    """Return the quarantined designs of a plan, in one request: there are few or none."""
    found = quarantined(storage)
    return frozenset(planned.filter(pa.array(_among(planned, found))).to_pylist()) if found else found


def _existing(storage: Storage, planned: pa.ChunkedArray, *, one_by_one: bool) -> NDArray[np.bool_]:
    """Say of each planned design whether its image is there."""
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        if one_by_one or len(planned) <= MAX_LOOKUPS:
            there = pool.map(lambda name: storage.exists(design_key(name)), planned.to_pylist())
            return np.fromiter(there, np.bool_, len(planned))
        wanted = Lookup(planned)
        prefixes = [f"{DESIGNS_PREFIX}{byte:02x}/" for byte in range(256)]
        listed = pool.map(lambda prefix: wanted.rows([*_listed(storage, prefix)]), prefixes)
        found = np.zeros(len(planned), np.bool_)
        for rows in listed:
            found[rows[rows != NOWHERE]] = True
        return found


def _listed(storage: Storage, prefix: str) -> Iterator[str]:
    for stat in storage.list(prefix):
        name, dot, suffix = stat.key.rpartition("/")[2].partition(".")
        if dot and suffix == "png" and stat.size > 0:
            yield name


def _other_manifests(storage: Storage, batch_id: str) -> Iterable[str]:
    stats = [stat for stat in storage.list(MANIFESTS_PREFIX) if stat.key.endswith(".parquet")]
    newest_first = sorted(stats, key=lambda stat: (stat.modified_at_utc, stat.key), reverse=True)
    others = [stat.key for stat in newest_first if stat.key != manifest_key(batch_id)]
    nights = [key for key in others if not is_of_request(batch_of(key))]
    requests = [key for key in others if is_of_request(batch_of(key))]
    return [*nights[:MAX_MANIFESTS], *requests[:MAX_MANIFESTS]]


def _manifest_rows(storage: Storage, key: str, wanted: pa.ChunkedArray) -> pa.Table:
    """Return the ok rows of these designs in the manifest of another batch."""
    try:
        blocks = read_blocks(storage.read(key), key=key, columns=RESULTS_SCHEMA.names)
        return spooled((_wanted(block, wanted) for block in blocks), RESULTS_SCHEMA)
    except NotFound:
        return RESULTS_SCHEMA.empty_table()
    except ManifestRefused as error:
        # An old or foreign file costs some repeated painting, never the night.
        _log.warning("%s; no finished designs are taken from it", error)
        return RESULTS_SCHEMA.empty_table()
