"""Separations as files: a TIFF of many pages and 1-bit PNGs, black where ink is printed, with their scale."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

_PAGE_NAME = 285

NamedPlate = tuple[str, NDArray[np.bool_]]


def encode_plates_tiff(composite: NDArray[np.uint8], plates: Sequence[NamedPlate], *, dpi: float) -> bytes:
    """Return a TIFF: the composite, then a page of 1 bit for each plate, black where it prints.

    LZW; each page has its resolution and, as page name, its ink's name. Equal arguments give equal bytes.

    Args:
        composite: ``(H, W, 3)`` uint8.
        plates: name and ``(H, W)`` of each, in the order of printing.
        dpi: px per inch, both ways.
    """
    pages = [Image.fromarray(np.ascontiguousarray(composite)), *(_film(prints) for _, prints in plates)]
    names = ["composite", *(_ascii(name) for name, _ in plates)]
    for page, name in zip(pages, names, strict=True):
        tags = ImageFileDirectory_v2()
        tags[_PAGE_NAME] = name
        page.encoderinfo = {"tiffinfo": tags}
    buffer = io.BytesIO()
    first, *others = pages
    first.save(
        buffer,
        "TIFF",
        save_all=True,
        append_images=others,
        compression="tiff_lzw",
        dpi=(dpi, dpi),
        tiffinfo=first.encoderinfo["tiffinfo"],
    )
    return buffer.getvalue()


def encode_inks_png(inks: NDArray[np.uint8], colours: NDArray[np.uint8], *, dpi: float) -> bytes:
    """Return a picture in inks as PNG with a palette, bit for bit, with its resolution.

    Args:
        inks: ``(H, W)`` uint8, which colour each place has.
        colours: ``(n, 3)`` uint8, sRGB, n at most 256.
        dpi: px per inch, both ways.
    """
    image = Image.fromarray(np.ascontiguousarray(inks))
    image.putpalette(colours.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()


def encode_plate_png(name: str, prints: NDArray[np.bool_], *, dpi: float) -> bytes:
    """Return a plate as PNG of 1 bit, black where it prints, with its resolution and its ink's name as Title.

    Args:
        name: of the ink.
        prints: ``(H, W)``.
        dpi: px per inch, both ways.
    """
    info = PngInfo()
    info.add_itxt("Title", name)
    buffer = io.BytesIO()
    _film(prints).save(buffer, "PNG", dpi=(dpi, dpi), pnginfo=info)
    return buffer.getvalue()


def _ascii(name: str) -> str:
    """Return a name in what TIFF's texts hold, without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(plain.split()) or "ink"


def _film(prints: NDArray[np.bool_]) -> Image.Image:
    return Image.fromarray(~np.ascontiguousarray(prints))
