"""Shards cut from a plan's groups: so many designs each, together what is made of one painting or tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catalogs.groups import Group

Rows = NDArray[np.int64]
Column = NDArray[np.int32] | NDArray[np.int64]

# So many garments are painted in all textiles before the next ones. An engine remembers 48: what it found out
# of a garment, its mask above all, costs more than a preview, and is there again at the next textile.
GARMENTS_TOGETHER = 24


def sharded(rows: Rows, groups: list[Group], shard_size: int) -> tuple[Rows, NDArray[np.int32]]:
    """Return the rows in the order of painting, and the shard of each.

    A shard has ``shard_size`` designs of one group, fewer in the group's last. Textile by textile they go
    through some garments, then through the next ones. Of new cloth designs go tile by tile, and a shard ends
    early rather than with a part of what one tile dresses of them, unless that is more than a shard. A design
    and its colorways are never parted: apart, each engine would paint it again.

    Args:
        rows: to be painted, ascending, counted through all groups.
        groups: the designs.
        shard_size: designs of a shard; more only where one has more colorways.
    """
    starts = np.concatenate([[0], np.cumsum([len(group.contents) for group in groups])])
    bounds = np.searchsorted(rows, starts)
    ordered, shards, next_shard = [], [np.empty(0, dtype=np.int32)], 0
    for group, start, first, end in zip(groups, starts, bounds, bounds[1:], strict=False):
        order, own = _of_group(rows[first:end] - start, group, shard_size)
        ordered.append(order + start)
        shards.append(own + next_shard)
        next_shard += int(own[-1]) + 1 if len(own) else 0
    return np.concatenate([np.empty(0, dtype=np.int64), *ordered]), np.concatenate(shards)


def _of_group(rows: Rows, group: Group, shard_size: int) -> tuple[Rows, NDArray[np.int32]]:
    is_new = group.cloth is not None and group.cloth.is_new
    together = group.contents // GARMENTS_TOGETHER
    rows = rows[np.argsort(together[rows], kind="stable")]
    if not len(rows) or (not is_new and not group.colorways.any()):
        return rows, (np.arange(len(rows)) // shard_size).astype(np.int32)
    tile: list[Column] = [together[rows], group.styles[rows], group.further[rows], group.seeds[rows]]
    if is_new:
        order = np.lexsort((rows, *tile[::-1]))
        rows, tile = rows[order], [one[order] for one in tile]
    tiles = _changes(tile) if is_new else np.ones(max(len(rows) - 1, 0), np.bool_)
    designs = _changes([*tile, group.contents[rows]])
    return rows, _filled(len(rows), _places(designs), _places(tiles), shard_size)


def _changes(columns: Sequence[Column]) -> NDArray[np.bool_]:
    """Return whether a row differs from the one before it, from the second on."""
    changed: NDArray[np.bool_] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return changed


def _places(changes: NDArray[np.bool_]) -> set[int]:
    return set((np.flatnonzero(changes) + 1).tolist())


def _filled(count: int, designs: set[int], tiles: set[int], shard_size: int) -> NDArray[np.int32]:
    """Return the shard of each row; a shard begins only where a design does, and with a tile if it can."""
    ends = sorted({*designs, count})
    shards = np.zeros(count, dtype=np.int32)
    tile_ends = np.array(sorted({*(tiles & designs), count}))
    shard, begins, at = 0, 0, 0
    for end in ends:
        rest = int(tile_ends[np.searchsorted(tile_ends, at, side="right")]) - at
        with_tile = at in tiles and at - begins + rest > shard_size >= rest
        if at > begins and (end - begins > shard_size or with_tile):
            shard, begins = shard + 1, at
        shards[at:end] = shard
        at = end
    return shards
