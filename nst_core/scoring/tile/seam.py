"""Seam: whether a tile's joins can be told from its inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from configs.cloth import Repeat
from nst_core.backbones import Backbone, Window, joined, looks
from nst_core.garment.pixels import Image
from nst_core.lattice import cover
from nst_core.planes import padded, to_planes

PIXELS = "pixels"
SEAM_LAYERS = ("relu2_2", "relu3_2")
# A line is compared with the mean of all and with so many lines on either side: where motifs are dense every
# line's steps are large.
BESIDE = 2
GATE_PERCENTILE = 95
# Where the 95th percentile is more than so many times the usual, a tile has hard edges along its rows.
HARD = 1.5
# A join that is calmer than usual is compared with so many lines whose neighbours, so many on either side,
# have steps like its own neighbours', and which lie farther from all joins than this share of the tile.
LIKEST, CONTEXT, NEAR = 3, 4, 1 / 8
# A layer with fewer lines says nothing of what is usual.
LEAST_LINES = 12
# A fortieth of an 8-bit level: a plain tile's joins are like its inside.
_FLAT = 1e-4

Lines = NDArray[np.float64]


@dataclass(frozen=True)
class Seam:
    """What the joins of a tile look like.

    Attributes:
        seam: the steps across the joins over those inside: about 1 for a seamless tile, above 1.3 for a cut
            one.
        visible: whether at any join the steps lie above the 95th percentile of the tile's own rows (or
            columns), in the pixels and in relu2_2.
    """

    seam: float
    visible: bool


@torch.no_grad()
def seam(tile: Image, repeat: Repeat, backbone: Backbone, *, most_px: int | None = None) -> Seam:
    """Compare the steps across a tile's joins with those between its other neighbouring rows and columns.

    A step is the length of the difference between two neighbours, in the pixels (sRGB), in relu2_2 and in
    relu3_2, in the mean along the row or column. Each row's is divided by the mean of two: all rows' mean,
    and the mean of the two rows before and after it; or by two thirds of the 95th percentile of all rows,
    where that is more: in a drawn stripe few rows have all the steps, and one of them may be the join. The
    score is the mean over joins and over pixels and layers.

    A join that is calmer than that is compared with its like: the few lines, far from all joins, whose
    neighbours have steps most like those of its own. The lanes of a grid are calm wherever they run; lanes
    that run along the joins alone have no like and stay below 1. Nothing that stands out is judged more
    mildly by it.

    The joins are a tile's upper and left edge, beyond which its neighbours lie as the repeat has them. A
    mirror repeat has others in its middle, and at all four the pixels of both sides are one and the same:
    the step is taken to those beyond. Layers see the two sides of a mirror with filters that are not
    symmetric, more alike than neighbours are: theirs is the mean of the step across and of the one to the
    line beyond (.90 and 1.17 of those inside, medians of 17 textiles mirrored). Features are those of a part
    of the endless cloth that is larger than the tile by what the layers see, so that no edge plays a role.

    One row in twenty lies above the 95th percentile of all, in a seamless tile too, and may be the
    join: pixels and relu2_2 seldom have the same such rows, but show a cut alike (of pairs of lines inside 19
    photographed textiles 3 % are called a seam, of their cut edges all). relu3_2 shows a cut in photographs
    and none in drawn dots: it calms the score and has no say in what is visible.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        repeat: how it meets its neighbours.
        backbone: who looks: VGG-16, for scores that can be compared. Layers it lacks are left out.
        most_px: how many px it may look at at once; None: all.
    """
    height, width = tile.shape[:2]
    layers = tuple(
        layer
        for layer in SEAM_LAYERS
        if layer in backbone.layers and min(height, width) >= LEAST_LINES * backbone.stride(layer)
    )
    margin = padded(max((backbone.margin(layer) + backbone.stride(layer) for layer in layers), default=1))
    around = cover(
        tile,
        repeat,
        height_px=padded(height + 2 * margin),
        width_px=padded(width + 2 * margin),
        top=-margin,
        left=-margin,
    )
    planes = to_planes(around).to(backbone.device)
    shares = (0.0, 0.5) if repeat == "mirror" else (0.0,)
    rows: dict[str, Lines] = {}
    columns: dict[str, Lines] = {}
    for name, maps in _looked_at(planes, layers, backbone, most_px):
        stride = 1 if name == PIXELS else backbone.stride(name)
        begin, down, across = margin // stride, height // stride, width // stride
        own = maps[:, begin - 1 : begin + down, begin - 1 : begin + across].float()
        mirrored = _mirrored(repeat, name)
        rows[name] = _profile(own[:, :, 1:], shares, mirrored=mirrored)
        columns[name] = _profile(own[:, 1:].transpose(1, 2), shares, mirrored=mirrored)
    both = (rows, columns)
    at_joins = [profile[_joins(profile, shares)].mean() for found in both for profile in found.values()]
    return Seam(float(np.mean(at_joins)), any(_shows(found, shares) for found in both))


def _joins(profile: Lines, shares: Sequence[float]) -> list[int]:
    return [round(share * len(profile)) for share in shares]


def _shows(profiles: Mapping[str, Lines], shares: Sequence[float]) -> bool:
    """Return whether a join is above most lines, in the pixels and in the first layer."""
    above = []
    for name in (PIXELS, SEAM_LAYERS[0]):
        if name in profiles:
            profile = profiles[name]
            joins = _joins(profile, shares)
            above.append(profile[joins] > np.percentile(np.delete(profile, joins), GATE_PERCENTILE))
    return bool(np.all(above, axis=0).any())


def _mirrored(repeat: Repeat, name: str) -> float:
    """Return how much of the step at a join is taken to the line beyond it."""
    if repeat != "mirror":
        return 0.0
    return 1.0 if name == PIXELS else 0.5


def _looked_at(
    planes: Tensor, layers: tuple[str, ...], backbone: Backbone, most_px: int | None
) -> Iterator[tuple[str, Tensor]]:
    """Yield the pixels and each layer's map, ``(C, h, w)``."""
    yield PIXELS, planes
    seen: dict[str, list[tuple[Window, Tensor]]] = {layer: [] for layer in layers}
    for window, features in looks(planes.unsqueeze(0), backbone, layers, most_px=most_px):
        for layer, maps in features.items():
            seen[layer].append((window, maps))
    for layer, parts in seen.items():
        yield layer, joined(parts)[0]


