"""The painting of a shard's designs: prepared, painted, finished, each one's trouble its own row."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from catalogs.errors import CatalogError
from flows.marking.provenance import digital_source_type
from flows.observability.signals import span
from flows.patience import Patience
from flows.shards.company import Company
from flows.shards.finished import FinishedDesigns
from flows.shards.finished_tile import FinishedTile
from flows.shards.ledger import Ledger
from flows.shards.pipeline import Stages, run_pipeline
from flows.shards.rows import PlanRow, RunFacts, painted_row
from flows.shards.shard import OnStep, Pace, PaintingEngine, Shard
from flows.shards.sources import Sources, check_licences
from flows.shards.tile_shelf import TileShelf
from flows.shards.turns import Turns
from flows.shards.yardage import paint_yardage
from flows.stopping import StopFlag
from nst_core.design import DesignJob, Painted, Prepared, Recolouring
from nst_core.dressing import Shelf, made_here
from nst_core.errors import ClothUnsuitable, EngineError, Stopped
from nst_core.memory import is_out_of_memory

log = logging.getLogger(__name__)

# A design, a colorway that is still to be made, or yardage whose tile somebody else has made.
Begun = Painted | Recolouring | FinishedTile


class ShardPainting:
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
        self._most = sys.maxsize  # until more than that has run out of memory
        self._lock = threading.Lock()
        self._ended_by: BaseException | None = None

    def run(self, missing: Sequence[PlanRow], *, pace: Pace, turns: Turns, company: Company) -> None:
        """Bring the missing designs through the stages."""
        ticket = turns.ticket()
        stages = Stages(
            prepare=company.joined(self._prepare),
            group=lambda prepared: prepared.canvas_px,
            batch_size=self._batch_size,
            paint=company.joined(self._paint),
            finish=company.joined(self._finish),
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
        with span("prepare", design=planned["design_id"]):
            return self._prepared_or_recorded(planned)

    def _prepared_or_recorded(self, planned: PlanRow) -> Prepared | None:
        self._raise_if_stopped()
        try:
            if self._ledger.is_finished(planned):
                return None
            if not self._stop.begin_design():
                return None
            check_licences(planned, self._facts.now().date())
            return self._prepared(planned, self._shelf)
        except Stopped:
            raise
        except CatalogError as error:
            self._end(error)
            raise
        except Exception as error:  # noqa: BLE001 (one design's trouble is its row, whatever it is)
            self._ledger.fail(planned["design_id"], error)
            return None

    def _prepared(self, planned: PlanRow, shelf: TileShelf | None) -> Prepared | None:
        if shelf is None:
            return self._engine.prepare(
                self._sources.job(planned, self._recipe, self._patience), self._recipe
            )
        design_id, is_worn = planned["design_id"], self._recipe.kind == "garment"
        tile = shelf.find(design_id)
        if tile is None and (refused := shelf.refused(design_id)) is not None:
            raise refused
        if tile is not None and not is_worn and shelf.is_alone(design_id):
            self._finish((design_id, tile))
            return None
        job = self._job(planned)
        worn = tile.painted.image if tile is not None and is_worn else None
        try:
            return self._engine.prepare(job, self._recipe, tile=worn)
        except ClothUnsuitable as error:
            shelf.refuse(design_id, error)
            raise

    def _job(self, planned: PlanRow) -> DesignJob:
        return self._sources.job(planned, self._recipe, self._patience)

    def _paint(self, batch: Sequence[Prepared]) -> list[tuple[str, Begun | BaseException]]:
        self._raise_if_stopped()
        began = time.perf_counter()
        try:
            with span("paint", designs=[one.design_id for one in batch]):
                results = self._painted_or_error(batch)
        finally:
            self.compute_s += time.perf_counter() - began
        return [(one.design_id, result) for one, result in zip(batch, results, strict=True)]

    def _painted_or_error(self, batch: Sequence[Prepared]) -> Sequence[Begun | BaseException]:
        """Paint a batch, and one that raises again in halves: what is too much fits, a culprit is found."""
        if len(batch) > self._most:
            return self._in_pieces(batch, self._most)
        try:
            return self._painted_somehow(batch)
        except Stopped:
            raise
        except CatalogError as error:
            self._end(error)
            raise
        except Exception as error:
            if len(batch) == 1:
                return [error]
            log.exception("a batch of %d failed; it is painted in halves", len(batch))
            half = len(batch) // 2
            if is_out_of_memory(error):
                self._most = half
        # Out of the handler: the error holds the frames that hold the tensors.
        return self._in_pieces(batch, half)

    def _in_pieces(self, batch: Sequence[Prepared], size: int) -> list[Begun | BaseException]:
        pieces = [batch[start : start + size] for start in range(0, len(batch), size)]
        return [result for piece in pieces for result in self._painted_or_error(piece)]

    def _painted_somehow(self, batch: Sequence[Prepared]) -> Sequence[Begun | BaseException]:
        if self._shelf is None:
            return self._painted(batch)
        if self._recipe.kind == "garment":
            return self._painted(batch, self._shelf.worn)
        return paint_yardage(batch, self._shelf, self._painted)

    def _batch_size(self, prepared: Prepared) -> int:
        return min(self._engine.batch_size(prepared), self._most)

    def _painted(
        self, batch: Sequence[Prepared], shelf: Shelf = made_here
    ) -> Sequence[Painted | Recolouring | EngineError]:
        return self._engine.paint_originals(
            batch,
            self._recipe,
            should_stop=lambda: self._stop.cancelled,
            on_step=self._on_step,
            shelf=shelf,
        )

    def _finish(self, done: tuple[str, Begun | BaseException]) -> None:
        with span("finish", design=done[0]):
            self._finished_or_recorded(*done)

    def _finished_or_recorded(self, design_id: str, result: Begun | BaseException) -> None:
        if isinstance(result, BaseException):
            self._ledger.fail(design_id, result)
            return
        if self._ended_by is not None:
            return
        planned = self._ledger.planned(design_id)
        try:
            made = self._made(result)
            painted = replace(made.painted, design_id=design_id)
            row = painted_row(planned, painted, self._facts, device=made.device, precision=made.precision)
            row = self._finished.write(row, painted.image, facts=self._facts, source_type=self._source_type)
        except CatalogError as error:
            self._end(error)
            raise
        except Exception as error:  # noqa: BLE001 (see _prepare)
            self._ledger.fail(design_id, error)
            return
        self._ledger.paint(row)

    def _made(self, begun: Begun) -> FinishedTile:
        if isinstance(begun, FinishedTile):
            return begun
        # Here, beside the others' packing and uploading: a colorway needs no device.
        painted = begun.made() if isinstance(begun, Recolouring) else begun
        return FinishedTile(painted, self._engine.device_name, self._engine.precision)

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
