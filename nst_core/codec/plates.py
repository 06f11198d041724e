"""Separations as files: a TIFF of many pages and 1-bit PNGs, black where ink is printed, with their scale."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

_PAGE_NAME = 285
_XMP = 700

NamedPlate = tuple[str, NDArray[np.bool_]]


def encode_plates_tiff(
    composite: NDArray[np.uint8], plates: Sequence[NamedPlate], *, dpi: float, xmp: str = ""
) -> bytes:
    """Return a TIFF: the composite, then a page of 1 bit for each plate, black where it prints.

    LZW; each page has its resolution and, as page name, its ink's name. Equal arguments give equal bytes.

    Args:
        composite: ``(H, W, 3)`` uint8.
        plates: name and ``(H, W)`` of each, in the order of printing.
        dpi: px per inch, both ways.
        xmp: an XMP packet for the first page, "" for none.
    """
    pages = [Image.fromarray(np.ascontiguousarray(composite)), *(_film(prints) for _, prints in plates)]
    names = ["composite", *(_ascii(name) for name, _ in plates)]
    for page, name in zip(pages, names, strict=True):
        tags = ImageFileDirectory_v2()
        tags[_PAGE_NAME] = name
        if xmp and page is pages[0]:
            tags[_XMP] = xmp.encode()
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


def encode_inks_png(
    inks: NDArray[np.uint8], colours: NDArray[np.uint8], *, dpi: float, xmp: str = ""
) -> bytes:
    """Return a picture in inks as PNG with a palette, bit for bit, with its resolution.

    Args:
        inks: ``(H, W)`` uint8, which colour each place has.
        colours: ``(n, 3)`` uint8, sRGB, n at most 256.
        dpi: px per inch, both ways.
        xmp: an XMP packet, "" for none.
    """
    image = Image.fromarray(np.ascontiguousarray(inks))
    image.putpalette(colours.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(dpi, dpi), pnginfo=_texts({"XML:com.adobe.xmp": xmp}))
    return buffer.getvalue()


def encode_plate_png(name: str, prints: NDArray[np.bool_], *, dpi: float, xmp: str = "") -> bytes:
    """Return a plate as PNG of 1 bit, black where it prints, with its resolution and its ink's name as Title.

    Args:
        name: of the ink.
        prints: ``(H, W)``.
        dpi: px per inch, both ways.
        xmp: an XMP packet, "" for none.
    """
    info = _texts({"Title": name, "XML:com.adobe.xmp": xmp})
    buffer = io.BytesIO()
    _film(prints).save(buffer, "PNG", dpi=(dpi, dpi), pnginfo=info)
    return buffer.getvalue()


def _texts(texts: Mapping[str, str]) -> PngInfo:
    info = PngInfo()
    for keyword, text in texts.items():
        if text:
            info.add_itxt(keyword, text)
    return info


def _ascii(name: str) -> str:
    """Return a name in what TIFF's texts hold, without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(plain.split()) or "ink"


def _film(prints: NDArray[np.bool_]) -> Image.Image:
    return Image.fromarray(~np.ascontiguousarray(prints))
