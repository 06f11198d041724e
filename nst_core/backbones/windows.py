"""Windows: how a picture is looked at that is too large to be looked at whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from configs.cloth import Repeat
from nst_core.backbones.backbone import Backbone
from nst_core.lattice import add_to_tile, cover_planes

# A window's own part is never smaller than this: below it the margins are all the work.
_LEAST_SIDE_PX = 64
# How much of a piece of cloth is reflected beyond its edge; a multiple of the deepest stride.
_BEYOND_PX, _BEYOND_MULTIPLE = 32, 16


@dataclass(frozen=True)
class Area:
    """A rectangle of a picture, px: rows ``top`` … ``bottom`` − 1, columns ``left`` … ``right`` − 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def pixels(self) -> int:
        """How many px it has."""
        return (self.bottom - self.top) * (self.right - self.left)

    def of(self, planes: Tensor, stride: int = 1) -> Tensor:
        """Return this area of the whole picture's ``(B, C, H, W)``, or of a map with a position per stride.

        A view. ``top`` and ``left`` are multiples of the stride; what sticks out is left off.
        """
        rows = slice(self.top // stride, -(-self.bottom // stride))
        columns = slice(self.left // stride, -(-self.right // stride))
        return planes[..., rows, columns]


@dataclass(frozen=True)
class Window:
    """A part of a picture that is looked at by itself.

    Args:
        own: the part that this window answers for; all windows' own parts make up the picture.
        seen: the own part and what its features see around it, cut off at the picture's edge: there the
            network pads as it does for the whole picture. Of a tile that repeats nothing is cut off: it goes
            on with its neighbours, and rows and columns below 0 are theirs.
        repeat: how a tile that is looked at in parts meets its neighbours; None: nothing goes on.
    """

    own: Area
    seen: Area
    repeat: Repeat | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it shows all of the picture."""
        return self.own == self.seen

    def see(self, planes: Tensor) -> Tensor:
        """Return what is seen of the whole picture's ``(B, C, H, W)``: a view, where no neighbour is seen."""
        if self.repeat is None:
            return self.seen.of(planes)
        area = self.seen
        return cover_planes(
            planes,
            self.repeat,
            height_px=area.bottom - area.top,
            width_px=area.right - area.left,
            top=area.top,
            left=area.left,
        )

    def give_back(self, total: Tensor, seen: Tensor) -> None:
        """Add what belongs to a window's places (a gradient) to the whole picture's ``(B, C, H, W)``."""
        if self.repeat is None:
            self.seen.of(total).add_(seen)
        else:
            add_to_tile(total, self.repeat, seen, top=self.seen.top, left=self.seen.left)

    def inner(self, planes: Tensor, stride: int = 1) -> Tensor:
        """Return the own part of planes or of a feature map ``(B, C, h, w)`` of what is seen: a view."""
        if self.own == self.seen:
            return planes
        down, right = self.own.top - self.seen.top, self.own.left - self.seen.left
        inside = Area(
            down, right, down + self.own.bottom - self.own.top, right + self.own.right - self.own.left
        )
        return inside.of(planes, stride)


def whole(height_px: int, width_px: int) -> Window:
    """Return the one window that shows everything."""
    everything = Area(0, 0, height_px, width_px)
    return Window(everything, everything)


def windows(
    height_px: int,
    width_px: int,
    backbone: Backbone,
    layers: Sequence[str],
    *,
    most_px: int | None,
    repeat: Repeat | None = None,
) -> tuple[Window, ...]:
    """Return the windows through which features come out as if the picture were seen whole.

    They overlap by twice the margin that the layers see beyond their squares and begin where positions of all
    layers do, so that pooling falls into step. Of all grids whose windows show at most ``most_px`` the one
    that shows least in sum is taken.

    Args:
        height_px, width_px: the picture's.
        backbone, layers: who looks, and at what.
        most_px: how many px of one picture may be looked at at once; None: all. Less than a window of 64 px
            with its margin is not gone below.
        repeat: the picture is a tile, whose windows see its neighbours; None: it ends at its edge.
    """
    if most_px is None or height_px * width_px <= most_px:
        return (whole(height_px, width_px),)
    multiple = max((backbone.stride(layer) for layer in layers), default=1)
    # One px at least: total variation looks at the next one.
    margin = _up_to(max((backbone.margin(layer) for layer in layers), default=0) + 1, multiple)
    bands = _bands if repeat is None else _endless_bands
    grids = list(itertools.product(bands(height_px, multiple, margin), bands(width_px, multiple, margin)))
    fitting = [(rows, columns) for rows, columns in grids if _most(rows) * _most(columns) <= most_px]
    if fitting:
        rows, columns = min(fitting, key=lambda grid: _sum(grid[0]) * _sum(grid[1]))
    else:
        rows, columns = min(grids, key=lambda grid: _most(grid[0]) * _most(grid[1]))
    return tuple(
        Window(
            Area(top.begin, left.begin, top.end, left.end),
            Area(top.first, left.first, top.last, left.last),
            repeat,
        )
        for top in rows
        for left in columns
    )


@torch.no_grad()
def looks(
    images: Tensor,
    backbone: Backbone,
    layers: Sequence[str],
    *,
    most_px: int | None,
    repeat: Repeat | None = None,
) -> Iterator[tuple[Window, dict[str, Tensor]]]:
    """Yield each window of some pictures and the features of its own part, without a way back.

    Args:
        images: ``(B, 3, H, W)``, sRGB in [0, 1], float32, on the backbone's device.
        backbone, layers: who looks, and at what.
        most_px: how many px of one picture may be looked at at once; None: all.
        repeat: the pictures are tiles that repeat; None: they end at their edge.
    """
    height, width = images.shape[-2:]
    for window in windows(height, width, backbone, layers, most_px=most_px, repeat=repeat):
        around = repeat if window.is_whole else None
        features = backbone.features(window.see(images), layers, repeat=around) if layers else {}
        yield window, {layer: window.inner(maps, backbone.stride(layer)) for layer, maps in features.items()}


@torch.no_grad()
def looks_at_cloth(
    images: Tensor, backbone: Backbone, layers: Sequence[str], *, most_px: int | None
) -> Iterator[tuple[Window, dict[str, Tensor]]]:
    """Yield what :func:`looks` does of a piece of cloth, which goes on beyond its edge where a picture ends.

    A network pads with zeros, and a third of the positions of a small piece see that: of periodic textiles
    (256 px, VGG-16) relu4_1's Gram matrix lay .23 to .28 from that of the endless cloth, now .16 to .19. What
    lies beyond is its reflection, 32 px of it; more changed nothing.
    """
    height, width = images.shape[-2:]
    edge = min(_BEYOND_PX, (min(height, width) - 1) // _BEYOND_MULTIPLE * _BEYOND_MULTIPLE)
    grown = nnf.pad(images, (edge, edge, edge, edge), mode="reflect")
    tall, wide = grown.shape[-2:]
    for window in windows(tall, wide, backbone, layers, most_px=most_px):
        top, left = max(window.own.top, edge), max(window.own.left, edge)
        bottom, right = min(window.own.bottom, edge + height), min(window.own.right, edge + width)
        if bottom <= top or right <= left:
            continue
        features = backbone.features(window.see(grown), layers)
        seen, own = window.seen, Area(top - edge, left - edge, bottom - edge, right - edge)
        part = Area(top - seen.top, left - seen.left, bottom - seen.top, right - seen.left)
        found = {layer: part.of(maps, backbone.stride(layer)) for layer, maps in features.items()}
        yield Window(own, own), found


def joined(parts: Sequence[tuple[Window, Tensor]]) -> Tensor:
    """Return the whole map ``(B, C, H, W)`` out of all windows' own parts, in the order of ``looks``."""
    if len(parts) == 1:
        return parts[0][1]
    rows: dict[int, list[Tensor]] = {}
    for window, part in parts:
        rows.setdefault(window.own.top, []).append(part)
    return torch.cat([torch.cat(row, dim=3) for row in rows.values()], dim=2)


@dataclass(frozen=True)
class _Band:
    """Rows (or columns) that a window answers for, ``begin`` … ``end``, and sees, ``first`` … ``last``."""

    begin: int
    end: int
    first: int
    last: int


def _bands(side: int, multiple: int, margin: int) -> Iterator[tuple[_Band, ...]]:
    """Yield the ways to cut a side into 1, 2, 3, … bands that begin at multiples and see equally much.

    Windows of one size share prepared convolutions and fit where the last one was.
    """
    yield (_Band(0, side, 0, side),)
    for pieces in range(2, side // max(_LEAST_SIDE_PX, multiple) + 1):
        seen = _up_to(-(-(side + 2 * margin * (pieces - 1)) // pieces), multiple)
        cuts = [0, *(seen - margin + piece * (seen - 2 * margin) for piece in range(pieces - 1)), side]
        if (pieces > 2 and seen - 2 * margin < _LEAST_SIDE_PX) or cuts[-2] >= side:
            return
        yield tuple(
            _Band(begin, end, max(0, begin - margin), min(side, end + margin))
            for begin, end in itertools.pairwise(cuts)
        )


def _endless_bands(side: int, multiple: int, margin: int) -> Iterator[tuple[_Band, ...]]:
    """Yield the ways to cut a tile's side into bands that see a margin all around, its neighbours'."""
    for pieces in range(1, side // max(_LEAST_SIDE_PX, multiple) + 1):
        own = _up_to(-(-side // pieces), multiple)
        cuts = [*range(0, side, own), side]
        yield tuple(
            _Band(begin, end, begin - margin, end + margin) for begin, end in itertools.pairwise(cuts)
        )


def _most(bands: Sequence[_Band]) -> int:
    return max(band.last - band.first for band in bands)


def _sum(bands: Sequence[_Band]) -> int:
    return sum(band.last - band.first for band in bands)


def _up_to(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple
