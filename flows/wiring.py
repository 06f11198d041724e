"""Runs of a batch in this process: begun by a plan that is written first, or taken up from a stored one."""

from __future__ import annotations

import threading
from collections import ChainMap, deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from catalogs.done import done_index
from catalogs.frozen import FrozenBatch, freeze_batch, read_frozen
from catalogs.funnel.stages import as_far_as_it_is
from catalogs.layout import crash_key
from catalogs.lookup import Lookup
from catalogs.plan import Plan, read_candidates, read_plan, write_plan
from catalogs.quarantine import crashed_shards, release
from configs.batch import Batch
from configs.loading import load_recipes, recipe_hash
from configs.recipe import Recipe
from flows.batch_run import BatchRun
from flows.equipment import equipment
from flows.errors import PlanOutdated
from flows.overrides import Overrides
from flows.planning import any_engine, batch_id_of, plan_designs, weights_of
from flows.progress import Progress
from flows.revision import environment, git_revision, tool_name
from flows.shards.crash_notes import deaths_of
from flows.shards.rows import RunFacts
from flows.stopping import StopFlag


def plan_run(
    batch_name: str,
    root: str = "",
    *,
    overrides: Overrides | None = None,
    budget_minutes: float = 0,
    prefect_run_id: str = "",
    on: datetime | None = None,
) -> BatchRun:
    """Plan a batch from its file and the catalogs as they are now; write the plan and its configuration.

    ``on`` is the day of a batch whose id holds a date; today where nobody says.

    Raises:
        ConfigError: the batch or a recipe is wrong.
        CatalogError: no catalog, nothing to plan, or the storage is away.
        WeightsMissing: a recipe's backbone has no weights on this machine.
    """
    batch_id = batch_id_of(batch_name, overrides=overrides, on=on)
    equipment().signer()  # what is wrong with it is told before anything is planned
    counts = Progress(batch_id)
    batch, plan = plan_designs(batch_name, root, overrides=overrides, batch_id=batch_id, on_read=counts.read)
    return begin_run(root, batch, load_recipes(batch), plan, counts, budget_minutes, prefect_run_id)


def begin_run(
    root: str,
    batch: Batch,
    recipes: Mapping[str, Recipe],
    plan: Plan,
    counts: Progress,
    budget_minutes: float = 0,
    prefect_run_id: str = "",
) -> BatchRun:
    """Write a plan and its configuration, and begin to carry it out; ``counts`` go on."""
    storage = equipment().storage(root)
    freeze_batch(
        storage,
        plan.batch_id,
        batch,
        recipes,
        {name: recipe_hash(recipe) for name, recipe in recipes.items()},
        engine_version=any_engine().version,
        weights_sha256=weights_of(recipes),
    )
    write_plan(storage, plan)
    return _begin(root, read_frozen(storage, plan.batch_id), plan, counts, budget_minutes, prefect_run_id)


def grow(run: BatchRun) -> dict[int, int]:
    """Let a funnel's plan grow by what its designs call for; its run goes on with the longer plan.

    Returns:
        How many designs each shard of the new stages is missing, by shard id; nothing where the funnel has
        come to its end, or the batch is none.
    """
    if run.frozen.batch.funnel is None:
        return {}
    candidates = run.plan.candidates
    if candidates is None:
        candidates = read_candidates(run.storage, run.batch_id)
    before = run.plan
    plan = as_far_as_it_is(run.storage, replace(before, candidates=candidates), run.frozen.batch)
    if plan.table.equals(before.table):
        return {}
    write_plan(run.storage, plan)
    run.go_on_with(plan, done_index(run.storage, plan))
    return run.missing_by_shard(but=Lookup(before.render_ids))


