"""One shard from plan to part: read, paint, upload, and write down what became of every design."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from catalogs.errors import CatalogError
from catalogs.storage import Storage
from catalogs.tile_names import tile_name
from flows.marking.provenance import digital_source_type
from flows.marking.signing import Signer
from flows.patience import Patience
from flows.shards.claims import Claims
from flows.shards.finished import FinishedDesigns
from flows.shards.ledger import Ledger
from flows.shards.pipeline import Stages, run_pipeline
from flows.shards.rows import PlanRow, RunFacts, painted_row
from flows.shards.shard import OnSettled, OnStep, Pace, PaintingEngine, Shard, ShardReport
from flows.shards.sources import Sources, check_licences
from flows.shards.tile_shelf import TileShelf
from flows.shards.turns import Turns
from flows.stopping import StopFlag
from nst_core.design import Painted, Prepared, Recolouring
from nst_core.dressing import Shelf, made_here
from nst_core.errors import EngineError, Stopped

log = logging.getLogger(__name__)


def render_shard(
    shard: Shard,
    *,
    storage: Storage,
    engine: PaintingEngine,
    facts: RunFacts,
    known: Mapping[str, Mapping[str, Any]] | None = None,
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
    painting = _Painting(
        shard,
        engine=engine,
        facts=facts,
        sources=sources or Sources(storage),
        finished=finished,
        ledger=ledger,
        patience=patience,
        stop=own_stop,
        on_step=on_step,
        shelf=None if claims is None else _shelf(shard, storage, claims, patience, own_stop),
    )
    try:
        painting.run(ledger.open(known or {}), pace=pace, turns=turns or Turns())
        ledger.close()
    finally:
        own_stop.detach()
    return ShardReport(
        shard_id=shard.shard_id,
        seconds=time.perf_counter() - began,
        compute_s=painting.compute_s,
        **ledger.counts(),
    )


def _shelf(
    shard: Shard, storage: Storage, claims: Claims, patience: Patience, stop: StopFlag
) -> TileShelf | None:
    """Return where the tiles of a shard's cloth come from and go to; None where it makes no new cloth."""
    cloth = shard.recipe.cloth
    if cloth is None or not cloth.is_new:
        return None
    names = {row["design_id"]: tile_name(row, shard.recipe) for row in shard.planned}
    return TileShelf(storage, claims, patience, stop, names)


