"""A shard inside which a process died, painted so that the next death tells which design it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.shards.company import Company
from flows.shards.crash_notes import CrashNotes
from flows.shards.kin import Kin
from flows.shards.ledger import Ledger
from flows.shards.painting import ShardPainting
from flows.shards.rows import PlanRow
from flows.shards.shard import Pace
from flows.shards.turns import Turns
from flows.stopping import StopFlag


def paint_carefully(
    missing: Sequence[PlanRow],
    painting: ShardPainting,
    ledger: Ledger,
    notes: CrashNotes,
    *,
    kin: Kin | None,
    pace: Pace,
    turns: Turns,
    company: Company,
    stop: StopFlag,
) -> None:
    """Bring designs through all stages one at a time, each written down before it is touched.

    A design that was in hand at a death comes last, and alone in the process: if it dies again, nothing else
    can have been the reason but what comes from outside. Whoever was in hand twice is not tried any more; nor
    is anybody of a recipe and size of which this is true of several, and of which nothing was ever finished:
    where that may be so, suspects come first, lest every design costs a death before it shows.
    """
    guilty = notes.open()
    suspects_first = kin is not None and kin.may_be_too_much(notes.suspects)
    one_by_one = replace(pace, prepare_threads=1, finish_threads=1)
    for planned in sorted(missing, key=lambda row: notes.is_suspect(row["design_id"]) != suspects_first):
        design_id = planned["design_id"]
        if design_id in guilty:
            ledger.keep_away(design_id)
            continue
        if kin is not None and kin.given_up(guilty):
            ledger.give_up(design_id, kin)
            continue
        if stop.budget_spent:
            continue
        if notes.is_suspect(design_id):
            with company.alone(), notes.in_hand(design_id):
                painting.run([planned], pace=one_by_one, turns=Turns(), company=Company())
        else:
            with notes.in_hand(design_id):
                painting.run([planned], pace=one_by_one, turns=turns, company=company)
        if ledger.is_settled(design_id):
            notes.forget(design_id)
    notes.close([row["design_id"] for row in missing if not ledger.is_settled(row["design_id"])])
