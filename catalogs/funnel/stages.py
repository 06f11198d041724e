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

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.done import Done, done_index
from catalogs.funnel.choosing import CHOSEN_BY, choose
from catalogs.funnel.judging import SCORED_BY, failings
from catalogs.manifest import BUDGET, RESULT_COLUMNS, SCORES_FAILED
from catalogs.plan import RENDER, SKIPPED, Plan
from catalogs.storage import Storage
from catalogs.trained import UNTRAINED
from configs.batch import Batch
from configs.colorways import ColorwaysPart
from configs.funnel import FunnelPart

PREVIEW, FALLBACK, FINAL = "preview", "fallback", "final"
# Of a preview that is there and is not shown, as its scores fail.
# What a preview and what is made after it have in common; garments and textiles by their ids.
_PAIR = ("content_id", "style_id", "seed", "palette_id", "further_styles")

Pair = Hashable
Positions = NDArray[np.int64]


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
        _with(one.table.slice(0, one.to_render), stage=[stage] * one.to_render)
        for stage, one in wanted.items()
    ]
    table = _with(previews.table, stage=[PREVIEW] * len(previews))
    if funnel.fall_back is not None:
        table = _left_to(_called(funnel.fall_back), table)
    return replace(
        previews,
        table=_encoded(table),
        candidates=_encoded(pa.concat_tables(candidates)),
        notes=(*previews.notes, _note(previews, funnel)),
    )


def _left_to(fall_back: str, table: pa.Table) -> pa.Table:
    """Return the previews with styles that no network has learnt skipped, and no failures."""
    codes, states, errors = (table.column(one).to_pylist() for one in ("error_code", "state", "error"))
    for at, code in enumerate(codes):
        if code == UNTRAINED:
            states[at], errors[at] = SKIPPED, f"{errors[at]}; {fall_back} paints its pairs instead"
    return _with(table, state=states, error=errors)


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
    another preview of it counts; so have the pairs in textiles that the previews' network has not learnt.
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
    bare = _with(whole, error_code=nothing, error=nothing, followed_by=nothing)
    previews = bare.filter(pc.and_(is_preview, to_render))

    stage = _Stage(previews, done)
    failing = stage.failing(funnel)
    made: list[pa.Table] = []
    follows: dict[str, str] = {}
    fallbacks = offered.slice(0, 0)
    counting = {stage.pairs[at] for at in stage.there if at not in failing}
    wanted = {stage.pairs[at]: stage.ids[at] for at in failing if stage.pairs[at] not in counting}
    if stage.is_over and funnel.fall_back is not None:
        fallbacks = _of_pairs(offered, FALLBACK, wanted, follows, known=stage.ids, styles=_unlearnt(decided))
        made.append(fallbacks)
    second = _Stage(fallbacks, done)
    if stage.is_over and second.is_over:
        pool = [(stage, at) for at in stage.there if at not in failing]
        failed_too = second.failing(funnel)
        pool += [(second, at) for at in second.there if at not in failed_too]
        best = _promoted(pool, funnel)
        made.append(_of_pairs(offered, FINAL, best, follows, known=[*stage.ids, *second.ids]))

    if funnel.fall_back is not None:
        instead = f"; {_called(funnel.fall_back)} paints the pair instead"
        failing = {at: why + instead * (stage.pairs[at] in wanted) for at, why in failing.items()}
    table = pa.concat_tables([_marked(previews, failing), *_in_shards(previews, made, shard_size)])
    followed = _followed_by(table, follows)
    ids = table.column("design_id").to_pylist()
    table = _with(table, follows=list(map(follows.get, ids)), followed_by=list(map(followed.get, ids)))
    return replace(plan, table=_encoded(pa.concat_tables([table, decided])))


class _Stage:
    """The designs of one stage to render, and what painting gave of those that are there."""

    def __init__(self, planned: pa.Table, done: Done) -> None:
        self.ids: list[str] = planned.column("design_id").to_pylist()
        self.pairs = _pairs(planned)
        at = pc.index_in(
            planned.column("design_id").combine_chunks(),
            value_set=done.table.column("design_id").combine_chunks(),
        )
        is_there = pc.is_valid(at).to_numpy(zero_copy_only=False)
        self.there: list[int] = np.flatnonzero(is_there).tolist()
        found = done.table.take(at.drop_null())
        told = planned.filter(pa.array(is_there))
        names = dict.fromkeys((*CHOSEN_BY, *SCORED_BY))
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


