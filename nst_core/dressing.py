"""Garments in new cloth: the tile that a garment awaits is made first, once, then the garment wears it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nst_core.design import Prepared, RgbFloat, RgbImage, TileAwaited
from nst_core.errors import EngineError, Stopped
from nst_core.garment.pixels import unit
from nst_core.memo import Memo


def dressed(
    prepared: Sequence[Prepared],
    make: Callable[[Prepared], RgbImage | EngineError],
    kept: Memo[RgbFloat],
) -> list[Prepared | EngineError]:
    """Return designs that await nothing any more; the error of a tile in the place of each that awaits it.

    Args:
        prepared: the designs; those that await no tile come back as they are.
        make: finishes a tile.
        kept: finished tiles by their keys, those of earlier calls too.

    Raises:
        Stopped: while a tile was made.
    """
    return [one if one.awaits is None else _wearing(one, one.awaits, make, kept) for one in prepared]


def _wearing(
    one: Prepared,
    awaited: TileAwaited,
    make: Callable[[Prepared], RgbImage | EngineError],
    kept: Memo[RgbFloat],
) -> Prepared | EngineError:
    def made() -> RgbFloat:
        image = make(replace(awaited.tile, origin=awaited.key))
        if isinstance(image, EngineError):
            raise image
        return unit(image)

    try:
        worn = awaited.wear(kept.get(awaited.key, made))
        return replace(worn, colorway=one.colorway, origin=one.origin)
    except Stopped:
        raise
    except EngineError as error:
        return error
