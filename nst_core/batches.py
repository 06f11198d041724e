"""Prepared designs of one size beside each other, as tensors: cloth, light, masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from nst_core.design import Prepared
from nst_core.planes import pad, to_planes


def groups_of_one_size(prepared: Sequence[Prepared]) -> Iterator[list[int]]:
    """Yield the places of designs that can be painted together."""
    groups: dict[tuple[int, int], list[int]] = {}
    for index, one in enumerate(prepared):
        groups.setdefault((one.shape_px[0], one.shape_px[1]), []).append(index)
    yield from groups.values()


def laid(batch: Sequence[Prepared]) -> Tensor:
    """Return the cloth of designs that have one, as it lies on the garments: ``(B, 3, H, W)``, padded."""
    cloths = [one.laid for one in batch if one.laid is not None]
    return pad(torch.stack([to_planes(cloth) for cloth in cloths]), "replicate")


def light(batch: Sequence[Prepared], device: torch.device) -> Tensor | None:
    """Return the garments' shading ``(B, 1, H, W)``, padded; None for a recipe that reads none."""
    values = [torch.from_numpy(one.shading.values)[None] for one in batch if one.shading is not None]
    return pad(torch.stack(values), "replicate").to(device) if values else None


def folds_only(batch: Sequence[Prepared], shading: Tensor) -> Tensor:
    """Return the shading that the losses see: the outlines of a drawing are ink, not folds, and stay out."""
    drawn = [one.shading is not None and one.shading.kind == "drawing" for one in batch]
    if not any(drawn):
        return shading
    return torch.where(torch.tensor(drawn, device=shading.device).view(-1, 1, 1, 1), 1.0, shading)


def masks(batch: Sequence[Prepared], device: torch.device) -> Tensor | None:
    """Return where designs are painted, ``(B, 1, H, W)`` in [0, 1], padded; None: everywhere in all."""
    if all(one.alpha is None for one in batch):
        return None
    alphas = [
        torch.ones(1, *one.shape_px) if one.alpha is None else torch.from_numpy(one.alpha)[None]
        for one in batch
    ]
    # Without a garment the padding is painted as the picture is.
    mode = "replicate" if batch[0].mask is None else "constant"
    return pad(torch.stack(alphas), mode).to(device)
