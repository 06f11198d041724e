"""TIFF: pages counted, strips checked, and a copy with one directory of known tags."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from nst_core.codec.ifd import Field, byte_order, integers, orientation_of, read_directory
from nst_core.codec.survey import DamageError, Survey, ends_early

MAX_DIRECTORIES = 1000

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
# Bits of the subfile tag: a smaller copy of another page, a transparency mask.
REDUCED, MASK = 1, 4

# Tags with one whole number each.
_SINGLE = {WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC, 266, 277, 278, 284, 292, 293, 317, 322, 323, 332, 531}
_STRIPS = ((273, 279), (324, 325))
_LISTS = {BITS, 273, 279, 320, 324, 325, 338, 339, 530}
# JPEG tables, YCbCr coefficients, reference black and white, ICC profile.
_BLOCKS = {347: {1, 7}, 529: {5}, 532: {5}, 34675: {1, 7}}

_COMPRESSIONS = {
    1: "none",
    2: "CCITT",
    3: "CCITT group 3",
    4: "CCITT group 4",
    5: "LZW",
    7: "JPEG",
    8: "Deflate",
    32773: "PackBits",
    32946: "Deflate",
    50000: "Zstandard",
}


def survey_tiff(data: bytes) -> Survey:
    """Return what a TIFF declares; its clean copy holds the first full page and nothing else.

    Raises:
        DamageError: a directory or a strip lies outside the file, a needed tag is missing or senseless, or
            the compression is none that we take.
    """
    order = byte_order(data)
    pages = _full_pages(data, order)
    if not pages:
        raise DamageError(
            "it holds only a preview, as camera raw files do",
            code="unsupported_format",
            remedy="develop it to JPEG or TIFF",
        )
    page = pages[0]
    kept = {tag: field for tag, field in page.items() if _is_known(tag, field, data, order)}
    for tag in (WIDTH, HEIGHT):
        if tag not in kept:
            raise DamageError("it does not say how large it is")
    compression = _single(data, kept, COMPRESSION, order, default=1)
    if compression not in _COMPRESSIONS:
        raise DamageError(
            f"its compression ({compression}) is none that we take",
            code="unsupported_format",
            remedy="save it with LZW, Deflate or no compression",
        )
    _check_strips(data, kept, order)
    bits = integers(data, kept[BITS], order) if BITS in kept else (1,)
    return Survey(
        width_px=_single(data, kept, WIDTH, order),
        height_px=_single(data, kept, HEIGHT, order),
        clean=_with_one_directory(data, kept, order),
        pages=len(pages),
        orientation=orientation_of(data, page, order),
        bits=max(bits, default=1),
    )


def _full_pages(data: bytes, order: str) -> list[dict[int, Field]]:
    """Return the directories that are pages of their own: no thumbnails, no masks."""
    (offset,) = struct.unpack_from(order + "I", data, 4)
    seen: set[int] = set()
    pages = []
    while offset and len(seen) < MAX_DIRECTORIES:
        if offset in seen:
            raise DamageError("its pages run in a circle")
        seen.add(offset)
        fields, offset = read_directory(data, offset, order)
        if not _single(data, fields, SUBFILE, order, default=0) & (REDUCED | MASK):
            pages.append(fields)
    return pages


def _is_known(tag: int, field: Field, data: bytes, order: str) -> bool:
    if tag in _BLOCKS:
        if field.type not in _BLOCKS[tag]:
            return False
        if field.offset + field.length > len(data):
            raise ends_early(len(data), field.offset + field.length)
        return True
    if tag in _SINGLE or tag in _LISTS:
        values = integers(data, field, order)
        if not values or (tag in _SINGLE and len(values) != 1):
            raise DamageError(f"tag {tag} has {len(values)} values")
        return True
    return False


def _single(
    data: bytes, fields: Mapping[int, Field], tag: int, order: str, *, default: int | None = None
) -> int:
    if tag not in fields and default is not None:
        return default
    values = integers(data, fields[tag], order)
    if len(values) != 1:
        raise DamageError(f"tag {tag} has {len(values)} values")
    return values[0]


def _check_strips(data: bytes, fields: Mapping[int, Field], order: str) -> None:
    for offsets_tag, counts_tag in _STRIPS:
        if offsets_tag not in fields or counts_tag not in fields:
            continue
        offsets = integers(data, fields[offsets_tag], order)
        counts = integers(data, fields[counts_tag], order)
        if len(offsets) != len(counts):
            raise DamageError(f"it has {len(offsets)} strips and {len(counts)} sizes of strips")
        end = max(offset + count for offset, count in zip(offsets, counts, strict=True))
        if end > len(data):
            raise ends_early(len(data), end)


def _with_one_directory(data: bytes, fields: Mapping[int, Field], order: str) -> bytes:
    """Return the file with a new directory at its end and its header pointing there.

    Values stay where they are, so every entry is copied as it is. An inline value travels in its entry.
    """
    padding = b"\0" * (len(data) % 2)
    start = len(data) + len(padding)
    entries = b"".join(fields[tag].entry for tag in sorted(fields))
    directory = struct.pack(order + "H", len(fields)) + entries + struct.pack(order + "I", 0)
    return data[:4] + struct.pack(order + "I", start) + data[8:] + padding + directory
