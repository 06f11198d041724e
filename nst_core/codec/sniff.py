"""What a file is, told by its first bytes and never by its name."""

from __future__ import annotations

import re

# Kinds that this codec decodes.
JPEG, PNG, WEBP, TIFF, AVIF, GIF, BMP = "jpeg", "png", "webp", "tiff", "avif", "gif", "bmp"

# Longer than any prologue seen in front of <svg.
TEXT_HEAD = 4096

HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
)

# Known, and not taken: what it is, what to do.
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"II+\0", "a BigTIFF", "save it as an ordinary TIFF or as PNG"),
    (b"MM\0+", "a BigTIFF", "save it as an ordinary TIFF or as PNG"),
    (b"\0\0\x01\0", "a Windows icon (ICO)", "save its largest picture as PNG"),
    (b"\0\0\x02\0", "a Windows cursor (CUR)", "save its largest picture as PNG"),
    (b"8BPS", "a Photoshop document", "export it as PNG or JPEG"),
    (b"%PDF", "a PDF", "export the picture as PNG or JPEG"),
    (b"%!PS", "a PostScript file", "export the picture as PNG or JPEG"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL", "convert it to PNG or JPEG (djxl in.jxl out.png)"),
    (b"\xff\x0a", "a JPEG XL", "convert it to PNG or JPEG (djxl in.jxl out.png)"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000", "convert it to PNG or JPEG"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000", "convert it to PNG or JPEG"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it and name the picture inside"),
    (b"\x1f\x8b", "a gzip archive", "unpack it and name the picture inside"),
)

_TAG = re.compile(rb"<\s*([A-Za-z!?][A-Za-z:-]*)")


def sniff(data: bytes) -> str | None:
    """Return the kind of a file that this codec decodes, or None for anything else.

    Args:
        data: the file, or its first 64 bytes.
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        return BMP
    if _brands(data) & AVIF_BRANDS:
        return AVIF
    return None


def explain_foreign(data: bytes) -> tuple[str, str, str]:
    """Return why a file that ``sniff`` does not know is refused: ``(code, what it is, what to do)``."""
    if _brands(data) & HEIF_BRANDS:
        remedy = "export it as JPEG (phones: 'most compatible'), or: heif-convert in.heic out.jpg"
        return "unsupported_format", "a HEIF photo", remedy
    for magic, what, remedy in _FOREIGN:
        if data.startswith(magic):
            return "unsupported_format", what, remedy
    head = data[:TEXT_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if _is_text(head):
        tags = [tag.lower() for tag in _TAG.findall(head)]
        if b"svg" in tags or b"svg:svg" in tags:
            return "svg", "an SVG drawing", "render it to a PNG of at least 1024 px"
        if b"html" in tags or b"!doctype" in tags:
            return "not_an_image", "a web page", "the download went wrong: fetch the picture itself"
        return "not_an_image", "a text", "put the picture in its place"
    return "not_an_image", "no image that we know", "use JPEG, PNG, WebP, AVIF or TIFF"


def _brands(data: bytes) -> set[bytes]:
    """Return the brands of an ISO media file (AVIF, HEIF), empty for other files."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end inside a character.
        if error.start < len(head) - 3:
            return False
    return not re.search(rb"[\x00-\x08\x0e-\x1a]", head)
