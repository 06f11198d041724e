"""From catalogs, recipes and a batch to a plan: filters, pairs, design ids, duplicates, shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from catalogs.catalog import Catalog
from catalogs.colorways import check_colorways, colorways_of
from catalogs.columns import plan_table
from catalogs.groups import Group, hash_group
from catalogs.identity import ID_BYTES
from catalogs.ids import check_id
from catalogs.learnt import learnt_pairs, nothing_learnt, unpainted_rows
from catalogs.limit import within_limit
from catalogs.pairing import Draw
from catalogs.plan import Plan
from catalogs.recipe_pairs import check_sizes
from catalogs.refusals import PlanRefused
from catalogs.rights import Refusals, refusals
from catalogs.selection import Chosen, choose
from catalogs.sharding import sharded
from catalogs.trained import NO_CARDS, Cards
from configs.batch import Batch
from configs.recipe import Recipe


def plan_batch(
    batch: Batch,
    recipes: Mapping[str, Recipe],
    hashes: Mapping[str, str],
    content: Catalog,
    style: Catalog,
    *,
    engine_version: str,
    weights_sha256: Mapping[str, str],
    cards: Cards = NO_CARDS,
    pairs: pd.DataFrame | None = None,
    batch_id: str | None = None,
    day: date | None = None,
) -> Plan:
    """Plan every design of a batch. The same arguments give the same plan, in any order of the catalogs.

    Shards hold designs of one recipe and one size. Inside, designs go style by style: a style's Gram
    matrices and its cloth are the costly things that neighbours can share, a garment is decoded and masked
    beside the painting. A design and its colorways, and garments in one tile of new cloth, stay together.

    Args:
        batch: what is wanted.
        recipes: by ``batch.crossed``; the plan calls each by its own ``name``.
        hashes: ``recipe_hash`` of each, by the same names.
        content: garments, with broken rows, which become failed rows of the plan.
        style: textiles, likewise.
        engine_version: part of every design id.
        weights_sha256: of each of the recipes' backbones.
        cards: of the trained networks that the recipes paint through. A style for which a recipe's have no
            weights, and a mix of styles that they do not take, becomes one failed row of that recipe.
        pairs: ``content_id`` and ``style_id``, for a selection of pairs; ``palette`` may be there too.
        batch_id: None is the batch's own, with the day where it says so.
        day: on which licences must hold; None is today (UTC).

    Raises:
        PlanRefused: unknown recipe, backbone or filter column, pairs missing, nothing left to plan, or
            nothing that the licences allow, or no style that the recipes' networks can paint.
    """
    day = day or datetime.now(UTC).date()
    whole_id = check_id(batch_id if batch_id is not None else batch_id_on(batch, day), what="batch_id")
    _check_recipes(batch, recipes, hashes, weights_sha256)
    colorways = colorways_of(batch)
    for name in batch.crossed:
        check_sizes(recipes[name], batch.sizes_px)
        check_colorways(recipes[name], colorways)
    wanted = [recipes[name] for name in batch.crossed]
    chosen = choose(batch, content, style, pairs, dresses=dresses(wanted), draw=_draw(batch, wanted))
    _check_colours(batch, recipes, chosen)
    learnt = {name: learnt_pairs(recipes[name], chosen, cards) for name in batch.crossed}
    unpainted = [row for name, one in learnt.items() for row in unpainted_rows(recipes[name], one, chosen)]
    if unpainted and not any(len(one.of) for one in learnt.values()):
        raise PlanRefused(nothing_learnt(unpainted), code=unpainted[0].code)
    chosen = replace(chosen, failed=(*chosen.failed, *unpainted))
    groups = [
        hash_group(
            chosen,
            recipes[name],
            learnt[name],
            recipe_hash=hashes[name],
            size_px=size_px,
            seeds=batch.seeds,
            weights_sha256="+".join(weights_sha256[network] for network in recipes[name].networks),
            engine_version=engine_version,
            colorways=colorways,
        )
        for name in dict.fromkeys(batch.crossed)
        for size_px in dict.fromkeys(batch.sizes_px)
    ]
    verdict = _judge(groups, chosen, batch, day)
    table = plan_table(
        whole_id,
        groups,
        verdict.order,
        verdict.shards,
        verdict.reasons,
        chosen,
        colorways,
        engine_version=engine_version,
    )
    notes = [*chosen.notes, *_short_samples(batch, groups, variants=len(batch.seeds) * len(colorways))]
    notes += _seeds_in_vain(batch, wanted)
    return Plan(whole_id, table, chosen.extras, tuple(notes))


def dresses(recipes: Iterable[Recipe]) -> bool:
    """Say whether any of a batch's recipes asks for garments; yardage alone needs no content catalog."""
    return any(recipe.kind == "garment" for recipe in recipes)


