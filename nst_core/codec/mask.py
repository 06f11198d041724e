"""Decode a garment's mask: white or opaque is garment, soft edges welcome."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nst_core.codec.picture import DEFAULT_LIMITS, DecodeLimits
from nst_core.codec.still import read_still, refusal

# Channels further apart than this, on more than this share of the pixels, are a photo and no mask.
_GREY_SPREAD = 40
_COLOURED_SHARE = 0.02


def decode_mask(
    data: bytes,
    *,
    name: str,
    limits: DecodeLimits = DEFAULT_LIMITS,
    shows: str = "the garment",
    may_be_empty: bool = False,
) -> NDArray[np.uint8]:
    """Decode a mask of any size.

    An image with transparency means its alpha; any other means its grey values. Profiles are ignored, since
    these are no colours. Masks that hold only 0 and 1 (as label tools write them) are taken as 0 and 255.

    Args:
        data: the file, of any format that ``decode`` takes.
        name: what to call it in a refusal.
        limits: how much is taken.
        shows: what is white in it, for refusals.
        may_be_empty: nothing white is taken too.

    Returns:
        ``(h, w)`` uint8, 255 = what it shows.

    Raises:
        ImageRefused: as ``decode``; ``mask_empty`` when no pixel is white, ``mask_coloured`` when the file
            is a picture in colours.
    """
    image = read_still(data, name=name, limits=limits).image
    mask = _alpha(image)
    if mask is None:
        if image.mode not in ("L", "LA"):
            _check_grey(image, name, shows)
        mask = np.array(image.convert("L"))
    highest = int(mask.max())
    if highest == 0 and not may_be_empty:
        raise refusal(name, "mask_empty", f"no pixel of the mask is {shows}", f"paint {shows} white on black")
    return mask * np.uint8(255) if highest == 1 else mask


def _alpha(image: Image.Image) -> NDArray[np.uint8] | None:
    if image.mode not in ("LA", "RGBA"):
        return None
    alpha = np.array(image.getchannel("A"))
    return None if int(alpha.min()) == 255 else alpha


def _check_grey(image: Image.Image, name: str, shows: str) -> None:
    channels = np.asarray(image.convert("RGB")).astype(np.int16)
    coloured = float((np.ptp(channels, axis=2) > _GREY_SPREAD).mean())
    if coloured > _COLOURED_SHARE:
        what = f"{coloured:.0%} of the mask's pixels are coloured, so it is a picture"
        raise refusal(name, "mask_coloured", what, f"paint {shows} white on black")
