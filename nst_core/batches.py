"""Prepared designs beside each other, each cut to its box, as tensors: photos, cloth, light, masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from configs.recipe import OptimisePart
from nst_core.design import Prepared, RgbFloat, StyleRegion
from nst_core.losses import Region
from nst_core.optimise import Canvas, StyleTargets, noise_start
from nst_core.planes import pad, padded, to_planes


def groups_of_one_size(prepared: Sequence[Prepared]) -> Iterator[list[int]]:
    """Yield the places of designs that can be painted together."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, one in enumerate(prepared):
        groups.setdefault(one.canvas_px, []).append(index)
    yield from groups.values()


def canvas_of(
    batch: Sequence[Prepared],
    part: OptimisePart,
    targets: Callable[[Prepared | StyleRegion], StyleTargets],
    device: torch.device,
) -> Canvas:
    """Return what designs of one size start from, on a device; ``targets`` are their styles'."""
    shading, mask = light(batch), masks(batch)
    return Canvas(
        start=starts(batch, part).to(device),
        content=contents(batch).to(device),
        styles=[targets(one) for one in batch],
        regions=_regions(batch, targets, device),
        shading=None if shading is None else shading.to(device),
        mask=None if mask is None else mask.to(device),
        seeds=tuple(one.seed for one in batch),
        picture_px=batch[0].canvas_px[2:],
        repeat=batch[0].repeat,
    )


def contents(batch: Sequence[Prepared]) -> Tensor:
    """Return the photos ``(B, 3, H, W)``."""
    return _cut(batch, lambda one: pad(to_planes(one.content), "replicate"))


def starts(batch: Sequence[Prepared], part: OptimisePart) -> Tensor:
    """Return what the steps start from, ``(B, 3, H, W)``: cloth as it lies on garments, photos, or noise."""
    if part.start == "content":
        return contents(batch)
    if part.start == "cloth":
        return laid_in_box(batch)
    return _cut(batch, _noise)


def laid_in_box(batch: Sequence[Prepared]) -> Tensor:
    """Return cloth as it lies on garments, or the tiles as they are laid out, ``(B, 3, H, W)``."""
    return _cut(batch, laid)


def light(batch: Sequence[Prepared]) -> Tensor | None:
    """Return the shading that the losses see, ``(B, 1, H, W)``; None for a recipe that reads none."""
    if any(one.shading is None for one in batch):
        return None
    return _cut(batch, _folds)


def masks(batch: Sequence[Prepared]) -> Tensor | None:
    """Return where designs are painted, ``(B, 1, H, W)`` in [0, 1]; None: everywhere in all."""
    if all(one.alpha is None for one in batch):
        return None
    return _cut(batch, _mask)


def region_masks(batch: Sequence[Prepared], index: int) -> Tensor:
    """Return where a region of designs with several styles is, ``(B, 1, H, W)``.

    A design of one style has all of its picture in the first region.
    """

    def mask(one: Prepared) -> Tensor:
        if index < len(one.regions):
            return plane(one.regions[index].mask, "replicate")
        return plane(np.full(one.shape_px, index == 0 and not one.regions, np.float32), "replicate")

    return _cut(batch, mask)


def style_shares(batch: Sequence[Prepared]) -> Tensor | None:
    """Return what each style has of each place, ``(B, S, H, W)``, or ``(B, S, 1, 1)`` without regions.

    Designs of the same styles, which all have several or all one: None.
    """
    if not batch[0].shares:
        return None
    shares = torch.tensor([one.shares for one in batch])
    if not batch[0].regions:
        return shares[:, 0, :, None, None]
    masks = torch.stack([region_masks(batch, index) for index in range(shares.shape[1])])
    return torch.einsum("rbhw,brs->bshw", masks[:, :, 0], shares)


def laid(one: Prepared) -> Tensor:
    """Return a design's cloth as it lies on the whole picture, ``(3, H, W)``, padded.

    Raises:
        ValueError: the design was prepared for a recipe without cloth.
    """
    if one.laid is None:
        raise ValueError(f"design {one.design_id} has no cloth: prepare it with the recipe that paints it")
    return pad(to_planes(one.laid), "replicate")


def plane(values: RgbFloat, mode: str) -> Tensor:
    """Return ``(H, W)`` as ``(1, H, W)``, padded; ``mode`` as torch calls it."""
    return pad(torch.from_numpy(values)[None], mode)


def _regions(
    batch: Sequence[Prepared],
    targets: Callable[[Prepared | StyleRegion], StyleTargets],
    device: torch.device,
) -> list[Region]:
    """Return the regions of a batch: a design of one style has it all in the first."""
    regions = []
    for index in range(max(len(one.regions) for one in batch)):
        own = [one.regions[index] if index < len(one.regions) else one for one in batch]
        regions.append(Region(region_masks(batch, index).to(device), [targets(one) for one in own]))
    return regions


def _cut(batch: Sequence[Prepared], planes_of: Callable[[Prepared], Tensor]) -> Tensor:
    return torch.stack([one.box.of(planes_of(one)) for one in batch])


def _noise(one: Prepared) -> Tensor:
    height, width = (padded(side) for side in one.shape_px)
    return noise_start((1, 3, height, width), [one.seed])[0]


def _folds(one: Prepared) -> Tensor:
    if one.shading is None:
        raise ValueError(f"design {one.design_id} has no shading: prepare it with the recipe that paints it")
    values = plane(one.shading.values, "replicate")
    # The outlines of a drawing are ink, not folds, and stay out.
    return torch.ones_like(values) if one.shading.kind == "drawing" else values


def _mask(one: Prepared) -> Tensor:
    if one.alpha is None:
        return torch.ones(1, *(padded(side) for side in one.shape_px))
    # Without a garment the padding is painted as the picture is.
    return plane(one.alpha, "replicate" if one.mask is None else "constant")
