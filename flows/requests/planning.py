"""A request's batch, planned by the catalogs of today as any other, and begun."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from catalogs.plan import Plan
from catalogs.refusals import RequestRefused
from flows import planning, wiring
from flows.batch_run import BatchRun
from flows.equipment import equipment
from flows.progress import Progress
from flows.requests.wishes import Wish

# What a design and those that are made after it must have in common, by the ids that name it.
_SAME = (("content_id", "content_sha256"), ("style_id", "style_sha256"))


def plan_wish(wish: Wish, root: str, *, budget_minutes: float, prefect_run_id: str) -> BatchRun:
    """Plan a request's batch, write its plan and its configuration, and begin to carry it out.

    Raises:
        RequestRefused: the picture of a garment or textile is another one by now.
        PlanRefused: the catalogs do not have what is wanted, or licences do not allow it.
        CatalogError: no catalog, or the storage is away.
        WeightsMissing: the recipe's backbone has no weights on this machine.
    """
    equipment().signer()
    counts = Progress(wish.batch.batch_id)
    recipes = {wish.recipe.name: wish.recipe}
    plan = planning.plan_on(
        equipment().storage(root),
        wish.batch,
        recipes,
        pairs=wish.pairs,
        batch_id=wish.batch.batch_id,
        on_read=counts.read,
    )
    if changed := sorted(set(_changed(wish, plan))):
        raise RequestRefused(
            f"{' and '.join(changed)} {'has' if len(changed) == 1 else 'have'} another picture by now than "
            f"the design was painted of; ask for one that is painted of the new picture"
        )
    return wiring.begin_run(root, wish.batch, recipes, plan, counts, budget_minutes, prefect_run_id)


def notes_on(wish: Wish, plan: Plan) -> list[str]:
    """Return what a person should know who compares what is made with the design that was asked about."""
    engines = {str(one) for one in plan.table.column("engine_version").cast(pa.string()).unique().to_pylist()}
    older = sorted({str(one.row["engine_version"]) for one in wish.origins} - engines)
    if not older:
        return []
    return [
        f"the design was painted by engine {', '.join(older)}, this by {', '.join(sorted(engines))}: details "
        f"may differ"
    ]


def _changed(wish: Wish, plan: Plan) -> Iterator[str]:
    """Yield the ids under which the catalogs have other bytes than a design was painted of."""
    for name, digest in _SAME:
        columns = [plan.table.column(one).cast(pa.string()).to_pylist() for one in (name, digest)]
        now = dict(zip(*columns, strict=True))
        for origin in wish.origins:
            was = origin.row[digest]
            if was and now.get(origin.row[name]) not in (was, "", None):
                yield repr(origin.row[name])
