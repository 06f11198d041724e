"""In which order a run paints, and how much of it, where it has less than it would need."""

from __future__ import annotations

from collections.abc import Mapping

from catalogs.expected import expected_scores, shards_best_first
from flows.batch_run import BatchRun


def within_budget(run: BatchRun, missing: Mapping[int, int]) -> dict[int, int]:
    """Return the shards that a run paints with how many designs each is missing, in the order of painting.

    Without a budget that is the plan's. With one, the shards go first whose designs are expected to come out
    best; where designs are counted, as many shards as hold that many, of which the last may not be
    finished. What is left is the next run's, which goes on with the best of it.
    """
    if not run.stop.has_budget:
        return dict(missing)
    order = list(missing)
    if len(missing) > 1:
        scores = expected_scores(run.storage, run.plan)
        shards = run.plan.table.column("shard_id").slice(0, run.plan.to_render).to_numpy()
        order = shards_best_first(scores, shards, order)
    left, chosen = run.stop.designs_left, {}
    for shard_id in order:
        if left is not None and left <= 0:
            break
        chosen[shard_id] = missing[shard_id]
        left = None if left is None else left - missing[shard_id]
    return chosen


def allotted(run: BatchRun, missing: Mapping[int, int]) -> dict[int, int | None]:
    """Take what these shards may begin from the run's budget of designs, in their order; None: any number.

    For processes elsewhere, which cannot take design by design from one budget.
    """
    given: dict[int, int | None] = {}
    for shard_id, count in missing.items():
        left = run.stop.designs_left
        given[shard_id] = None if left is None else min(left, count)
        run.stop.give_out(count)
    return given
