"""One run of one batch in this process: what all its shards share, and what is left for them to do."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow.compute as pc

from catalogs.done import Done
from catalogs.errors import StorageError
from catalogs.frozen import FrozenBatch
from catalogs.layout import claim_key, claims_prefix
from catalogs.lookup import Lookup
from catalogs.plan import Plan
from catalogs.storage import Storage
from flows.marking.signing import Signer
from flows.progress import Progress
from flows.shards.claims import Claims
from flows.shards.crash_notes import MOST_DEATHS
from flows.shards.kin import Kin
from flows.shards.rows import RunFacts
from flows.shards.shard import Shard
from flows.shards.sources import Sources
from flows.stopping import StopFlag

log = logging.getLogger(__name__)


@dataclass
class BatchRun:
    """One run of one batch in this process, from its plan to its publication.

    Attributes:
        root: as given, "" for the configured one.
        storage: at that root.
        frozen: batch and recipes as they were planned.
        plan: all designs.
        done: those that were finished when the run began.
        facts: for the rows.
        stop: ends the run.
        progress: for whoever watches.
        signer: signs the designs; None where nobody asked for it.
        crashed: shards inside which a process is known to have died.
        deaths: how many deaths designs of those shards were in hand at when the run began.
    """

    root: str
    storage: Storage
    frozen: FrozenBatch
    plan: Plan
    done: Done
    facts: RunFacts
    stop: StopFlag
    progress: Progress
    signer: Signer | None = None
    crashed: set[int] = field(default_factory=set)
    deaths: Mapping[str, int] = field(default_factory=dict)
    claims: Claims = field(init=False)
    sources: Sources = field(init=False)

    def __post_init__(self) -> None:
        self.claims = Claims(self.storage, run=f"{self.facts.prefect_run_id} on {os.uname().nodename}")
        self.sources = Sources(self.storage)
        counts = self.plan.counts()
        self.progress.plan(
            len(self.plan),
            there=len(self.done),
            failed=counts["failed"] + len(self.done.settled & self.done.quarantined),
            skipped=counts["skipped"] + len(self.done.left_out),
        )

    @property
    def batch_id(self) -> str:
        """The batch's id, which is also its folder."""
        return self.plan.batch_id

    def shard(self, shard_id: int) -> Shard:
        """Return a shard with its recipe and the rows of the plan."""
        rows: list[dict[str, Any]] = self.plan.shard(shard_id).to_pylist()
        recipe = self.frozen.recipes[rows[0]["recipe"]]
        return Shard(self.batch_id, shard_id, recipe, tuple(rows), self.plan.extras)

    def known(self, shard: Shard) -> dict[str, Mapping[str, Any]]:
        """Return what is known of a shard's designs that were finished or settled when the run began."""
        return self.done.known(shard.design_ids)

    def kin(self, shard: Shard) -> Kin:
        """Return what became of all designs of a shard's recipe and size; costs nothing where nobody died."""
        first = shard.planned[0]
        recipe, size_px = str(first["recipe"]), int(first["size_px"])
        if not self.done.quarantined and not self.deaths:
            return Kin(recipe, size_px)
        rows = self.plan.table.slice(0, len(self.plan.render_ids))
        ours = pc.and_(pc.equal(rows.column("recipe"), recipe), pc.equal(rows.column("size_px"), size_px))
        ids = frozenset(rows.column("design_id").filter(ours).to_pylist())
        died = self.done.quarantined.union(id_ for id_, times in self.deaths.items() if times >= MOST_DEATHS)
        return Kin(
            recipe,
            size_px,
            died=ids & died,
            suspects=ids.intersection(self.deaths),
            finished=not self.done.images.isdisjoint(ids),
        )

    def drop_dead_claims(self) -> None:
        """Remove the leases that dead processes left on finished shards, which nobody would take over.

        One on a shard that has something to paint stays: it tells whoever takes it that a process died there.
        """
        try:
            keys = [stat.key for stat in self.storage.list(claims_prefix(self.batch_id))]
            if not keys:
                return
            open_still = {claim_key(self.batch_id, shard_id) for shard_id in self.missing_by_shard()}
            for key in set(keys) - open_still:
                self.claims.drop_dead(key)
        except StorageError as error:
            log.info("could not look through the leases of %s (%s)", self.batch_id, error)

    def go_on_with(self, plan: Plan, done: Done) -> None:
        """Take a plan that has grown; what was planned before keeps its shards."""
        ids = done.table.column("design_id")
        known = self.done.ids.hold(ids) | Lookup(self.plan.render_ids).hold(ids)
        self.plan, self.done = plan, done
        self.progress.grow(len(plan), there=int((~known).sum()))

    def missing_by_shard(self, *, but: Lookup | None = None) -> dict[int, int]:
        """Return how many designs, ``but`` these, each unfinished shard is missing, by shard id, in order."""
        planned = self.plan.render_ids
        missing = self.done.missing(planned)
        if but is not None:
            missing &= ~but.hold(planned)
        shards = np.asarray(self.plan.table.column("shard_id").slice(0, len(planned)))[missing]
        found, counts = np.unique(shards, return_counts=True)
        return dict(zip(found.tolist(), counts.tolist(), strict=True))
