"""From bytes to one loaded still image: surveyed, within limits, decoded by one known decoder, reduced."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from nst_core.codec.avif import survey_avif
from nst_core.codec.bmp import survey_bmp
from nst_core.codec.gif import survey_gif
from nst_core.codec.ifd import ORIENTATION
from nst_core.codec.jpeg import survey_jpeg
from nst_core.codec.picture import DecodeLimits
from nst_core.codec.png import survey_png
from nst_core.codec.sniff import AVIF, BMP, GIF, JPEG, PNG, TIFF, WEBP, explain_foreign, sniff
from nst_core.codec.survey import DamageError, Survey
from nst_core.codec.tiff import survey_tiff
from nst_core.codec.webp import survey_webp
from nst_core.errors import ImageRefused

# One decoder a kind, called directly: Image.open would try others, look for further photos in a JPEG, and
# warn about large images through the process-wide warning filters.
_KINDS: dict[str, tuple[Callable[[bytes], Survey], type[ImageFile]]] = {
    JPEG: (survey_jpeg, JpegImageFile),
    PNG: (survey_png, PngImageFile),
    WEBP: (survey_webp, WebPImageFile),
    TIFF: (survey_tiff, TiffImageFile),
    AVIF: (survey_avif, AvifImageFile),
    GIF: (survey_gif, GifImageFile),
    BMP: (survey_bmp, BmpImageFile),
}
_DECODED_AT_ONCE = {WEBP, AVIF, TIFF}
_SIXTEEN_BIT = {"I;16", "I;16L", "I;16B", "I;16N"}
_PLAIN = {"L", "LA", "RGB", "RGBA", "CMYK", "LAB"}
_ROWS_AT_ONCE = 256

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Still:
    """One decoded image, upright, in a plain mode (L, LA, RGB, RGBA, CMYK or LAB), with its profile."""

    image: Image.Image
    profile: bytes | None
    kind: str
    resized: bool


def read_still(data: bytes, *, name: str, limits: DecodeLimits) -> Still:
    """Decode the one image that a file holds.

    Raises:
        ImageRefused: with one of the codes that ``decode`` lists.
    """
    kind = _kind(data, name, limits)
    survey_file, decoder = _KINDS[kind]
    try:
        survey = survey_file(data)
    except DamageError as damage:
        raise refusal(name, damage.code, damage.what, damage.remedy) from damage
    except (struct.error, IndexError) as error:
        raise refusal(name, "truncated", "the file ends inside its header", "upload it again") from error
    _check_still(survey.frames, survey.pages, name)
    _check_size(survey.width_px, survey.height_px, kind, name, limits)
    if survey.scans * survey.width_px * survey.height_px > limits.max_scan_pixels:
        what = f"its {survey.width_px} × {survey.height_px} px come in {survey.scans} scans"
        raise refusal(name, "too_many_scans", what, "save it as an ordinary (baseline) JPEG")
    with _decoder_faults(name):
        image = decoder(io.BytesIO(survey.clean))
    # The decoder is asked too: what it sees must be within the limits as well.
    _check_still(getattr(image, "n_frames", 1) if kind in (WEBP, AVIF) else 1, 1, name)
    _check_size(*image.size, kind, name, limits)
    with _decoder_faults(name):
        _draft(image, limits)
        image.load()
        # Pillow tells the turn of an AVIF as the orientation of an EXIF block that it makes up.
        orientation = image.getexif().get(ORIENTATION) if kind == AVIF else survey.orientation
        reduced = _reduce(_plain(image, survey, name), survey, limits)
        upright = reduced.transpose(_TURNS[orientation]) if orientation in _TURNS else reduced
    profile = image.info.get("icc_profile")
    return Still(
        image=upright,
        profile=profile if isinstance(profile, bytes) and profile else None,
        kind=kind,
        resized=max(survey.width_px, survey.height_px) > limits.long_side_px,
    )


def refusal(name: str, code: str, what: str, remedy: str) -> ImageRefused:
    """Return the refusal of a file: which, what is wrong with it, what to do."""
    return ImageRefused(f"{name}: {what}; {remedy}", code=code, name=name)


def _kind(data: bytes, name: str, limits: DecodeLimits) -> str:
    if not data:
        raise refusal(name, "empty_file", "the file is empty", "upload it again")
    kind = sniff(data)
    if kind is None:
        code, what, remedy = explain_foreign(data)
        raise refusal(name, code, f"the file is {what}", remedy)
    if len(data) > limits.max_bytes:
        what = f"the file has {len(data) / 1e6:.0f} MB, more than {limits.max_bytes / 1e6:.0f}"
        raise refusal(name, "too_many_bytes", what, "save it smaller, or as JPEG")
    return kind


def _check_still(frames: int, pages: int, name: str) -> None:
    if frames > 1:
        raise refusal(name, "animated", "it is an animation", "export one frame as a still picture")
    if pages > 1:
        raise refusal(name, "multi_page", f"it has {pages} pages", "save the page that you mean alone")


def _check_size(width: int, height: int, kind: str, name: str, limits: DecodeLimits) -> None:
    size = f"it declares {width} × {height} px"
    most = limits.max_pixels_at_once if kind in _DECODED_AT_ONCE else limits.max_pixels
    if width < 1 or height < 1:
        raise refusal(name, "corrupt", size, "save or upload it again")
    if width * height > most:
        remedy = f"make it smaller than {most / 1e6:g} million pixels"
        raise refusal(name, "too_many_pixels", size, remedy)
    short, long = sorted((width, height))
    if short < limits.min_side_px:
        remedy = f"the shorter side must have {limits.min_side_px} px or more"
        raise refusal(name, "too_small", size, remedy)
    if long > limits.max_aspect * short:
        remedy = f"the longer side may be {limits.max_aspect:g} times the shorter: crop it"
        raise refusal(name, "too_elongated", size, remedy)


@contextmanager
def _decoder_faults(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises on broken bytes (almost anything) into a refusal."""
    try:
        yield
    except ImageRefused:
        raise
    except MemoryError as error:
        raise refusal(name, "too_many_pixels", "it does not fit into memory", "make it smaller") from error
    except Exception as error:
        if "truncated" in str(error):
            what = "the file ends before its image does"
            raise refusal(name, "truncated", what, "upload it again") from error
        what = f"the image data is damaged ({error})"
        raise refusal(name, "corrupt", what, "save or upload it again") from error