def _profile(lines: Tensor, shares: Sequence[float], *, mirrored: float) -> Lines:
    """Return how large the step before each line is, over what is usual in the tile and beside it.

    Args:
        lines: ``(C, n + 1, length)``: the last line of the tile before, and the tile's own.
        shares: where along the n lines the joins are.
        mirrored: how much of the step at a join is taken to the line beyond it.
    """
    steps = torch.linalg.vector_norm(lines[:, 1:] - lines[:, :-1], dim=0).mean(dim=1)
    found = steps.double().cpu().numpy()
    for join in _joins(found, shares) if mirrored else ():
        beyond = float(torch.linalg.vector_norm(lines[:, join + 2] - lines[:, join], dim=0).mean())
        found[join] += mirrored * (beyond - found[join])
    shifts = [shift for shift in range(-BESIDE, BESIDE + 1) if shift]
    beside = np.mean([np.roll(found, shift) for shift in shifts], axis=0)
    usual = np.maximum((found.mean() + beside) / 2, np.percentile(found, GATE_PERCENTILE) / HARD)
    profile = np.asarray((found + _FLAT) / (usual + _FLAT))
    joins = _joins(found, shares)
    for join, like in zip(joins, _usual_of_like(found, joins), strict=True):
        profile[join] = max(profile[join], min(1.0, (found[join] + _FLAT) / (like + _FLAT)))
    return profile


def _usual_of_like(steps: Lines, joins: Sequence[int]) -> list[float]:
    """Return for each join the median step of the lines far from all joins that lie as it does."""
    count = len(steps)
    away = np.abs(np.arange(count)[:, None] - np.array(joins))
    far = np.flatnonzero(np.minimum(away, count - away).min(axis=1) > max(CONTEXT, NEAR * count))
    beside = [shift for shift in range(-CONTEXT, CONTEXT + 1) if shift]
    contexts = np.stack([np.roll(steps, shift) for shift in beside], axis=1)
    found = []
    for join in joins:
        unlike = np.abs(contexts[far] - contexts[join]).mean(axis=1)
        likest = far[np.argsort(unlike, kind="stable")[:LIKEST]]
        found.append(float(np.median(steps[likest])) if len(likest) else np.inf)
    return found
