"""Garments in new cloth: the tile that a garment awaits is made first, once, then the garment wears it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nst_core.design import Painted, Prepared, RgbFloat, TileAwaited
from nst_core.errors import EngineError, Stopped
from nst_core.garment.pixels import unit
from nst_core.memo import Memo

MakeTile = Callable[[], Painted | EngineError]
# Takes a garment's design id and what makes its tile, a design of yardage with its scores; returns the
# finished tile, wherever it comes from.
Shelf = Callable[[str, MakeTile], Painted | EngineError]


def made_here(_design_id: str, make: MakeTile) -> Painted | EngineError:
    """Return a tile made by this engine: the shelf of who shares none."""
    return make()


def dressed(
    prepared: Sequence[Prepared],
    make: Callable[[Prepared], Painted | EngineError],
    kept: Memo[RgbFloat],
    shelf: Shelf = made_here,
) -> list[Prepared | EngineError]:
    """Return designs that await nothing any more; the error of a tile in the place of each that awaits it.

    Args:
        prepared: the designs; those that await no tile come back as they are.
        make: finishes a tile.
        kept: finished tiles by their keys, those of earlier calls too.
        shelf: finished tiles that other engines share.

    Raises:
        Stopped: while a tile was made.
    """
    return [one if one.awaits is None else _wearing(one, one.awaits, make, kept, shelf) for one in prepared]


def _wearing(
    one: Prepared,
    awaited: TileAwaited,
    make: Callable[[Prepared], Painted | EngineError],
    kept: Memo[RgbFloat],
    shelf: Shelf,
) -> Prepared | EngineError:
    def made() -> RgbFloat:
        tile = shelf(one.design_id, lambda: make(replace(awaited.tile, origin=awaited.key)))
        if isinstance(tile, EngineError):
            raise tile
        return unit(tile.image)

    try:
        worn = awaited.wear(kept.get(awaited.key, made))
        return replace(
            worn,
            design_id=one.design_id,
            colorway=one.colorway,
            origin=one.origin,
            network=one.network,
        )
    except Stopped:
        raise
    except EngineError as error:
        return error
