"""From a file's own colours to sRGB, through its ICC profile."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

# Pillow's channels by the colour space that a profile says it is made for.
_SPACES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
# One 8-bit level: what rounding alone can do to a colour.
_ROUNDING = 1


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return an image in sRGB, mode RGB, without its profile.

    Relative colorimetric with black point compensation, as browsers do it. A profile that is broken, or
    made for other channels than the image has, is ignored. A profile that means sRGB (by what it does to
    a lattice of colours, not by its name) leaves every byte as it is.

    Args:
        image: mode L, RGB, CMYK or LAB (which needs no profile).
        profile: ICC bytes or None.
    """
    transform = _transform(image.mode, profile)
    if transform is None:
        return image.convert("RGB")
    if image.mode == "RGB" and _changes_nothing(transform):
        return image
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ValueError("littleCMS converted in place although it was not asked to")
    return converted


def _transform(mode: str, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    if mode == "LAB":
        # The Lab of TIFF is D50, as the profile connection space is: no profile can say more.
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    elif profile is None or _SPACES.get(profile[16:20]) != mode:
        return None
    else:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        except OSError:
            return None
    try:
        return ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = np.linspace(0, 255, 16).round().astype(np.uint8)
    lattice = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(16, 256, 3)
    converted = ImageCms.applyTransform(Image.fromarray(lattice), transform)
    difference = np.asarray(converted).astype(np.int16) - lattice
    return int(np.abs(difference).max()) <= _ROUNDING
