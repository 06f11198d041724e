"""From a file that anybody may have put into a catalog to a small WebP, in bounded memory."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image, ImageCms, ImageOps
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from catalogs.gallery.errors import PictureRefused
from catalogs.sniff import looks_like, picture_format

MAX_FILE_BYTES = 64 << 20
# All pictures that are being decoded together.
MEMORY_BYTES = 200 << 20
QUALITY = 84
_PAPER = (255, 255, 255)
_LARGEST_PROFILE_BYTES = 4 << 20
# One decoder a kind, called directly: Image.open would try others and look for further photos in a JPEG.
_DECODERS: dict[str, Callable[[io.BytesIO], ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
    "tiff": TiffImageFile,
    "avif": AvifImageFile,
    "bmp": BmpImageFile,
}
# Bytes a pixel at the peak: what Pillow keeps, and the canvases of decoders that work on the whole picture.
_BYTES_OF_MODE = {"1": 2, "L": 1, "P": 5, "PA": 8, "LA": 8, "RGBA": 8, "I;16": 7, "I;16B": 7}
_BYTES_OF_KIND = {"webp": 16, "avif": 16, "tiff": 8}
_BYTES_OF_PROGRESSIVE = 6
_TO_EIGHT_BITS = [(value + 128) // 257 for value in range(65_536)]
_SRGB = ImageCms.createProfile("sRGB")
_log = logging.getLogger(__name__)


class Room:
    """Lets so many bytes be worked with at once; who needs more than is free waits."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._given_back = threading.Condition()

    @contextmanager
    def taken(self, count: int) -> Iterator[None]:
        """Hold ``count`` bytes, at most all there are."""
        count = min(count, self._size)
        with self._given_back:
            self._given_back.wait_for(lambda: self._free >= count)
            self._free -= count
        try:
            yield
        finally:
            with self._given_back:
                self._free += count
                self._given_back.notify_all()


_room = Room(MEMORY_BYTES)


def small_webp(data: bytes, side_px: int) -> bytes:
    """Return a picture as WebP: upright, sRGB, on white, its longer side at most ``side_px``.

    Never takes more than about 200 MB, whatever the file is; many at once take no more than one.

    Raises:
        PictureRefused: no picture, an animation, cut short, damaged, or too large to be shown.
    """
    kind = picture_format(data)
    if kind not in _DECODERS:
        raise PictureRefused(f"the file is {kind or looks_like(data) if data else 'empty'}")
    with _faults():
        image = _DECODERS[kind](io.BytesIO(data))
        if kind != "tiff" and getattr(image, "n_frames", 1) > 1:
            raise PictureRefused("it is an animation")
        needed = _needed(image, kind, side_px)
        if needed > MEMORY_BYTES:
            raise PictureRefused(f"{image.width} × {image.height} px are too many to be shown")
        with _room.taken(needed):
            return _encoded(_small(image, side_px))


def _needed(image: ImageFile, kind: str, side_px: int) -> int:
    """Return how many bytes decoding takes at most; a JPEG is told to come small."""
    pixels = image.width * image.height
    if kind == "jpeg":
        whole = pixels * _BYTES_OF_PROGRESSIVE if image.info.get("progressive") else 0
        image.draft(image.mode, (2 * side_px, 2 * side_px))
        return whole + image.width * image.height * 4
    return pixels * max(_BYTES_OF_MODE.get(image.mode, 4), _BYTES_OF_KIND.get(kind, 0))


def _small(image: Image.Image, side_px: int) -> Image.Image:
    image.load()
    profile = image.info.get("icc_profile")
    turned = image.getexif()
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(_TO_EIGHT_BITS, "L")
    elif image.mode in ("P", "PA", "1") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image.getexif().update(turned)
    image = ImageOps.exif_transpose(image)
    alpha = image.getchannel("A") if "A" in image.getbands() else None
    shown = _in_srgb(image.convert("RGB") if alpha else image, profile)
    if alpha is not None:
        shown = Image.composite(shown, Image.new("RGB", shown.size, _PAPER), alpha)
    return shown


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Return a picture in the colours of a screen; a profile that is broken or of other channels is left."""
    if isinstance(profile, bytes) and 0 < len(profile) <= _LARGEST_PROFILE_BYTES:
        try:
            shown = ImageCms.profileToProfile(image, io.BytesIO(profile), _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            _log.info("a colour profile is left out: %s", error)
        else:
            return shown if shown is not None else image.convert("RGB")
    return image.convert("RGB")


def _encoded(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


@contextmanager
def _faults() -> Iterator[None]:
    """Turn whatever a decoder raises on broken bytes (almost anything) into a refusal."""
    try:
        yield
    except PictureRefused:
        raise
    except Exception as error:
        raise PictureRefused(f"the picture is damaged: {error}") from error