def _of_pairs(
    offered: pa.Table,
    stage: str,
    wanted: Mapping[Pair, str],
    follows: dict[str, str],
    *,
    known: Iterable[str],
    styles: frozenset[str] = frozenset(),
) -> pa.Table:
    """Return the candidates of these pairs that no stage has yet; ``follows`` is told what they follow.

    With those of the pairs in these ``styles``, which follow nothing.
    """
    there = set(known)
    some = offered.filter(pc.equal(offered.column("stage"), stage))
    ids, worn = (some.column(name).to_pylist() for name in ("design_id", "style_id"))
    pairs = _pairs(some)
    found = [
        at for at, pair in enumerate(pairs) if (pair in wanted or worn[at] in styles) and ids[at] not in there
    ]
    follows |= {ids[at]: wanted[pairs[at]] for at in found if pairs[at] in wanted}
    return some.take(pa.array(found, pa.int64()))


def _unlearnt(decided: pa.Table) -> frozenset[str]:
    """Return the textiles that the previews' networks have not learnt."""
    rows = decided.filter(pc.equal(decided.column("error_code"), UNTRAINED))
    return frozenset(rows.column("style_id").to_pylist())


def _in_shards(previews: pa.Table, made: Sequence[pa.Table], shard_size: int) -> list[pa.Table]:
    """Return the stages after the previews, with the shards after theirs; a shard is of one stage."""
    first = 1 + int(pc.max(previews.column("shard_id")).as_py() or 0) if len(previews) else 0
    tables = []
    for one in made:
        if not len(one):
            continue
        shards = first + _filled(one.column("shard_id").to_numpy(), shard_size)
        tables.append(_with(one, shard_id=shards))
        first = int(shards[-1]) + 1
    return tables


def _filled(shards: NDArray[np.int32], shard_size: int) -> NDArray[np.int32]:
    """Return new shards for the rows that are left of others: what one held stays together (a design and its
    colorways, what wears one tile), and such rests share a shard while there is room.
    """
    sizes = np.diff(np.append(np.flatnonzero(np.diff(shards, prepend=-1)), len(shards)))
    shard, filled = 0, 0
    of = []
    for size in sizes.tolist():
        if filled and filled + size > shard_size:
            shard, filled = shard + 1, 0
        filled += size
        of.append(shard)
    return np.repeat(np.asarray(of, np.int32), sizes)


def _marked(previews: pa.Table, failing: Mapping[int, str]) -> pa.Table:
    """Return the previews with why some of them do not count."""
    places = range(len(previews))
    codes = [SCORES_FAILED if at in failing else None for at in places]
    return _with(previews, error_code=codes, error=list(map(failing.get, places)))


def _followed_by(table: pa.Table, follows: Mapping[str, str]) -> dict[str, str]:
    """Return what follows each design: of a final in several colours that in its own."""
    ids, colorways = (table.column(name).to_pylist() for name in ("design_id", "colorway"))
    found: dict[str, str] = {}
    for id_, colorway in zip(ids, colorways, strict=True):
        if id_ in follows and (not colorway or follows[id_] not in found):
            found[follows[id_]] = id_
    return found


def _pairs(table: pa.Table) -> list[Pair]:
    columns = [table.column(name).to_pylist() for name in _PAIR]
    columns[-1] = [None if one is None else str(one) for one in columns[-1]]
    return list(zip(*columns, strict=True))


def _with(table: pa.Table, **columns: object) -> pa.Table:
    """Return a table with some columns replaced."""
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        field = table.schema.field(at)
        if pa.types.is_dictionary(field.type):
            told = pa.array(values, pa.string()).dictionary_encode()
        else:
            told = pa.array(values, field.type)
        table = table.set_column(at, field, told)
    return table


def _encoded(table: pa.Table) -> pa.Table:
    """Return a table whose words are numbered as they come, so that equal plans are equal to the last bit."""
    columns = []
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_dictionary(field.type):
            column = column.cast(pa.string()).combine_chunks().dictionary_encode()
        columns.append(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    return pa.table(columns, schema=table.schema)


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
