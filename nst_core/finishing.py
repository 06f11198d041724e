"""From a painted picture to the finished design: in its photo, with the controls that hold after painting."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from configs.recipe import Recipe
from nst_core.colour import chroma_kept
from nst_core.design import Prepared, RgbFloat, RgbImage
from nst_core.garment import composite, relight
from nst_core.garment.pixels import floats, unit
from nst_core.planes import pad, to_planes
from nst_core.strength import plain_cloth, weakened


def finished(one: Prepared, picture: Tensor, shading: Tensor | None, recipe: Recipe) -> RgbImage:
    """Return a painted and relit picture ``(3, H, W)`` as the controls want it, in its photo."""
    controls = recipe.controls
    flat = _as_image(picture, one)
    if controls.keep_colours == "luma" and recipe.cloth is None:
        flat = chroma_kept(flat, unit(one.content))
    image = _composite(flat, one)
    if controls.strength == 1:
        return image
    plain = None
    if recipe.cloth is not None and recipe.garment is not None and one.alpha is not None:
        cloth = to_planes(plain_cloth(one.content, one.alpha))[None]
        relit = cloth if shading is None else relight(pad(cloth, "replicate").to(shading.device), shading)
        plain = _composite(_as_image(relit[0], one), one)
    return weakened(image, one.content, plain, controls.strength)


def _as_image(picture: Tensor, one: Prepared) -> RgbFloat:
    height, width = one.shape_px
    flat = picture[:, :height, :width].permute(1, 2, 0).float().cpu().numpy()
    return floats(np.clip(flat, 0, 1))


def _composite(flat: RgbFloat, one: Prepared) -> RgbImage:
    if one.alpha is None:
        return np.rint(flat * 255).astype(np.uint8)
    return composite(flat, one.content, one.alpha)
