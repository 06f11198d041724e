"""What is known of each design of a shard while it is rendered, until all of it is written as its part."""

from __future__ import annotations

import logging
import threading
from collections.abc import Container, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from catalogs.layout import design_key
from catalogs.manifest import FAILED, OK
from catalogs.parts import write_part
from catalogs.storage import Storage
from flows.errors import DesignQuarantined
from flows.observability.events import OF_OUTCOME
from flows.observability.signals import happened
from flows.patience import Patience
from flows.progress import Outcome
from flows.shards.finished import FinishedDesigns, rows_of_part
from flows.shards.kin import MOST_IN_QUARANTINE, Kin
from flows.shards.rows import PlanRow, Row, RunFacts, adopted_row, failed_row, unpainted_row, unsuitable_row
from flows.shards.shard import OnSettled, Shard
from nst_core.errors import ClothUnsuitable, EngineError, OutOfMemory
from nst_core.memory import is_out_of_memory

log = logging.getLogger(__name__)

NO_FAILURES: Mapping[str, datetime] = MappingProxyType({})


class Ledger:
    """The rows of a shard as they come, from any thread: one a design when it is closed.

    Args:
        shard: whose designs.
        storage: where its part is.
        finished: reads designs that earlier runs finished.
        facts: about this run.
        patience: with the storage.
        on_settled: told of each design that was not known before.
    """

    def __init__(
        self,
        shard: Shard,
        *,
        storage: Storage,
        finished: FinishedDesigns,
        facts: RunFacts,
        patience: Patience,
        on_settled: OnSettled,
    ) -> None:
        self._shard = shard
        self._storage = storage
        self._finished = finished
        self._facts = facts
        self._patience = patience
        self._on_settled = on_settled
        self._planned = {row["design_id"]: row for row in shard.planned}
        self._part: dict[str, Row] = {}
        self._rows: dict[str, Row] = {}
        self._painted: set[str] = set()
        # their files may not have reached the disk, whoever wrote them: no part names them yet
        self._undurable: set[str] = set()
        self._lock = threading.Lock()

    def open(
        self,
        known: Mapping[str, Mapping[str, Any]],
        quarantined: Container[str] = (),
        kin: Kin | None = None,
        failures: Mapping[str, datetime] = NO_FAILURES,
    ) -> list[PlanRow]:
        """Take over what is known without looking at images; return the designs that are left to try."""
        self._part = self._patience.call(lambda: rows_of_part(self._storage, self._shard.part_key))
        for design_id, planned in self._planned.items():
            if (row := known.get(design_id)) is not None:
                self._rows[design_id] = adopted_row(planned, row)
            elif (row := self._failed_meanwhile(design_id, failures)) is not None:
                self._settle(design_id, adopted_row(planned, row), Outcome.FAILED)
            elif design_id in quarantined or (kin is not None and design_id in kin.died):
                self.keep_away(design_id)
            elif kin is not None and kin.given_up():
                self.give_up(design_id, kin)
        return [planned for design_id, planned in self._planned.items() if design_id not in self._rows]

    def planned(self, design_id: str) -> PlanRow:
        """Return what the plan says of a design."""
        return self._planned[design_id]

    def is_finished(self, planned: PlanRow) -> bool:
        """Take over a design whose image is there, with the row of the part or of the image itself."""
        design_id = planned["design_id"]
        row = self._part.get(design_id)
        if row is not None and row["status"] == OK and self._has_image(design_id):
            finished = adopted_row(planned, row)
        elif (inside := self._finished.take_over(planned)) is not None:
            finished = inside
            with self._lock:
                self._undurable.add(design_id)
        else:
            return False
        self._settle(design_id, finished, Outcome.THERE)
        return True

    def paint(self, row: Row) -> None:
        """Write down a design that was painted and uploaded."""
        with self._lock:
            self._painted.add(row["design_id"])
            self._undurable.add(row["design_id"])
        self._settle(row["design_id"], row, Outcome.PAINTED)

    def fail(self, design_id: str, error: BaseException) -> None:
        """Write down a design that could not be made; what nobody foresaw goes to the log as well.

        Textiles that do not suit the recipe's maker of new cloth are no failure: the design is left out.
        """
        if isinstance(error, ClothUnsuitable):
            row = unsuitable_row(self._planned[design_id], error, self._facts)
            self._settle(design_id, row, Outcome.SKIPPED)
            return
        if is_out_of_memory(error):
            error = OutOfMemory(
                "there was no memory for this design, alone as it was; choose a smaller size_px, or paint it "
                "on a machine with more"
            )
        if not isinstance(error, EngineError | DesignQuarantined):
            log.error("design %s failed unexpectedly", design_id, exc_info=error)
        self._settle(design_id, failed_row(self._planned[design_id], error, self._facts), Outcome.FAILED)

    def keep_away(self, design_id: str) -> None:
        """Write down a design that is not tried, because processes died with it in hand."""
        batch_id = self._shard.batch_id
        self.fail(
            design_id,
            DesignQuarantined(
                "the process died twice with this design in hand, the second time with nothing else at work; "
                f"it is not tried again until somebody asks: `toile retry {batch_id} --quarantined`",
                design_id=design_id,
            ),
        )

    def give_up(self, design_id: str, kin: Kin) -> None:
        """Write down a design that is not tried, because none of its recipe and size was ever finished."""
        batch_id = self._shard.batch_id
        self.fail(
            design_id,
            DesignQuarantined(
                f"{MOST_IN_QUARANTINE} designs of {kin.recipe} at {kin.size_px} px died with their process "
                "twice, each alone, and none of that recipe and size was ever finished: the others are not "
                "tried. Most likely there is too little memory: paint them smaller or on a larger machine, "
                f"or ask for them again, `toile retry {batch_id} --quarantined`",
                design_id=design_id,
            ),
        )

    def is_settled(self, design_id: str) -> bool:
        """Whether a design has its row."""
        return design_id in self._rows

    def close(self) -> None:
        """Write down designs that were not reached, then the part, unless it says all of this already."""
        for design_id, planned in self._planned.items():
            if design_id not in self._rows:
                self._settle(design_id, unpainted_row(planned, self._facts), Outcome.SKIPPED)
        rows = [self._rows[design_id] for design_id in self._planned]
        if {row["design_id"]: _gist(row) for row in rows} == {
            id_: _gist(row) for id_, row in self._part.items()
        }:
            return
        self._finished.sync(sorted(self._undurable))
        shard = self._shard
        self._patience.call(
            lambda: write_part(self._storage, shard.batch_id, shard.shard_id, rows, extras=shard.extras)
        )

    def counts(self) -> dict[str, int]:
        """Return how many designs were painted here, were there, failed and were skipped."""
        statuses = [row["status"] for row in self._rows.values()]
        fine, failed = statuses.count(OK), statuses.count(FAILED)
        return {
            "painted": len(self._painted),
            "there": fine - len(self._painted),
            "failed": failed,
            "skipped": len(statuses) - fine - failed,
        }

    def _failed_meanwhile(self, design_id: str, failures: Mapping[str, datetime]) -> Row | None:
        """Return a failure that another run wrote down after this one began: one try a night is enough.

        What this run knew when it began is none, however far ahead the clock was by which it was written.
        """
        row = self._part.get(design_id)
        if row is not None and failures.get(design_id) == row["rendered_at_utc"]:
            return None
        if row is None or row["status"] != FAILED or row["rendered_at_utc"] < self._facts.run_started_utc:
            return None
        return row

    def _has_image(self, design_id: str) -> bool:
        return self._patience.call(lambda: self._storage.exists(design_key(design_id)))

    def _settle(self, design_id: str, row: Row, outcome: Outcome) -> None:
        with self._lock:
            self._rows[design_id] = row
        happened(
            OF_OUTCOME[outcome],
            design=design_id,
            recipe=row.get("recipe"),
            seconds=row.get("seconds"),
            code=row.get("error_code"),
            error=row.get("error"),
        )
        self._on_settled(design_id, outcome)


def _gist(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what tells two rows of one design apart."""
    return row["status"], row.get("error_code"), row["rendered_at_utc"]
