"""The stages of a funnel: one plan that grows by fallbacks and finals when its previews are there.

::

    previews ── scores fail ──► fallbacks, at the previews' size
       │                           │
       └── the best, no two alike ─┴──► finals

Everything that may come is planned at the beginning, by the same catalogs and licences, and lies beside the
plan (``candidates.parquet``). What does come depends on the plan and the designs that are there alone, so
that whoever takes the batch up after a crash goes on with the same choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogs.done import Done, done_index
from catalogs.funnel.choosing import CHOSEN_BY, choose
from catalogs.funnel.judging import SCORED_BY, failings
from catalogs.funnel.rows import (
    Pair,
    encoded,
    followed_by,
    in_shards,
    left_out_of,
    marked,
    of_pairs,
    pairs_in,
    with_columns,
)
from catalogs.manifest import BUDGET, RESULT_COLUMNS
from catalogs.plan import RENDER, SKIPPED, Plan
from catalogs.storage import Storage
from catalogs.trained import KNOWS_ONE_STYLE, UNTRAINED
from configs.batch import Batch
from configs.colorways import ColorwaysPart
from configs.funnel import FunnelPart

PREVIEW, FALLBACK, FINAL = "preview", "fallback", "final"


def planned_by(batch: Batch, plan: Callable[[Batch], Plan]) -> Plan:
    """Return the plan of a batch with a funnel: the previews, and beside them what may come after.

    Previews are in their own colours, finals in all colorways of the batch.

    Args:
        batch: with a funnel.
        plan: plans a batch by the catalogs as they are now.

    Raises:
        PlanRefused: as ``plan_batch``, of previews, fallbacks or finals.
    """
    funnel = _funnel(batch)
    plain = batch.model_copy(update={"funnel": None})
    own_colours = {"colorways": ColorwaysPart()}
    later = {"max_designs": None, "sizes_px": batch.sizes_px}
    previews = plan(plain.model_copy(update=own_colours))
    finals = {"recipes": (funnel.final_recipe,), "sizes_px": (funnel.final_size_px,)}
    wanted = {FINAL: plan(plain.model_copy(update=later | finals))}
    if funnel.fall_back is not None:
        fallbacks = own_colours | {"recipes": (funnel.fall_back,)}
        wanted = {FALLBACK: plan(plain.model_copy(update=later | fallbacks))} | wanted
    candidates = [
        with_columns(one.table.slice(0, one.to_render), stage=[stage] * one.to_render)
        for stage, one in wanted.items()
    ]
    table = with_columns(previews.table, stage=[PREVIEW] * len(previews))
    if funnel.fall_back is not None:
        table = _left_to(_called(funnel.fall_back), table)
    return replace(
        previews,
        table=encoded(table),
        candidates=encoded(pa.concat_tables(candidates)),
        notes=(*previews.notes, _note(previews, funnel)),
    )


def _left_to(fall_back: str, table: pa.Table) -> pa.Table:
    """Return the previews with styles that their networks cannot paint skipped, and no failures."""
    codes, states, errors = (table.column(one).to_pylist() for one in ("error_code", "state", "error"))
    for at, code in enumerate(codes):
        if code in (UNTRAINED, KNOWS_ONE_STYLE):
            states[at], errors[at] = SKIPPED, f"{errors[at]}; {fall_back} paints its pairs instead"
    return with_columns(table, state=states, error=errors)


def as_far_as_it_is(storage: Storage, plan: Plan, batch: Batch) -> Plan:
    """Return a funnel's plan with the stages whose time has come, by what is in the bucket.

    Args:
        storage: where the designs are.
        plan: with its ``candidates``; grown before, or not.
        batch: with its funnel.
    """
    while True:
        further = grown(plan, done_index(storage, plan), _funnel(batch), shard_size=batch.shard_size)
        if further.table.equals(plan.table):
            return further
        plan = further


def grown(plan: Plan, done: Done, funnel: FunnelPart, *, shard_size: int) -> Plan:
    """Return a funnel's plan with the stages that the finished designs call for.

    A preview whose scores fail is marked; the pair has a fallback once all previews have been tried, unless
    another preview of it counts; so have the pairs that the previews' network cannot paint.
    Once all fallbacks have been tried, too, the best previews and fallbacks have finals. Previews keep their
    shards, fallbacks and finals have those after them. Grown again from what it returns, with the same
    designs there, the plan stays as it is.

    Args:
        plan: with its ``candidates``.
        done: the designs of the plan that are there.
        funnel: the rules.
        shard_size: designs of a shard.
    """
    whole, offered = plan.table, plan.candidates
    if offered is None:
        raise ValueError("a funnel's plan grows by its candidates, and this one has none")
    is_preview = pc.equal(whole.column("stage"), PREVIEW)
    to_render = pc.equal(whole.column("state"), RENDER)
    decided = whole.filter(pc.invert(to_render))
    nothing = [None] * len(whole)
    bare = with_columns(whole, error_code=nothing, error=nothing, followed_by=nothing)
    previews = bare.filter(pc.and_(is_preview, to_render))

    stage = _Stage(previews, done)
    failing = stage.failing(funnel)
    made: list[pa.Table] = []
    follows: dict[str, str] = {}
    fallbacks = offered.slice(0, 0)
    counting = {stage.pairs[at] for at in stage.there if at not in failing}
    wanted = {stage.pairs[at]: stage.ids[at] for at in failing if stage.pairs[at] not in counting}
    if stage.is_over and funnel.fall_back is not None:
        fallbacks = of_pairs(
            offered, FALLBACK, wanted, follows, known=stage.ids, left_out=left_out_of(decided)
        )
        made.append(fallbacks)
    second = _Stage(fallbacks, done)
    if stage.is_over and second.is_over:
        pool = [(stage, at) for at in stage.there if at not in failing]
        failed_too = second.failing(funnel)
        pool += [(second, at) for at in second.there if at not in failed_too]
        best = _promoted(pool, funnel)
        made.append(of_pairs(offered, FINAL, best, follows, known=[*stage.ids, *second.ids]))

    if funnel.fall_back is not None:
        instead = f"; {_called(funnel.fall_back)} paints the pair instead"
        failing = {at: why + instead * (stage.pairs[at] in wanted) for at, why in failing.items()}
    table = pa.concat_tables([marked(previews, failing), *in_shards(previews, made, shard_size)])
    followed = followed_by(table, follows)
    ids = table.column("design_id").to_pylist()
    table = with_columns(table, follows=list(map(follows.get, ids)), followed_by=list(map(followed.get, ids)))
    return replace(plan, table=encoded(pa.concat_tables([table, decided])))


class _Stage:
    """The designs of one stage to render, and what painting gave of those that are there."""

    def __init__(self, planned: pa.Table, done: Done) -> None:
        self.ids: list[str] = planned.column("design_id").to_pylist()
        self.pairs = pairs_in(planned)
        at = pc.index_in(
            planned.column("design_id").combine_chunks(),
            value_set=done.table.column("design_id").combine_chunks(),
        )
        is_there = pc.is_valid(at).to_numpy(zero_copy_only=False)
        self.there: list[int] = np.flatnonzero(is_there).tolist()
        names = dict.fromkeys((*CHOSEN_BY, *SCORED_BY))
        found = done.table.select([name for name in names if name in RESULT_COLUMNS]).take(at.drop_null())
        told = planned.filter(pa.array(is_there))
        self._rows = pa.table(
            {
                name: found.column(name) if name in RESULT_COLUMNS else told.column(name).cast(pa.string())
                for name in names
            }
        )
        self._place = {position: row for row, position in enumerate(self.there)}
        columns = done.failed.select(["design_id", "error_code"]).to_pydict().values()
        tried = {id_ for id_, code in zip(*columns, strict=True) if code != BUDGET}
        self.is_over = all(
            there or id_ in tried for id_, there in zip(self.ids, is_there.tolist(), strict=True)
        )

    def failing(self, funnel: FunnelPart) -> dict[int, str]:
        """Return the positions of finished designs whose scores fail, with what fails."""
        return {
            at: why for at, why in zip(self.there, failings(self._rows, funnel.passes), strict=True) if why
        }

    def rows(self, positions: Sequence[int]) -> pa.Table:
        """Return what is known of some finished designs, to choose among them."""
        return self._rows.take(pa.array([self._place[at] for at in positions], pa.int64()))


def _promoted(pool: Sequence[tuple[_Stage, int]], funnel: FunnelPart) -> dict[Pair, str]:
    """Return the pairs that are promoted, each with the design that it is promoted for."""
    stages = list(dict.fromkeys(stage for stage, _ in pool))
    if not stages:
        return {}
    rows = pa.concat_tables([one.rows([at for stage, at in pool if stage is one]) for one in stages])
    pairs = [stage.pairs[at] for stage, at in pool]
    ids = [stage.ids[at] for stage, at in pool]
    chosen = choose(rows, pairs, funnel.keep, funnel.unlike)
    return {pairs[at]: ids[at] for at in chosen.tolist()}


def _note(previews: Plan, funnel: FunnelPart) -> str:
    keep = funnel.keep
    garments, textiles = (
        len(set(previews.table.column(name).slice(0, previews.to_render).to_pylist()) - {None})
        for name in ("content_id", "style_id")
    )
    most = keep.per_garment * garments + keep.per_style * textiles + keep.overall + keep.by_lot
    instead = (
        f"; {_called(funnel.fall_back)} paints pairs whose previews' scores fail" if funnel.fall_back else ""
    )
    return (
        f"a funnel: these are previews, of which {_called(funnel.final_recipe)} paints the best again at "
        f"{funnel.final_size_px} px, {min(most, previews.to_render):,} at most{instead}"
    )


def _called(recipe: str) -> str:
    """Return a recipe's name, of one named by its path that of the file."""
    return recipe.rpartition("/")[2].removesuffix(".yaml")


def _funnel(batch: Batch) -> FunnelPart:
    if batch.funnel is None:
        raise ValueError(f"the batch {batch.name} has no funnel")
    return batch.funnel
