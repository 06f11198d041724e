"""What kind of picture some bytes claim to be, from their first bytes; decoding is the engine's business."""

from __future__ import annotations

HEAD_BYTES = 64
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"8BPS", "psd"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (b"\xff\x0a", "jxl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
)
_BRANDS = {
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heif",
    b"heix": "heif",
    b"hevc": "heif",
    b"mif1": "heif",
    b"msf1": "heif",
}


def picture_format(data: bytes) -> str | None:
    """Return ``png``, ``jpeg``, ``webp``, … as the first bytes say, or None for what is no picture.

    A format's name is a claim, not a promise: the engine may still refuse it, with a reason for the row.
    """
    head = data[:HEAD_BYTES]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        brands = (head[at : at + 4] for at in (8, *range(16, len(head) - 3, 4)))
        named = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
        # The generic mif1 comes beside the real brand.
        return "avif" if "avif" in named else (named[0] if named else None)
    return next((name for start, name in _STARTS if head.startswith(start)), None)


def looks_like(data: bytes) -> str:
    """Return in words what bytes that are no picture seem to be, for a message."""
    head = data[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if head.startswith((b"<svg", b"<?xml")):
        return "XML or SVG"
    if head.startswith(b"%pdf"):
        return "a PDF"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    if head and all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head):
        return "text"
    return f"unknown bytes ({data[:4].hex(' ')})"
