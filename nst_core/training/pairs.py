"""Pairs to learn refining from: laid cloth, its light and mask, and the same cloth as a recipe left it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import safetensors
import safetensors.torch
import torch
import torch.nn.functional as nnf
from numpy.typing import NDArray
from torch import Tensor

from configs.recipe import Recipe
from nst_core.batches import canvas_of
from nst_core.design import Prepared
from nst_core.errors import EngineError, ImageRefused, NonFinite
from nst_core.optimise import optimise
from nst_core.planes import SIZE_MULTIPLE, to_planes
from nst_core.sight import Sight
from nst_core.training.photos import Photos, kept_apart

# Shading is stored as a share of this; the recipes that come along clip it at 1.6.
SHADING_MOST = 2.0
PLANES = 11
_KEY = "pair"

PairPlanes = NDArray[np.uint8]
"""``(h, w, 11)``, 0 to 255: cloth as it lies, shading, mask, cloth as it was left, flat cloth.

The steps of `toile` change colours by 3 to 8 levels on average; half a level is what rounding costs.
"""


@dataclass(frozen=True, eq=False)
class Pairs:
    """A batch of pairs, float32.

    Args:
        laid: ``(B, 3, H, W)`` in [0, 1], cloth as it lies on the garment.
        shading: ``(B, 1, H, W)``.
        mask: ``(B, 1, H, W)`` in [0, 1].
        teacher: ``(B, 3, H, W)`` in [0, 1], the cloth as the teacher's steps left it, not relit.
        flat: ``(B, 3, H, W)`` in [0, 1], a piece of the cloth before it was laid.
    """

    laid: Tensor
    shading: Tensor
    mask: Tensor
    teacher: Tensor
    flat: Tensor

    @classmethod
    def of(cls, planes: Tensor) -> Pairs:
        """Return what ``(B, 11, H, W)`` in [0, 1] hold, drawn as photos are."""
        laid, shading, mask, teacher, flat = torch.split(planes, [3, 1, 1, 3, 3], 1)
        return cls(laid, shading * SHADING_MOST, mask, teacher, flat)


def teacher_pair(one: Prepared, recipe: Recipe, sight: Sight, *, side_px: int) -> PairPlanes:
    """Return what a recipe's steps make of a prepared design, beside what they began with.

    Args:
        one: a garment in cloth, prepared with ``recipe`` for a ``size_px`` of no more than ``side_px``.
        recipe: the teacher, which starts from laid cloth, as `toile`.
        sight: the backbone's.
        side_px: of the square that pairs fill; below and to the right of the garment its mask is 0.

    Raises:
        EngineError: the design has no garment or shading, or the recipe takes no steps from cloth.
        NonFinite: its steps left the real numbers.
    """
    part = recipe.optimise
    found = one.mask is not None and one.mask.source != "none"
    if part is None or part.start != "cloth" or one.shading is None or not found:
        raise EngineError(
            f"design {one.design_id} teaches nothing: {recipe.name} has to optimise from cloth, on a garment "
            f"that was found and has a shading"
        )
    backbone = sight.backbone(recipe.backbone)
    targets = partial(sight.style_targets, part=part, backbone=backbone, most_px=None)
    canvas = canvas_of([one], part, targets, sight.device)
    done = optimise(canvas, part, backbone)
    if canvas.shading is None or canvas.mask is None or not bool(done.finite.all()):
        raise NonFinite(f"the steps of {recipe.name} left the real numbers on design {one.design_id}")
    whole = to_planes(one.style)[None].to(sight.device)
    planes = [
        _fitted(canvas.start, side_px, "replicate"),
        _fitted((canvas.shading / SHADING_MOST).clamp(0, 1), side_px, "replicate"),
        _fitted(canvas.mask, side_px, "constant"),
        _fitted(done.images, side_px, "replicate"),
        _fitted(whole, side_px, "reflect"),
    ]
    levels = torch.cat(planes, 1)[0].permute(1, 2, 0).mul(255).round()
    return levels.cpu().numpy().astype(np.uint8)


def pair_bytes(planes: PairPlanes) -> bytes:
    """Return a pair as the bytes of a safetensors file."""
    return safetensors.torch.save({_KEY: torch.from_numpy(np.ascontiguousarray(planes))})


def load_pairs(
    files: Iterable[tuple[str, bytes]],
    *,
    crop_px: int,
    held_out: int,
    most_broken: float,
    seed: int,
    broken: Sequence[str] = (),
) -> Photos:
    """Read pairs and keep some of them out of the training; drawn as photos of 11 planes are.

    Squares are cut where the engine's boxes begin, at multiples of 16 px: what steps change depends on where
    pooling cuts the picture.

    Args:
        files: names and bytes from :func:`pair_bytes`; the names' order decides nothing.
        crop_px: side of the squares that will be cut.
        held_out, most_broken, seed, broken: as for photos.

    Raises:
        TrainingImpossible: as for photos.
    """
    read = partial(_read, crop_px=crop_px)
    return kept_apart(
        files,
        read,
        held_out=held_out,
        most_broken=most_broken,
        seed=seed,
        broken=broken,
        grid_px=SIZE_MULTIPLE,
    )


def _read(name: str, data: bytes, *, crop_px: int) -> PairPlanes:
    try:
        planes: PairPlanes = safetensors.torch.load(data)[_KEY].numpy()
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError, TypeError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise ImageRefused(
            f"{name} is no pair ({first}); delete it, and it is made anew", code="pair", name=name
        ) from None
    if (
        planes.dtype != np.uint8
        or planes.ndim != 3
        or planes.shape[2] != PLANES
        or min(planes.shape[:2]) < crop_px
    ):
        raise ImageRefused(
            f"{name} holds {planes.shape}, a pair for squares of {crop_px} px is at least ({crop_px}, "
            f"{crop_px}, {PLANES}); delete it, and it is made anew",
            code="pair",
            name=name,
        )
    return planes


def _fitted(planes: Tensor, side_px: int, mode: str) -> Tensor:
    """Return planes in a square: cut, or padded below and to the right."""
    planes = planes[..., :side_px, :side_px]
    while (lacks := (side_px - planes.shape[-2], side_px - planes.shape[-1])) != (0, 0):
        # A reflection is at most as long as what is reflected: once more where that is not enough.
        down, right = (
            min(lack, side - 1) if mode == "reflect" else lack
            for lack, side in zip(lacks, planes.shape[-2:], strict=True)
        )
        planes = nnf.pad(planes, (0, right, 0, down), mode=mode)
    return planes
