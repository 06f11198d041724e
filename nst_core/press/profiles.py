"""ICC profiles: a picture in a printer's values, how that looks on a screen, and which colours are lost."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from nst_core.errors import PressRefused
from nst_core.inks import delta_e

# What a picture can be brought into, and what other profiles are for.
_CLASSES = {"mntr": "screen", "prtr": "printer", "spac": "colour space"}
_OTHERS = {"scnr": "of a scanner or camera", "link": "a link between two devices", "abst": "an effect"}
# The largest of mills have some 5 MB.
MOST_BYTES = 64_000_000
_SPACES = {"RGB": "RGB", "CMYK": "CMYK"}
# ΔE2000 between a colour and what the printer makes of it, from which it counts as out of its gamut: rounding
# to 8 bits twice stays under it.
OUT_OF_GAMUT = 4.0
# Which colours are lost is as well seen on a small copy.
_LOOKED_AT_PX = 1024
_ROWS_AT_ONCE = 512

Values = NDArray[np.uint8]


@dataclass(frozen=True)
class Profile:
    """A profile that pictures can be brought into.

    Attributes:
        data: the file's bytes.
        name: what it calls itself.
        space: ``RGB`` or ``CMYK``.
        kind: ``screen``, ``printer`` or ``colour space``.
    """

    data: bytes
    name: str
    space: str
    kind: str


@dataclass(frozen=True, eq=False)
class GamutCheck:
    """How a picture looks when it is printed, and how much ink lies on the cloth.

    Attributes:
        proof: ``(h, w, 3)`` uint8, sRGB: the file's own values as the printer shows them.
        lost: ``(h, w)`` bool, where the printer cannot make the colour.
        ink: ``(h, w)`` float32, all inks together: 4 is four full layers; None of an RGB profile, whose inks
            only its printer knows.
    """

    proof: Values
    lost: NDArray[np.bool_]
    ink: NDArray[np.float32] | None = None

    @property
    def share(self) -> float:
        """Of the pixels, those that the printer cannot make."""
        return float(self.lost.mean())


def read_profile(data: bytes, *, name: str) -> Profile:
    """Read a profile and see whether pictures can be printed with it.

    Raises:
        PressRefused: ``profile_broken``, ``profile_class``, ``profile_space``; the message names the file and
            says what to do.
    """
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(data)).profile
        kind, space = found.device_class.strip(), found.xcolor_space.strip()
        told = " ".join((found.profile_description or "").split()) or name
        # Where there is no table of its own for our intent, littleCMS takes the perceptual one, as others do.
        prints = any(
            found.is_intent_supported(intent, ImageCms.Direction.OUTPUT)
            for intent in (ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Intent.PERCEPTUAL)
        )
    except (OSError, ImageCms.PyCMSError, TypeError, ValueError) as error:
        raise PressRefused(
            f"{name} is no ICC profile that can be read ({len(data):,} bytes); ask the mill again for the "
            ".icc file of its printer and cloth",
            code="profile_broken",
            name=name,
        ) from error
    if space not in _SPACES:
        raise PressRefused(
            f"{name} is a profile of {space or 'no colour space'}; cloth is printed from RGB or CMYK: ask "
            "the mill for such a one",
            code="profile_space",
            name=name,
        )
    if kind not in _CLASSES:
        raise PressRefused(
            f"{name} is {_OTHERS.get(kind, f'of class {kind!r}')} and no printer's profile: pictures cannot "
            "be brought into it; ask the mill for its output profile",
            code="profile_class",
            name=name,
        )
    if not prints:
        raise PressRefused(
            f"{name} has no table from colours to {space} values, only the way back: it can be looked at and "
            "not printed with; ask the mill for its output profile",
            code="profile_class",
            name=name,
        )
    return Profile(data, told, space, _CLASSES[kind])


def in_profile(rgb: Values, profile: Profile) -> Values:
    """Return an sRGB picture ``(H, W, 3)`` uint8 in a profile's values, ``(H, W, 3)`` or ``(H, W, 4)`` uint8.

    Relative colorimetric with black point compensation: colours that can be printed stay as they are.

    Raises:
        PressRefused: ``profile_broken``: its tables cannot be used.
    """
    if profile.data == SRGB.data:
        return rgb
    return _converted(rgb, SRGB, profile, ImageCms.Flags.BLACKPOINTCOMPENSATION)


def gamut_check(rgb: Values, profile: Profile) -> GamutCheck:
    """Return how an sRGB picture ``(H, W, 3)`` uint8 looks in print, seen at 1,024 px at most.

    A colour is lost where ΔE2000 between it and its print is above 4, both without black point compensation:
    with it, the deepest black of any cloth would pass for black.

    Raises:
        PressRefused: ``profile_broken``: its tables cannot be used.
    """
    height, width = rgb.shape[:2]
    share = min(1.0, _LOOKED_AT_PX / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    there = _converted(small, SRGB, profile, ImageCms.Flags.NONE)
    back = _converted(there, profile, SRGB, ImageCms.Flags.NONE)
    printed = in_profile(small, profile)
    return GamutCheck(
        _converted(printed, profile, SRGB, ImageCms.Flags.NONE),
        np.asarray(delta_e(back, small) > OUT_OF_GAMUT),
        printed.sum(axis=-1, dtype=np.float32) / 255 if profile.space == "CMYK" else None,
    )


def _converted(values: Values, source: Profile, target: Profile, flags: ImageCms.Flags) -> Values:
    try:
        way = ImageCms.buildTransform(
            _opened(source),
            _opened(target),
            source.space,
            target.space,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=flags,
        )
    except ImageCms.PyCMSError as error:
        raise PressRefused(
            f"the tables of profile {target.name!r} cannot be used ({error}); ask the mill for it again",
            code="profile_broken",
            name=target.name,
        ) from error
    result = np.empty((*values.shape[:2], len(target.space)), np.uint8)
    for begin in range(0, len(values), _ROWS_AT_ONCE):
        rows = Image.fromarray(np.ascontiguousarray(values[begin : begin + _ROWS_AT_ONCE]), source.space)
        result[begin : begin + _ROWS_AT_ONCE] = np.asarray(ImageCms.applyTransform(rows, way))
    return result


def _opened(profile: Profile) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile.data))


def _srgb() -> Profile:
    # Its time of making is the only thing in it that changes; equal files want equal profiles.
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes((7, 234, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
    data[84:100] = bytes(16)
    return Profile(bytes(data), "sRGB", "RGB", "screen")


SRGB = _srgb()