def _draw(batch: Batch, recipes: Iterable[Recipe]) -> Draw | None:
    """Return how a batch's sample draws new cloth; None where nothing is drawn."""
    count = batch.selection.count
    if batch.selection.kind != "sample" or count is None:
        return None
    is_worn = any(one.kind == "garment" and one.cloth is not None and one.cloth.is_new for one in recipes)
    return Draw(count, batch.selection.seed, batch.selection.garments_each if is_worn else None)


def _short_samples(batch: Batch, groups: Iterable[Group], *, variants: int) -> Iterator[str]:
    """Yield a note for each recipe of which there is less than the sample asks for."""
    if batch.selection.kind != "sample" or batch.selection.count is None:
        return
    there = {group.recipe: len(group.contents) // variants for group in groups if (group.contents >= 0).any()}
    for recipe, count in there.items():
        if count < batch.selection.count:
            yield (
                f"a sample of {batch.selection.count:,} pairs was asked for, and of {recipe} there are "
                f"{count:,}: all of them are planned"
            )


def _seeds_in_vain(batch: Batch, recipes: Iterable[Recipe]) -> Iterator[str]:
    """Yield a note for each recipe whose designs are the same picture with every seed."""
    for recipe in recipes:
        part = recipe.network
        if len(batch.seeds) > 1 and part is not None and part.sees == "photo" and part.pieces.style:
            yield (
                f"{recipe.name} repaints photos through {part.model_name}, where nothing is drawn: its "
                f"designs are the same picture with each of the {len(batch.seeds)} seeds; name one seed"
            )


def batch_id_on(batch: Batch, day: date) -> str:
    """Return the batch's id on a day (UTC): ``{name}`` and ``{date}`` (20261121) filled in."""
    return batch.batch_id.format(name=batch.name, date=f"{day:%Y%m%d}")


def _check_recipes(
    batch: Batch, recipes: Mapping[str, Recipe], hashes: Mapping[str, str], weights: Mapping[str, str]
) -> None:
    missing = [name for name in batch.crossed if name not in recipes or name not in hashes]
    if missing:
        raise PlanRefused(f"the batch {batch.name} names recipes that were not loaded: {', '.join(missing)}")
    called: dict[str, str] = {}
    for name in batch.crossed:
        if hashes[called.setdefault(recipes[name].name, name)] != hashes[name]:
            twin = called[recipes[name].name]
            raise PlanRefused(
                f"{twin} and {name} are different recipes, both called {recipes[name].name!r}; give one "
                f"another name"
            )
    wanted = {network for name in batch.crossed for network in recipes[name].networks}
    bare = sorted(wanted - set(weights))
    if bare:
        raise PlanRefused(
            f"the sha256 of the weights of {', '.join(bare)} is not known; see `toile weights check`"
        )


def _check_colours(batch: Batch, recipes: Mapping[str, Recipe], chosen: Chosen) -> None:
    keeping = [name for name in batch.crossed if recipes[name].controls.keep_colours != "none"]
    if keeping and any(one.palette is not None for one in chosen.further):
        raise PlanRefused(
            f"{', '.join(keeping)} keeps the garment's colours and a palette says others; leave out one of "
            f"the two"
        )


@dataclass(frozen=True)
class _Verdict:
    """The order of the plan's rows, the shard of the first of them, and why the others are skipped."""

    order: NDArray[np.int64]
    shards: NDArray[np.int32]
    reasons: list[tuple[str, str]]


def _judge(groups: list[Group], chosen: Chosen, batch: Batch, day: date) -> _Verdict:
    """Decide which designs are painted, and in which shard."""
    digests = np.concatenate([group.digests for group in groups])
    contents = np.concatenate([group.contents for group in groups])
    styles = np.concatenate([group.styles for group in groups])
    further = np.concatenate([group.further for group in groups])
    refused = refusals(batch.rights, chosen, contents, styles, further, day=day)
    rows = np.flatnonzero(refused.of < 0)
    if len(digests) and not len(rows) and not chosen.failed:
        raise PlanRefused(_nothing_allowed(batch, refused), code="rights_refuse_all")
    first = rows[_first_of_each(digests[rows])]
    unique = rows[first == rows]
    kept = within_limit(unique, groups, chosen, batch)
    unlike = np.flatnonzero(refused.of >= 0)
    reasons: dict[int, tuple[str, str]] = {
        row: refused.reasons[reason]
        for row, reason in zip(unlike.tolist(), refused.of[unlike].tolist(), strict=True)
    }
    names, painted = _Names(chosen), set(kept.tolist())
    for row, twin in zip(rows[first != rows].tolist(), first[first != rows].tolist(), strict=True):
        reasons[row] = (
            "duplicate",
            f"the same picture as {names.of(contents[twin], styles[twin])} "
            f"({digests[twin].tobytes().hex()}), "
            + ("which is painted once" if twin in painted else "which is over the batch's max_designs"),
        )
    limit = (
        "max_designs",
        f"over the batch's max_designs ({batch.max_designs}); raise it to have this one too",
    )
    reasons |= dict.fromkeys(np.setdiff1d(unique, kept, assume_unique=True).tolist(), limit)
    skipped = sorted(reasons)
    ordered, shards = sharded(kept, groups, batch.shard_size)
    order = np.concatenate([ordered, np.asarray(skipped, dtype=np.int64)])
    return _Verdict(order, shards, [reasons[row] for row in skipped])


class _Names:
    """What garments and textiles are called; the last garment is that of yardage, whose position is -1."""

    def __init__(self, chosen: Chosen) -> None:
        self.contents = [*chosen.content["content_id"], ""]
        self.styles = chosen.style["style_id"].tolist()

    def of(self, content: int, style: int) -> str:
        """Return a design's garment and textile, in a sentence."""
        worn = repr(self.styles[style])
        return f"{self.contents[content]!r} with {worn}" if self.contents[content] else f"yardage of {worn}"


def _nothing_allowed(batch: Batch, refused: Refusals) -> str:
    told = Counter(refused.of.tolist())
    codes: Counter[str] = Counter()
    for reason, count in told.items():
        codes[refused.reasons[reason][0]] += count
    counts = ", ".join(f"{count:,} {code}" for code, count in codes.most_common())
    return (
        f"the licences allow no design of the batch {batch.name} ({counts}); for example: "
        f"{refused.reasons[told.most_common(1)[0][0]][1]}"
    )


def _first_of_each(digests: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return for each row the first row with the same digest."""
    # Where half of each digest is different, the whole is.
    halves = np.sort(np.ascontiguousarray(digests[:, :8]).view(np.uint64).ravel())
    if (halves[1:] != halves[:-1]).all():
        return np.arange(len(digests), dtype=np.int64)
    packed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(ID_BYTES), len(digests), [None, pa.py_buffer(digests.tobytes())]
    )
    codes = packed.dictionary_encode().indices.to_numpy()
    first = np.zeros(codes.max(initial=-1) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)  # the last write, of the lowest row, stays
    firsts: NDArray[np.int64] = first[codes]
    return firsts