def stored_run(
    batch_id: str,
    root: str = "",
    *,
    shards: range | None = None,
    quarantined: bool = False,
    budget_minutes: float = 0,
    budget_designs: int = 0,
    prefect_run_id: str = "",
) -> BatchRun:
    """Take up a batch as it was planned, whatever became of the catalogs and recipes since.

    With ``shards`` only these are read and known: a part of a very large batch costs a part of the memory.
    With ``quarantined`` what is known against its designs is forgotten, and those are tried again.

    Raises:
        NotFound: the batch was never planned.
        PlanOutdated: it was planned for another engine version or other weights.
    """
    counts = Progress(batch_id)
    storage = equipment().storage(root)
    frozen = read_frozen(storage, batch_id)
    _check_engine(frozen)
    plan = read_plan(storage, batch_id, shards=shards)
    if quarantined:
        release(storage, plan)
    return _begin(
        root,
        frozen,
        plan,
        counts,
        budget_minutes,
        prefect_run_id,
        shards=shards,
        budget_designs=budget_designs,
    )


_active: dict[tuple[str, str], BatchRun] = {}
# Those that a task took up: who begins a run ends it, but a task does not know whether it was the last.
_taken_up: deque[tuple[str, str]] = deque()
MOST_TAKEN_UP = 4
_active_lock = threading.RLock()


def active_run(root: str, batch_id: str, prefect_run_id: str) -> BatchRun:
    """Return the run that a task belongs to: the one begun in this process, else one taken up from the plan.

    The second is what happens on another machine, which knows a run by nothing but these names. Such a
    process may serve for months: it keeps the last few, and takes an older one up again should a task of it
    come.
    """
    key = (batch_id, prefect_run_id)
    with _active_lock:
        if key not in _active:
            stored_run(batch_id, root, prefect_run_id=prefect_run_id)
            _taken_up.append(key)
            while len(_taken_up) > MOST_TAKEN_UP:
                _active.pop(_taken_up.popleft(), None)
        return _active[key]


def end_run(run: BatchRun) -> None:
    """Forget a run that is over."""
    with _active_lock:
        _active.pop((run.batch_id, run.facts.prefect_run_id), None)


def _begin(
    root: str,
    frozen: FrozenBatch,
    plan: Plan,
    counts: Progress,
    budget_minutes: float,
    prefect_run_id: str,
    *,
    shards: range | None = None,
    budget_designs: int = 0,
) -> BatchRun:
    storage = equipment().storage(root)
    minutes = budget_minutes or frozen.batch.budget_minutes
    crashed = crashed_shards(storage, plan.batch_id)
    run = BatchRun(
        root=root,
        storage=storage,
        frozen=frozen,
        plan=plan,
        done=done_index(storage, plan, shards=shards),
        facts=RunFacts(
            run_started_utc=datetime.now(UTC),
            git_revision=git_revision(),
            prefect_run_id=prefect_run_id,
            tool=tool_name(),
            environment=environment(),
            statement=frozen.batch.rights.statement,
            statement_url=frozen.batch.rights.statement_url,
        ),
        stop=StopFlag(
            budget_s=60 * minutes if minutes else None,
            designs=budget_designs or frozen.batch.budget_designs,
        ),
        progress=counts,
        signer=equipment().signer(),
        crashed=crashed,
        deaths=ChainMap(*(deaths_of(storage, crash_key(plan.batch_id, one)) for one in sorted(crashed))),
    )
    if shards is None:
        run.drop_dead_claims()
    with _active_lock:
        _active[(plan.batch_id, prefect_run_id)] = run
    return run


def _check_engine(frozen: FrozenBatch) -> None:
    engine = any_engine()
    weights = {name: engine.weights_sha256(name) for name in frozen.weights_sha256}
    if frozen.engine_version != engine.version or dict(frozen.weights_sha256) != weights:
        raise PlanOutdated(
            f"{frozen.batch_id} was planned with engine version {frozen.engine_version} and its weights, "
            f"this is version {engine.version}: its designs would differ. `toile run` plans the batch anew",
            batch_id=frozen.batch_id,
        )
