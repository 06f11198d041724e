"""From a painted box to the finished design: relit, in its photo, with the controls that hold afterwards."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from configs.recipe import Recipe
from nst_core.backbones import Area
from nst_core.batches import laid, plane
from nst_core.colour import chroma_kept
from nst_core.design import Prepared, RgbFloat, RgbImage
from nst_core.garment import composite, relight
from nst_core.garment.pixels import floats, unit
from nst_core.planes import pad, padded, to_planes
from nst_core.strength import plain_cloth, weakened


def finished(one: Prepared, painted: Tensor, recipe: Recipe, *, beneath: RgbFloat | None = None) -> RgbImage:
    """Return a painted box ``(3, h, w)``, cloth or picture, relit, as the controls want it, in its photo.

    ``beneath`` is the ground under its soft edge, where that is known: many colorways have one.
    """
    controls = recipe.controls
    shading = None if one.shading is None else plane(one.shading.values, "replicate").to(painted.device)
    flat = _as_image(_relit(in_picture(one, painted), shading), one)
    if controls.keep_colours == "luma" and recipe.cloth is None:
        flat = chroma_kept(flat, unit(one.content))
    image = _composite(flat, one, beneath)
    if controls.strength == 1:
        return image
    plain = None
    if recipe.cloth is not None and recipe.garment is not None and one.alpha is not None:
        cloth = pad(to_planes(plain_cloth(one.content, one.alpha)), "replicate").to(painted.device)
        plain = _composite(_as_image(_relit(cloth, shading), one), one, beneath)
    return weakened(image, one.content, plain, controls.strength)


def in_picture(one: Prepared, painted: Tensor) -> Tensor:
    """Return a painted box in its whole picture ``(3, H, W)``, padded: around it the cloth as it was laid.

    Where a design has no cloth the photo is around it. Nothing of either is seen: the mask lies in the box.
    """
    if one.box == Area(0, 0, *(padded(side) for side in one.shape_px)):
        return painted
    around = pad(to_planes(one.content), "replicate") if one.laid is None else laid(one)
    picture = around.to(painted.device)
    one.box.of(picture).copy_(painted)
    return picture


def _relit(picture: Tensor, shading: Tensor | None) -> Tensor:
    return picture if shading is None else relight(picture[None], shading[None])[0]


def _as_image(picture: Tensor, one: Prepared) -> RgbFloat:
    height, width = one.shape_px
    flat = picture[:, :height, :width].permute(1, 2, 0).float().cpu().numpy()
    return floats(np.clip(flat, 0, 1))


def _composite(flat: RgbFloat, one: Prepared, beneath: RgbFloat | None) -> RgbImage:
    if one.alpha is None:
        return np.rint(flat * 255).astype(np.uint8)
    return composite(flat, one.content, one.alpha, beneath=beneath)