def _draft(image: ImageFile, limits: DecodeLimits) -> None:
    """Let a JPEG decode at a half, a quarter or an eighth where that is still large enough."""
    long = max(image.size)
    if long > limits.long_side_px:
        share = limits.long_side_px / long
        width, height = (max(1, int(side * share)) for side in image.size)
        image.draft(image.mode, (width, height))


def _plain(image: Image.Image, survey: Survey, name: str) -> Image.Image:
    """Return the image in one of the plain modes, its transparency as a channel."""
    if image.mode in _SIXTEEN_BIT:
        return _eight_bits(image)
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        key = image.info["transparency"]
        if survey.bits == 16 and isinstance(key, tuple):
            # The decoder has dropped the low bytes of 16-bit colours, so the key drops them too.
            image.info["transparency"] = tuple(part >> 8 for part in key)
        return image.convert("RGBA" if image.mode == "RGB" else "LA")
    target = {"1": "L", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB"}.get(image.mode)
    if target is not None:
        return image.convert(target)
    if image.mode not in _PLAIN:
        what = f"its samples ({image.mode}, {survey.bits} bits) are none that we take"
        raise refusal(name, "unsupported_format", what, "save it with 8 or 16 bits per channel")
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return 16-bit grey as L, or LA where one grey is declared transparent; rounded, not cut."""
    deep = np.asarray(image)
    grey = np.empty(deep.shape, np.uint8)
    for top in range(0, deep.shape[0], _ROWS_AT_ONCE):
        rows = deep[top : top + _ROWS_AT_ONCE].astype(np.uint32)
        grey[top : top + _ROWS_AT_ONCE] = (rows + 128) // 257
    key = image.info.get("transparency")
    plane = Image.fromarray(grey)
    if not isinstance(key, int):
        return plane
    return Image.merge("LA", (plane, Image.fromarray(np.where(deep == key, 0, 255).astype(np.uint8))))


def _reduce(image: Image.Image, survey: Survey, limits: DecodeLimits) -> Image.Image:
    long = max(survey.width_px, survey.height_px)
    if long <= limits.long_side_px:
        return image
    share = limits.long_side_px / long
    size = (max(1, round(survey.width_px * share)), max(1, round(survey.height_px * share)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
