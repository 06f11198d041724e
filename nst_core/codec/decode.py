"""Decode a photo or a textile: any file that a catalog may hold, to upright sRGB over a matte.

Codes of a refusal (``ImageRefused.code``):

================== ==========================================================================
empty_file         no bytes
not_an_image       text, a web page, or nothing that we know
svg                a drawing without pixels
unsupported_format HEIF, ICO, PSD, PDF, JPEG XL, JPEG 2000, BigTIFF, camera raw, 32-bit samples
truncated          the file ends before its image
corrupt            it contradicts its own format
too_many_bytes     larger than ``max_bytes``
too_many_pixels    declares more than ``max_pixels`` (decompression bombs), before decoding
too_many_scans     a progressive JPEG that passes over its pixels too often
too_small          shorter side under ``min_side_px``
too_elongated      longer side more than ``max_aspect`` times the shorter
animated           GIF, APNG, WebP or AVIF with more than one frame
multi_page         TIFF with more than one full page (thumbnails and masks are no pages)
transparent        nothing in it can be seen
================== ==========================================================================

Decisions: of an MPO (a camera's stereo or burst JPEG) the first photo is taken. A colour profile that is
broken or made for other channels is ignored. CMYK without a profile becomes RGB by the plain formula, which
is more garish than any press. AVIF without an ICC profile counts as sRGB. Samples of 16 bits become 8.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from nst_core.codec.colour import to_srgb
from nst_core.codec.picture import DEFAULT_LIMITS, DecodeLimits, Picture
from nst_core.codec.still import read_still, refusal

WHITE = (255, 255, 255)


def decode(
    data: bytes,
    *,
    name: str,
    matte: tuple[int, int, int] = WHITE,
    limits: DecodeLimits = DEFAULT_LIMITS,
) -> Picture:
    """Decode one image.

    Safe to call from many threads: nothing process-wide is read or changed.

    Args:
        data: the file.
        name: what to call it in a refusal: its key or path.
        matte: sRGB colour, 0..255, under transparent pixels; blended in sRGB as browsers do.
        limits: how much is taken.

    Raises:
        ImageRefused: with one of the codes above.
    """
    still = read_still(data, name=name, limits=limits)
    image, alpha = _split_alpha(still.image)
    if alpha is not None and alpha.getextrema()[1] == 0:
        raise refusal(name, "transparent", "all of it is transparent", "save it with what should be seen")
    rgb = to_srgb(image, still.profile)
    if alpha is not None:
        rgb = Image.composite(rgb, Image.new("RGB", rgb.size, matte), alpha)
    return Picture(
        rgb=np.array(rgb),
        alpha=None if alpha is None else np.array(alpha),
        format=still.kind,
        resized=still.resized,
    )


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return the colour and the alpha of an image, None where all of it is opaque."""
    if image.mode not in ("LA", "RGBA"):
        return image, None
    alpha = image.getchannel("A")
    colour = image.convert("L" if image.mode == "LA" else "RGB")
    return colour, None if alpha.getextrema()[0] == 255 else alpha
