"""Small pictures of catalog images and designs; one that cannot be shown is simply None."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from catalogs.errors import KeyRefused, NotFound, StorageDenied

THREADS = 4
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
MAX_PIXELS = 80_000_000
_BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError)
PAPER = (255, 255, 255)
_log = logging.getLogger(__name__)

ReadImage = Callable[[str], bytes]
Pictures = dict[str, Image.Image | None]


def load_pictures(keys: Iterable[str | None], read_image: ReadImage, *, side_px: int) -> Pictures:
    """Read the images under ``keys``, each once, and return them as RGB no larger than ``side_px``.

    An image that is gone, refused or not a picture is None: a report is worth having without it.

    Raises:
        StorageError: the storage itself fails; the report is worth another try.
    """
    wanted = list(dict.fromkeys(key for key in keys if key))

    def load(key: str) -> Image.Image | None:
        try:
            return small_picture(read_image(key), side_px=side_px)
        except (NotFound, StorageDenied, KeyRefused) as error:
            _log.warning("not shown in the report: %s", error)
        except (
            UnidentifiedImageError,
            OSError,
            ValueError,
            SyntaxError,
            Image.DecompressionBombError,
        ) as error:
            _log.warning("not shown in the report: %s cannot be decoded: %s", key, error)
        return None

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return dict(zip(wanted, pool.map(load, wanted), strict=True))


def small_picture(data: bytes, *, side_px: int) -> Image.Image:
    """Decode an image and return it upright, as RGB on white, its long side at most ``side_px``.

    Raises:
        ValueError: larger than 80 megapixels.
        OSError: cut short, or not a picture of a format that we show (``UnidentifiedImageError``).
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ValueError(f"{width} × {height} px is too large for a thumbnail")
        image.draft("RGB", (2 * side_px, 2 * side_px))
        image.load()
        shown = _eight_bit(ImageOps.exif_transpose(image))
        shown.thumbnail((side_px, side_px), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return _matted(shown)


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "RGBA", "L", "LA"):
        return image
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return Image.fromarray(np.asarray(np.clip(values / top, 0, 1) * 255, np.uint8))
    has_alpha = image.mode in ("PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _matted(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands():
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, (*PAPER, 255))
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