class _Painting:
    """The three stages of a shard: what is wrong with one design becomes its row and touches no other."""

    def __init__(
        self,
        shard: Shard,
        *,
        engine: PaintingEngine,
        facts: RunFacts,
        sources: Sources,
        finished: FinishedDesigns,
        ledger: Ledger,
        patience: Patience,
        stop: StopFlag,
        on_step: OnStep | None,
        shelf: TileShelf | None,
    ) -> None:
        self.compute_s = 0.0
        self._recipe = shard.recipe
        self._source_type = digital_source_type(shard.recipe)
        self._engine = engine
        self._facts = facts
        self._sources = sources
        self._finished = finished
        self._ledger = ledger
        self._patience = patience
        self._stop = stop
        self._on_step = on_step
        self._shelf = shelf
        self._lock = threading.Lock()
        self._ended_by: BaseException | None = None

    def run(self, missing: Sequence[PlanRow], *, pace: Pace, turns: Turns) -> None:
        """Bring the missing designs through the stages."""
        ticket = turns.ticket()
        stages = Stages(
            prepare=self._prepare,
            group=lambda prepared: prepared.canvas_px,
            batch_size=self._engine.batch_size,
            paint=self._paint,
            finish=self._finish,
        )
        try:
            run_pipeline(
                missing,
                stages,
                prepare_threads=pace.prepare_threads,
                finish_threads=pace.finish_threads,
                turn=lambda: turns.mine(ticket),
                go_on=lambda: not self._stop.budget_spent,
            )
        except (Stopped, CatalogError):
            if self._ended_by is not None:
                raise self._ended_by from None
            self._raise_if_stopped()
            raise

    def _prepare(self, planned: PlanRow) -> Prepared | None:
        self._raise_if_stopped()
        try:
            if self._ledger.is_finished(planned):
                return None
            check_licences(planned, self._facts.now().date())
            shelf = self._shelf if self._recipe.kind == "garment" else None
            tile = None if shelf is None else shelf.find(planned["design_id"])
            return self._engine.prepare(self._sources.job(planned, self._patience), self._recipe, tile=tile)
        except Stopped:
            raise
        except CatalogError as error:
            self._end(error)
            raise
        except Exception as error:  # noqa: BLE001 (one design's trouble is its row, whatever it is)
            self._ledger.fail(planned["design_id"], error)
            return None

    def _paint(self, batch: Sequence[Prepared]) -> list[tuple[str, Painted | Recolouring | BaseException]]:
        self._raise_if_stopped()
        began = time.perf_counter()
        try:
            results = self._painted_or_error(batch)
        finally:
            self.compute_s += time.perf_counter() - began
        return [(one.design_id, result) for one, result in zip(batch, results, strict=True)]

    def _painted_or_error(self, batch: Sequence[Prepared]) -> Sequence[Painted | Recolouring | BaseException]:
        try:
            if self._shelf is None:
                return self._painted(batch, made_here)
            if self._recipe.kind == "garment":
                return self._painted(batch, self._shelf.get)
            return self._yardage(batch, self._shelf)
        except Stopped:
            raise
        except CatalogError as error:
            self._end(error)
            raise
        except Exception as error:
            if len(batch) == 1:
                return [error]
            # the culprit is found by painting one at a time
            log.exception("a batch of %d failed; its designs are painted one by one", len(batch))
            return [result for one in batch for result in self._painted_or_error([one])]

    def _painted(
        self, batch: Sequence[Prepared], shelf: Shelf
    ) -> Sequence[Painted | Recolouring | EngineError]:
        return self._engine.paint_originals(
            batch,
            self._recipe,
            should_stop=lambda: self._stop.cancelled,
            on_step=self._on_step,
            shelf=shelf,
        )

    def _yardage(
        self, batch: Sequence[Prepared], shelf: TileShelf
    ) -> Sequence[Painted | Recolouring | EngineError]:
        """Paint tiles, and put them where the garments that wear them find them."""
        own = {one.design_id for one in batch if one.colorway is None}
        with shelf.making(sorted(own)):
            results = self._painted(batch, made_here)
            for result in results:
                if isinstance(result, Painted) and result.design_id in own:
                    shelf.put(result.design_id, result.image)
        return results

    def _finish(self, done: tuple[str, Painted | Recolouring | BaseException]) -> None:
        design_id, result = done
        if isinstance(result, BaseException):
            self._ledger.fail(design_id, result)
            return
        if self._ended_by is not None:
            return
        try:
            if isinstance(result, Recolouring):
                # Here, beside the others' packing and uploading: it needs no device.
                result = result.made()
            row = painted_row(
                self._ledger.planned(design_id),
                result,
                self._facts,
                device=self._engine.device_name,
                precision=self._engine.precision,
            )
            row = self._finished.write(row, result.image, facts=self._facts, source_type=self._source_type)
        except CatalogError as error:
            self._end(error)
            raise
        except Exception as error:  # noqa: BLE001 (see _prepare)
            self._ledger.fail(design_id, error)
            return
        self._ledger.paint(row)

    def _end(self, error: BaseException) -> None:
        """Stop the other stages at their next step: nothing that they do can be kept any more."""
        with self._lock:
            # whoever is cancelled while waiting for a storage was cancelled, and the storage is not to blame
            if not self._stop.cancelled:
                self._ended_by = error
            self._stop.cancel()

    def _raise_if_stopped(self) -> None:
        if self._stop.cancelled:
            raise Stopped("the run was asked to stop; finished designs are kept")
