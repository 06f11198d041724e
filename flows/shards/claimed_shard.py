"""A shard of a run, rendered under a lease, so that two runs share their work instead of doubling it.

Two runs of one batch have the same shards. Those of two nights have the same designs in other shards: a shard
with a design that another night has in hand waits for its end, and takes the design over.
"""

from __future__ import annotations

import random
import time
from dataclasses import asdict
from typing import Any

from catalogs.layout import CLAIMS_PREFIX, claim_key, crash_key
from configs.recipe import Recipe
from flows.batch_run import BatchRun
from flows.equipment import equipment
from flows.errors import ShardLost
from flows.observability import events
from flows.observability.signals import at_work_on, happened
from flows.patience import Patience
from flows.progress import Outcome
from flows.shards.claims import Holder, Lease
from flows.shards.crash_notes import CrashNotes
from flows.shards.render_shard import render_shard
from flows.shards.shard import OnSettled, OnStep, Shard, ShardReport
from flows.stopping import StopFlag
from nst_core.errors import Stopped

# How often a run looks whether another one is done with a shard, seconds; more or less, so that of two who
# give way to each other one comes first.
LOOK_EVERY_S = 1.0


def render_claimed_shard(
    run: BatchRun, shard_id: int, *, device: str, wait: bool, at_most: int | None = None
) -> ShardReport | None:
    """Render a shard that nobody else is rendering.

    When the other run has finished it in the meantime, its part and images are found and nothing is painted.

    Args:
        run: the run that the shard belongs to.
        shard_id: which.
        device: ``auto`` or a name.
        wait: wait for another run that holds the shard, and go on where it stopped if it dies.
        at_most: so many designs may be begun, whatever the run's budget says; None: any.

    Returns:
        What became of the shard; None when another run holds it, or a design of it (and, with ``wait``, the
        minutes are spent).

    Raises:
        ShardLost: another run took the shard over from us; worth a retry.
        Stopped, StorageError: as :func:`render_shard`.
    """
    stop = StopFlag(designs=at_most, parents=(run.stop,))
    shard = run.shard(shard_id)
    with at_work_on(batch=run.batch_id, shard=shard_id):
        try:
            lease = _lease(run, shard, stop, wait=wait)
            if lease is None:
                happened(events.SHARD_BUSY)
                return None
            with lease:
                return _render_and_tell(run, shard, lease, stop, device)
        finally:
            stop.detach()


def _render_and_tell(run: BatchRun, shard: Shard, lease: Lease, stop: StopFlag, device: str) -> ShardReport:
    began = time.perf_counter()
    try:
        report = _render(run, shard, lease, stop, device)
    except BaseException as error:
        code = getattr(error, "code", type(error).__name__)
        happened(events.SHARD_BROKE_OFF, error=str(error), code=code, seconds=time.perf_counter() - began)
        raise
    happened(events.SHARD_DONE, recipe=shard.recipe.name, **_told(report))
    return report


def _told(report: ShardReport) -> dict[str, Any]:
    return {name: value for name, value in asdict(report).items() if name != "shard_id"}


def _lease(run: BatchRun, shard: Shard, stop: StopFlag, *, wait: bool) -> Lease | None:
    while (lease := _lease_of_all(run, shard, stop)) is None:
        if not wait or run.stop.budget_spent:
            return None
        if stop.sleep(LOOK_EVERY_S * random.uniform(0.5, 1.5)):
            raise Stopped("the run was asked to stop while it waited for another run")
    return lease


def _lease_of_all(run: BatchRun, shard: Shard, stop: StopFlag) -> Lease | None:
    """Return a lease on a shard of which no other night has a design in hand."""
    key = claim_key(run.batch_id, shard.shard_id)
    lease = run.claims.take(key, designs=shard.design_ids, on_lost=stop.cancel)
    if isinstance(lease, Holder):
        return None
    try:
        # One that a death left behind is not given back: nobody else would know of the death.
        rival = None if lease.after_death else run.claims.rival(lease, CLAIMS_PREFIX)
    except BaseException:
        lease.release()
        raise
    if rival is None:
        return lease
    lease.release()
    return None


def _render(run: BatchRun, shard: Shard, lease: Lease, stop: StopFlag, device: str) -> ShardReport:
    shard_id = shard.shard_id
    if lease.after_death:
        run.crashed.add(shard_id)
    crashes = _crashes(run, shard_id, lease, stop) if shard_id in run.crashed else None
    with (
        equipment().borrowed(device, deterministic=run.frozen.batch.deterministic) as borrowed,
        at_work_on(device=borrowed.name),
    ):
        happened(events.SHARD_BEGAN, designs=len(shard.planned), recipe=shard.recipe.name)
        try:
            return render_shard(
                shard,
                storage=run.storage,
                engine=borrowed.engine,
                facts=run.facts,
                known=run.known(shard),
                quarantined=run.done.quarantined,
                kin=run.kin(shard),
                failures=run.done.failures,
                crashes=crashes,
                company=equipment().company,
                sources=run.sources,
                signer=run.signer,
                # Made by whoever was first, on whatever machine: that is not the same bytes alone and always.
                claims=None if run.frozen.batch.deterministic else run.claims,
                turns=borrowed.turns,
                stop=stop,
                pace=equipment().pace,
                on_settled=_settling(run, shard_id),
                on_step=_stepping(run, shard_id, shard.recipe),
            )
        except Stopped:
            if lease.lost.is_set() and not run.stop.cancelled:
                raise ShardLost(
                    f"shard {shard_id} of {run.batch_id} was taken over by another run, which saw no sign of "
                    "this one for a minute; what is finished is kept"
                ) from None
            raise
        finally:
            run.progress.batch_ended(shard_id)


def _crashes(run: BatchRun, shard_id: int, lease: Lease, stop: StopFlag) -> CrashNotes:
    return CrashNotes(
        run.storage,
        crash_key(run.batch_id, shard_id),
        Patience(equipment().pace.patience_s, stop=stop),
        run=run.facts.prefect_run_id,
        after_death=lease.after_death,
        is_ours=lambda: not lease.lost.is_set(),
    )


def _settling(run: BatchRun, shard_id: int) -> OnSettled:
    def settle(design_id: str, outcome: Outcome) -> None:
        run.progress.batch_ended(shard_id)
        run.progress.settle(design_id, outcome)

    return settle


def _stepping(run: BatchRun, shard_id: int, recipe: Recipe) -> OnStep | None:
    if recipe.optimise is None:
        return None
    steps = recipe.optimise.steps * (1 + len(recipe.optimise.scales_px))

    def step(done: int, designs: int) -> None:
        run.progress.step(shard_id, designs, done / steps)

    return step
