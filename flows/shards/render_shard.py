"""One shard from plan to part: read, paint, upload, and write down what became of every design."""

from __future__ import annotations

import time
from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from catalogs.storage import Storage
from flows.marking.signing import Signer
from flows.patience import Patience
from flows.shards.careful import paint_carefully
from flows.shards.claims import Claims
from flows.shards.company import Company
from flows.shards.crash_notes import CrashNotes
from flows.shards.finished import FinishedDesigns
from flows.shards.kin import Kin
from flows.shards.ledger import NO_FAILURES, Ledger
from flows.shards.painting import ShardPainting
from flows.shards.rows import RunFacts
from flows.shards.shard import OnSettled, OnStep, Pace, PaintingEngine, Shard, ShardReport
from flows.shards.sources import Sources
from flows.shards.tile_shelf import TileShelf
from flows.shards.turns import Turns
from flows.stopping import StopFlag


def render_shard(
    shard: Shard,
    *,
    storage: Storage,
    engine: PaintingEngine,
    facts: RunFacts,
    known: Mapping[str, Mapping[str, Any]] | None = None,
    quarantined: Container[str] = (),
    kin: Kin | None = None,
    failures: Mapping[str, datetime] = NO_FAILURES,
    crashes: CrashNotes | None = None,
    company: Company | None = None,
    sources: Sources | None = None,
    signer: Signer | None = None,
    claims: Claims | None = None,
    turns: Turns | None = None,
    stop: StopFlag | None = None,
    pace: Pace | None = None,
    on_settled: OnSettled = lambda _design_id, _outcome: None,
    on_step: OnStep | None = None,
) -> ShardReport:
    """Paint every design of a shard that has no picture yet, then write the shard's part of the manifest.

    Safe to run again after a crash, and beside another run of the same shard: image keys come from
    ``design_id``, every write is atomic, an image carries its own row, and the part, which marks the shard as
    done, is written last and holds a row for every design. What an earlier run finished is taken over.

    Args:
        shard: what to render.
        storage: where images are read and written.
        engine: used by one shard at a time when ``turns`` are given.
        facts: what the rows say about this run.
        known: what painting gave, of finished designs that the caller knows of, by ``design_id``.
        quarantined: designs that are not tried.
        kin: what became of the other designs of this recipe and size; None: nothing is known.
        failures: designs that had failed when the run began, and when.
        crashes: what is known of processes that died inside this shard: it is painted carefully, one design
            at a time; None: nothing is known.
        company: shared by all shards of this process.
        sources: shared by shards that read the same files.
        signer: puts signed content credentials into the images.
        claims: leases on tiles of new cloth, which are then shared with all engines that paint from this
            storage; None: this engine makes its own.
        turns: shared by shards that paint on the same device.
        stop: ends the work early: cancelled, it raises; its minutes spent, the rest is ``skipped``.
        pace: threads and patience.
        on_settled: told what became of each design that was not ``known``, from any thread.
        on_step: told (step, designs in the batch) while painting.

    Raises:
        Stopped: ``stop`` was cancelled; finished designs stay and no part is written.
        StorageUnavailable: the storage stayed away; worth a retry, which takes finished designs over.
        StorageDenied, StorageFull, StorageMisconfigured: somebody has to do something first.
    """
    began = time.perf_counter()
    pace = pace or Pace()
    own_stop = StopFlag(parents=(stop,) if stop else ())
    patience = Patience(pace.patience_s, stop=own_stop)
    finished = FinishedDesigns(storage, patience, shard.extras, signer)
    ledger = Ledger(
        shard, storage=storage, finished=finished, facts=facts, patience=patience, on_settled=on_settled
    )
    painting = ShardPainting(
        shard,
        engine=engine,
        facts=facts,
        sources=sources or Sources(storage),
        finished=finished,
        ledger=ledger,
        patience=patience,
        stop=own_stop,
        on_step=on_step,
        shelf=(
            None if claims is None else TileShelf.of_shard(shard, storage, claims, patience, own_stop, engine)
        ),
    )
    company, turns = company or Company(), turns or Turns()
    try:
        missing = ledger.open(known or {}, quarantined, kin, failures)
        if crashes is None:
            painting.run(missing, pace=pace, turns=turns, company=company)
        else:
            paint_carefully(
                missing,
                painting,
                ledger,
                crashes,
                kin=kin,
                pace=pace,
                turns=turns,
                company=company,
                stop=own_stop,
            )
        ledger.close()
    finally:
        own_stop.detach()
    return ShardReport(
        shard_id=shard.shard_id,
        seconds=time.perf_counter() - began,
        compute_s=painting.compute_s,
        **ledger.counts(),
    )
