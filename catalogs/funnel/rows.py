"""The rows of a funnel's plan: which candidates a stage has, in which shards they go, what they follow."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.further import MOTIF
from catalogs.manifest import SCORES_FAILED
from catalogs.trained import KNOWS_ONE_STYLE, UNTRAINED

# What a preview and what is made after it have in common; garments and textiles by their ids.
_PAIR = ("content_id", "style_id", "seed", "palette_id", "further_styles")

Pair = Hashable
# A textile, and those worn with it: style_id, share, region.
Outfit = tuple[str, tuple[tuple[str, float, str], ...]]


@dataclass(frozen=True)
class LeftOut:
    """What the previews' networks cannot paint: textiles, and textiles worn together."""

    styles: frozenset[str] = frozenset()
    outfits: frozenset[Outfit] = frozenset()

    def has(self, outfit: Outfit) -> bool:
        """Say whether designs of an outfit have no previews for that."""
        first, further = outfit
        return outfit in self.outfits or any(one in self.styles for one in (first, *(w[0] for w in further)))


NOTHING = LeftOut()


def of_pairs(
    offered: pa.Table,
    stage: str,
    wanted: Mapping[Pair, str],
    follows: dict[str, str],
    *,
    known: Iterable[str],
    left_out: LeftOut = NOTHING,
) -> pa.Table:
    """Return the candidates of these pairs that no stage has yet; ``follows`` is told what they follow.

    With those of what was ``left_out`` of the previews, which follow nothing.
    """
    there = set(known)
    some = offered.filter(pc.equal(offered.column("stage"), stage))
    ids, pairs, worn = some.column("design_id").to_pylist(), pairs_in(some), _outfits(some)
    found = [
        at
        for at, pair in enumerate(pairs)
        if (pair in wanted or left_out.has(worn[at])) and ids[at] not in there
    ]
    follows |= {ids[at]: wanted[pairs[at]] for at in found if pairs[at] in wanted}
    return some.take(pa.array(found, pa.int64()))


def left_out_of(decided: pa.Table) -> LeftOut:
    """Return what the previews' networks cannot paint, by the rows that say so."""

    def rows(code: str) -> pa.Table:
        return decided.filter(pc.equal(decided.column("error_code"), code))

    untrained = rows(UNTRAINED).column("style_id").to_pylist()
    return LeftOut(frozenset(untrained), frozenset(_outfits(rows(KNOWS_ONE_STYLE))))


def _outfits(table: pa.Table) -> list[Outfit]:
    """Return what each row wears; a motif is in its cloth, and concerns no network."""
    told = zip(*(table.column(name).to_pylist() for name in ("style_id", "further_styles")), strict=True)
    return [
        (
            first,
            tuple(
                (one["style_id"], one["share"], one["region"])
                for one in further or ()
                if one["region"] != MOTIF
            ),
        )
        for first, further in told
    ]


def in_shards(previews: pa.Table, made: Sequence[pa.Table], shard_size: int) -> list[pa.Table]:
    """Return the stages after the previews, with the shards after theirs; a shard is of one stage."""
    first = 1 + int(pc.max(previews.column("shard_id")).as_py() or 0) if len(previews) else 0
    tables = []
    for one in made:
        if not len(one):
            continue
        shards = first + _filled(one.column("shard_id").to_numpy(), shard_size)
        tables.append(with_columns(one, shard_id=shards))
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


def marked(previews: pa.Table, failing: Mapping[int, str]) -> pa.Table:
    """Return the previews with why some of them do not count."""
    places = range(len(previews))
    codes = [SCORES_FAILED if at in failing else None for at in places]
    return with_columns(previews, error_code=codes, error=list(map(failing.get, places)))


def followed_by(table: pa.Table, follows: Mapping[str, str]) -> dict[str, str]:
    """Return what follows each design: of a final in several colours that in its own."""
    ids, colorways = (table.column(name).to_pylist() for name in ("design_id", "colorway"))
    found: dict[str, str] = {}
    for id_, colorway in zip(ids, colorways, strict=True):
        if id_ in follows and (not colorway or follows[id_] not in found):
            found[follows[id_]] = id_
    return found


def pairs_in(table: pa.Table) -> list[Pair]:
    """Return of which pair each row is."""
    columns = [table.column(name).to_pylist() for name in _PAIR]
    columns[-1] = [None if one is None else str(one) for one in columns[-1]]
    return list(zip(*columns, strict=True))


def with_columns(table: pa.Table, **columns: object) -> pa.Table:
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


def encoded(table: pa.Table) -> pa.Table:
    """Return a table whose words are numbered as they come, so that equal plans are equal to the last bit."""
    columns = []
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_dictionary(field.type):
            column = column.cast(pa.string()).combine_chunks().dictionary_encode()
        columns.append(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    return pa.table(columns, schema=table.schema)
