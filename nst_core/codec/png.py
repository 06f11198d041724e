"""PNG: its chunks, their checksums, and the texts they carry; no pixel is decoded here."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from nst_core.codec.ifd import exif_orientation
from nst_core.codec.survey import DamageError, Survey, ends_early
from nst_core.errors import ImageRefused

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 100_000
MAX_PROFILE_BYTES = 2**20
MAX_TEXT_BYTES = 2**22

_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"iCCP"}


class Chunk(NamedTuple):
    """A chunk of a PNG: its four letters, where it starts (its length field) and where its CRC ends."""

    kind: bytes
    start: int
    end: int

    def payload(self, data: bytes) -> bytes:
        """Return the chunk's content."""
        return data[self.start + 8 : self.end - 4]


def read_png_text(data: bytes) -> dict[str, str]:
    """Return the texts of a PNG (tEXt, zTXt, iTXt) by keyword, without decoding its pixels.

    Reads the whole chain of chunks, so a file that was cut is noticed. Of a keyword that comes twice the
    last text counts. At most ``MAX_TEXT_BYTES`` of text are read.

    Raises:
        ImageRefused: no PNG, ``truncated``, ``corrupt``, or more text than that (``text_too_long``).
    """
    texts: dict[str, str] = {}
    budget = MAX_TEXT_BYTES
    try:
        for chunk in chunks(data):
            if chunk.kind in _TEXT_READERS:
                _check_crc(data, chunk)
                keyword, text, size = _TEXT_READERS[chunk.kind](chunk.payload(data), budget)
                texts[keyword] = text
                budget -= size
    except DamageError as damage:
        message = f"the texts of a PNG cannot be read: {damage.what}; {damage.remedy}"
        raise ImageRefused(message, code=damage.code, name="PNG") from damage
    return texts


def survey_png(data: bytes) -> Survey:
    """Return what a PNG declares; its clean copy holds pixels, palette, transparency and a sound profile.

    Raises:
        DamageError: the chain of chunks is broken, a checksum is wrong, or a needed chunk is missing.
    """
    header: tuple[int, ...] | None = None
    orientation, frames, pixels, kept = 1, 1, False, [SIGNATURE]
    for chunk in chunks(data):
        if header is None:
            if chunk.kind != b"IHDR" or chunk.end - chunk.start != 25:
                raise DamageError("it does not begin with its size")
            _check_crc(data, chunk)
            header = struct.unpack_from(">IIBBBBB", data, chunk.start + 8)
            if header[4] != 0:
                raise DamageError(f"its compression method {header[4]} does not exist")
        if chunk.kind == b"acTL":
            # An APNG that counts no frames is a still picture with an empty animation.
            frames = min(2, max(1, int.from_bytes(chunk.payload(data)[:4], "big")))
        elif chunk.kind == b"eXIf":
            orientation = exif_orientation(chunk.payload(data))
        elif chunk.kind in _KEPT and not (chunk.kind == b"iCCP" and not _profile_is_sound(data, chunk)):
            _check_crc(data, chunk)
            pixels |= chunk.kind == b"IDAT"
            kept.append(data[chunk.start : chunk.end])
    if header is None or not pixels:
        raise DamageError("it holds no pixels")
    return Survey(
        width_px=header[0],
        height_px=header[1],
        clean=b"".join(kept),
        frames=frames,
        orientation=orientation,
        bits=header[2],
    )


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a PNG up to IEND, which must be there.

    Raises:
        DamageError: no PNG, or the file ends before IEND.
    """
    if not data.startswith(SIGNATURE):
        raise DamageError("it is no PNG", code="not_an_image", remedy="give a PNG")
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(data):
            raise ends_early(len(data), at + 12)
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if not kind.isalpha():
            raise DamageError("its chain of chunks is broken")
        if end > len(data):
            raise ends_early(len(data), end)
        yield Chunk(kind, at, end)
        if kind == b"IEND":
            return
        at = end
    raise DamageError(f"it has more than {MAX_CHUNKS} chunks")


def _check_crc(data: bytes, chunk: Chunk) -> None:
    (expected,) = struct.unpack_from(">I", data, chunk.end - 4)
    if zlib.crc32(memoryview(data)[chunk.start + 4 : chunk.end - 4]) != expected:
        raise DamageError(f"the checksum of its {chunk.kind.decode()} chunk is wrong")


def _profile_is_sound(data: bytes, chunk: Chunk) -> bool:
    _, separator, rest = chunk.payload(data).partition(b"\0")
    if not separator or rest[:1] != b"\0":
        return False
    try:
        _inflate(rest[1:], MAX_PROFILE_BYTES)
        _check_crc(data, chunk)
    except DamageError:
        return False
    return True


def _inflate(data: bytes, limit: int) -> bytes:
    """Return zlib data unpacked, never more than ``limit`` bytes of it."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise DamageError("a packed chunk cannot be unpacked") from error
    if len(text) > limit:
        raise DamageError(f"a packed chunk is longer than {limit} bytes", code="text_too_long")
    if not unpacker.eof:
        raise DamageError("a packed chunk is incomplete")
    return text


def _keyword(payload: bytes) -> tuple[str, bytes]:
    keyword, separator, rest = payload.partition(b"\0")
    if not separator or not 1 <= len(keyword) <= 79:
        raise DamageError("a text has no keyword")
    return keyword.decode("latin-1"), rest


def _within(size: int, budget: int) -> int:
    if size > budget:
        raise DamageError(f"it carries more than {MAX_TEXT_BYTES} bytes of text", code="text_too_long")
    return size


def _read_plain(payload: bytes, budget: int) -> tuple[str, str, int]:
    keyword, text = _keyword(payload)
    return keyword, text.decode("latin-1"), _within(len(text), budget)


def _read_packed(payload: bytes, budget: int) -> tuple[str, str, int]:
    keyword, rest = _keyword(payload)
    if rest[:1] != b"\0":
        raise DamageError("a text is packed in an unknown way")
    text = _inflate(rest[1:], budget)
    return keyword, text.decode("latin-1"), len(text)


def _read_international(payload: bytes, budget: int) -> tuple[str, str, int]:
    keyword, rest = _keyword(payload)
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) != 3 or rest[0] > 1 or rest[1] != 0:
        raise DamageError("a text is packed in an unknown way")
    raw = _inflate(parts[2], budget) if rest[0] else parts[2]
    try:
        return keyword, raw.decode("utf-8"), _within(len(raw), budget)
    except UnicodeDecodeError as error:
        raise DamageError("a text is not UTF-8") from error


_TEXT_READERS = {b"tEXt": _read_plain, b"zTXt": _read_packed, b"iTXt": _read_international}
