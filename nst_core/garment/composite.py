"""Composite: the painted garment back into its photo, without a rim of the old colour."""

from __future__ import annotations

import numpy as np

from nst_core.garment.pixels import Image, Rgb, floats, unit
from nst_core.garment.spread import broadly_blurred


def composite(picture: Rgb | Image, content: Rgb, alpha: Image, *, beneath: Image | None = None) -> Rgb:
    """Lay the painted garment over the content image.

    Pixels of the soft edge hold a mixture of the ground and the *old* garment; blending over
    them would leave a halo of the old colour. There the ground is carried in from where the
    mask is 0 before the new garment is laid over it.

    Args:
        picture: ``(H, W, 3)``, sRGB; uint8, or float32 in [0, 1].
        content: ``(H, W, 3)``, sRGB.
        alpha: ``(H, W)`` in [0, 1].
        beneath: what :func:`ground_beneath` gave for them; None: it is worked out.

    Returns:
        ``(H, W, 3)``; where ``alpha`` is 0 the content bit for bit, where it is 1 the picture.
    """
    painted = floats(picture) / 255 if picture.dtype == np.uint8 else floats(picture)
    weight = floats(alpha)[..., None]
    if ((alpha > 0) & (alpha < 1)).any():
        ground = ground_beneath(content, alpha) if beneath is None else beneath
        painted = weight * painted + (1 - weight) * ground
    result = np.asarray(np.clip(painted * 255 + 0.5, 0, 255), dtype=np.uint8)
    return np.where(weight > 0, result, content)


def ground_beneath(content: Rgb, alpha: Image) -> Image:
    """Return the ground ``(H, W, 3)`` in [0, 1], carried in under a garment's soft edge.

    Near pixels come first; where no ground is near, it is the content itself.
    """
    photo = unit(content)
    free = floats(alpha <= 0)
    carried, done = np.zeros_like(photo), np.zeros_like(free)
    for spread in (1, 2, 4):
        sigma = spread * max(alpha.shape) / 256
        support = broadly_blurred(free, sigma)
        carrying = broadly_blurred(photo * free[..., None], sigma)
        share = (1 - done) * np.clip(support / 0.1, 0, 1)
        carried += (share / np.maximum(support, 1e-6))[..., None] * carrying
        done += share
    return floats(carried + (1 - done)[..., None] * photo)
