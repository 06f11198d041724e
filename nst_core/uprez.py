"""A finished tile at a printer's size: its optimisation resumed from scale to scale, as the endless cloth."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import BarzilaiBorweinSpec, LbfgsSpec, OptimisePart
from nst_core.allocator import large_pieces_returned
from nst_core.backbones import Backbone
from nst_core.design import RgbFloat
from nst_core.errors import NonFinite, PressRefused
from nst_core.garment.pixels import Image
from nst_core.lattice import size_multiple
from nst_core.optimise import Canvas, StyleTargets, optimise
from nst_core.optimise.phases import EVERY
from nst_core.resampling import resampled

# From one scale to the next a tile grows at most so many times: what is coarser is settled already.
MOST_GROWTH = 2.0
STEPS = 8
# Above it L-BFGS takes more memory than all else: as many steps as one corner lasts, remembering less.
LBFGS_MOST_PX = 2048 * 2048
FRUGAL_STEPS = EVERY
# Of a large tile so much is looked at at once: larger windows save a third of the work and double the memory.
WINDOW_PX = 640 * 640
MOST_SIDE_PX = 16_384

RgbDeep = NDArray[np.uint16]
OnScale = Callable[[int, int], None]


@dataclass(frozen=True)
class Resumed:
    """What brings a tile close to its textile at every size.

    Attributes:
        part: the recipe's ``refine`` block.
        targets: the textile's style targets as it is seen on a tile of so many px across.
        own_width_px: the tile's width where the textile is seen px by px; beyond, it has no finer detail.
        figure: ``(h, w)`` in [0, 1], at any size: where the tile is refined; None: everywhere.
    """

    part: OptimisePart
    targets: Callable[[int], StyleTargets]
    own_width_px: float
    figure: Image | None = None


@dataclass(frozen=True, eq=False)
class Enlarged:
    """A tile at another size.

    Attributes:
        tile: ``(H, W, 3)``, sRGB, 0 to 65,535.
        way: ``resumed``: optimised scale by scale; ``laid out again`` by its maker at this size; or
            ``interpolated``.
        detail_width_px: the width of a tile that would hold all the detail this one has, px: at most its own.
        scales_px: the widths that steps were taken at, px.
        steps: how many in all.
    """

    tile: RgbDeep
    way: str
    detail_width_px: float
    scales_px: tuple[int, ...] = ()
    steps: int = 0


def press_size_px(height_px: int, width_px: int, wanted_width_px: float, repeat: Repeat) -> tuple[int, int]:
    """Return height and width of a tile near a wanted width, px, as its repeat takes them.

    Raises:
        PressRefused: ``too_large``: a side beyond 16,384 px.
    """
    multiple = size_multiple(repeat)
    height, width = (
        max(1, round(side * wanted_width_px / width_px / multiple)) * multiple
        for side in (height_px, width_px)
    )
    if max(height, width) > MOST_SIDE_PX:
        most = MOST_SIDE_PX * width_px / max(height_px, width_px)
        raise PressRefused(
            f"{width} × {height} px: a tile has at most {MOST_SIDE_PX:,} px a side, so this one is at most "
            f"{most:,.0f} px wide",
            code="too_large",
            most_width_px=most,
        )
    return height, width


def uprez(
    tile: RgbFloat,
    repeat: Repeat,
    resumed: Resumed | None,
    backbone: Backbone | None,
    *,
    height_px: int,
    width_px: int,
    most_px: Callable[[int, int], int | None] = lambda _height, _width: None,
    should_stop: Callable[[], bool] = lambda: False,
    on_scale: OnScale | None = None,
    anew: bool = False,
) -> Enlarged:
    """Return a finished tile at another size that repeats as it does.

    At each scale the tile is enlarged across its joins (at most twice) and then brought close to the textile
    as it is seen at that scale, pixel by pixel of the textile's own where it has them. So it goes on until
    the textile's own detail ends; from there on there is nothing to compare with, and the rest of the way is
    interpolation. A tile that shrinks is resampled.

    Args:
        tile: ``(h, w, 3)``, sRGB in [0, 1].
        repeat: how it meets its neighbours.
        resumed: what its optimisation compares with; None: the recipe has none, it is interpolated.
        backbone: looks; None where nothing is resumed.
        height_px, width_px: from :func:`press_size_px`.
        most_px: how many px of a tile of a height and width may be looked at at once; None: all.
        should_stop: asked before every step.
        on_scale: told the width that comes next and the last one.
        anew: the tile was laid out at its size and no steps were taken there yet: it begins with them.

    Raises:
        Stopped: ``should_stop`` said so.
        NonFinite: the optimisation left the real numbers.
    """
    with large_pieces_returned() if height_px * width_px > LBFGS_MOST_PX else nullcontext():
        return _scale_by_scale(
            tile, repeat, resumed, backbone, (height_px, width_px), most_px, should_stop, on_scale, anew
        )


def _scale_by_scale(
    tile: RgbFloat,
    repeat: Repeat,
    resumed: Resumed | None,
    backbone: Backbone | None,
    wanted_px: tuple[int, int],
    most_px: Callable[[int, int], int | None],
    should_stop: Callable[[], bool],
    on_scale: OnScale | None,
    anew: bool,
) -> Enlarged:
    (own_height, own_px), (height_px, width_px) = tile.shape[:2], wanted_px
    taken: list[int] = []
    steps = 0
    first = [(own_height, own_px)] if anew else []
    for height, width in [*first, *_scales((own_height, own_px), wanted_px, repeat)]:
        if resumed is None or backbone is None or (taken and taken[-1] >= resumed.own_width_px):
            break
        if on_scale is not None:
            on_scale(width, width_px)
        tile = resampled(tile, repeat, height_px=height, width_px=width)
        # In one piece: of planes that lie otherwise every window would copy the whole.
        start = torch.from_numpy(tile).permute(2, 0, 1)[None].contiguous().to(backbone.device)
        # Not held while steps are taken: it is as large as the planes.
        tile = np.empty((0, 0, 3), np.float32)
        start, more = _refined(start, repeat, resumed, backbone, most_px(height, width), should_stop)
        tile = start[0].permute(1, 2, 0).float().cpu().numpy()
        taken.append(width)
        steps += more
    tile = resampled(tile, repeat, height_px=height_px, width_px=width_px)
    if not taken or resumed is None:
        return Enlarged(deep(tile), "interpolated", float(min(own_px, width_px)))
    detail_px = min(float(taken[-1]), resumed.own_width_px)
    return Enlarged(deep(tile), "resumed", detail_px, tuple(taken), steps)


def deep(tile: RgbFloat) -> RgbDeep:
    """Return a tile ``(H, W, 3)`` in [0, 1] in 16 bits, 0 to 65,535."""
    return np.concatenate([np.rint(rows * 65_535).astype(np.uint16) for rows in np.array_split(tile, 16)])


def _scales(from_px: tuple[int, int], to_px: tuple[int, int], repeat: Repeat) -> list[tuple[int, int]]:
    """Return the sizes on the way, the last one ``to_px``: none where the tile does not grow."""
    grows = to_px[1] / from_px[1]
    if grows <= 1:
        return []
    count = math.ceil(math.log(grows, MOST_GROWTH) - 1e-6)
    multiple = size_multiple(repeat)
    factors = [grows ** (number / count) for number in range(1, count)]
    between = [[round(side * factor / multiple) * multiple for side in from_px] for factor in factors]
    return [*((height, width) for height, width in between), to_px]


def _refined(
    start: Tensor,
    repeat: Repeat,
    resumed: Resumed,
    backbone: Backbone,
    most_px: int | None,
    should_stop: Callable[[], bool],
) -> tuple[Tensor, int]:
    """Return a tile ``(1, 3, h, w)`` after the steps at its size, and how many there were."""
    height, width = start.shape[-2:]
    mask = None
    if resumed.figure is not None:
        figure = resampled(resumed.figure, repeat, height_px=height, width_px=width)
        mask = torch.from_numpy(figure)[None, None].to(start.device)
    part, targets = _at_size(resumed.part, height * width), resumed.targets(width)
    canvas = Canvas(start=start, content=start, styles=[targets], mask=mask, repeat=repeat)
    done = optimise(canvas, part, backbone, most_px=most_px, should_stop=should_stop)
    if not bool(done.finite.all()):
        raise NonFinite(
            f"at {width} × {height} px the optimisation left the real numbers (NaN or infinite loss); "
            "lower the weights of the recipe's refine block"
        )
    if mask is None:
        return done.images, done.steps
    return start.lerp_(done.images, mask), done.steps


def _at_size(part: OptimisePart, pixels: int) -> OptimisePart:
    """Return a recipe's ``refine`` block as it is resumed on a tile of so many px."""
    if pixels <= LBFGS_MOST_PX:
        return part.model_copy(update={"start": "cloth", "scales_px": (), "steps": min(part.steps, STEPS)})
    colour = {"colour_share": part.optimiser.colour_share} if isinstance(part.optimiser, LbfgsSpec) else {}
    frugal = {"optimiser": BarzilaiBorweinSpec(**colour), "steps": min(part.steps, FRUGAL_STEPS)}
    return part.model_copy(update={"start": "cloth", "scales_px": (), **frugal})
