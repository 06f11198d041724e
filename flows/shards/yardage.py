"""Yardage on its way through a shard: a tile that another engine has made, or makes, is not made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from flows.shards.finished_tile import FinishedTile
from flows.shards.tile_shelf import TileShelf
from nst_core.design import Painted, Prepared, Recolouring
from nst_core.errors import EngineError

Begun = Painted | Recolouring | EngineError
Paint = Callable[[Sequence[Prepared]], Sequence[Begun]]


def paint_yardage(batch: Sequence[Prepared], shelf: TileShelf, paint: Paint) -> list[FinishedTile | Begun]:
    """Return tiles, in order, and put those made here where the garments that wear them find them.

    What another engine is making is waited for when our own tiles are done and no lease is held any more. A
    tile with colorways is painted whatever is there: they are made of its painting.

    Args:
        batch: designs of yardage of one size.
        shelf: finished tiles, and leases.
        paint: paints designs, in order.

    Raises:
        Stopped, StorageUnavailable: as :meth:`TileShelf.get`.
    """
    done: dict[str, FinishedTile | Begun] = {}
    own = [one.design_id for one in batch if one.colorway is None]
    with shelf.making(own) as ours:
        for design_id in filter(shelf.is_alone, ours):
            # It may have been finished between its preparation and the lease.
            if (tile := shelf.find(design_id)) is not None:
                done[design_id] = tile
        mine = [one for one in batch if one.design_id not in done and _is_ours(one, ours, shelf)]
        for one, made in zip(mine, paint(mine) if mine else (), strict=True):
            if isinstance(made, Painted) and one.colorway is None:
                done[one.design_id] = shelf.put(one.design_id, made)
            else:
                done[one.design_id] = made
    for one in batch:
        if one.design_id not in done:
            done[one.design_id] = shelf.get(one.design_id, partial(_first_of, paint, one))
    return [done[one.design_id] for one in batch]


def _first_of(paint: Paint, one: Prepared) -> Painted | EngineError:
    made = paint([one])[0]
    return made.made() if isinstance(made, Recolouring) else made


def _is_ours(one: Prepared, ours: frozenset[str], shelf: TileShelf) -> bool:
    return one.design_id in ours or not shelf.is_alone(one.design_id)
