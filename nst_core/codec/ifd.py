"""Directories of tags: what TIFF files and EXIF blocks are made of."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nst_core.codec.survey import DamageError, ends_early

ORIENTATION = 274
# Bytes per value of each type of field: byte, ascii, short, long, rational, their signed kin, float, double.
TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I"}
MAX_TAGS = 4096


@dataclass(frozen=True)
class Field:
    """One entry of a directory: the type and count of its values, where they lie, and its twelve bytes."""

    type: int
    count: int
    offset: int
    entry: bytes

    @property
    def length(self) -> int:
        """Size of the values, bytes."""
        return TYPE_BYTES[self.type] * self.count


def byte_order(data: bytes) -> str:
    """Return ``<`` or ``>`` as ``struct`` writes them."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise DamageError("its tags have no byte order")
    return order


def read_directory(data: bytes, offset: int, order: str) -> tuple[dict[int, Field], int]:
    """Return the fields of the directory at ``offset`` and the offset of the next one (0: none).

    Fields of unknown types are left out; of a tag that comes twice the first counts.

    Raises:
        DamageError: the directory does not lie inside the data.
    """
    if not 8 <= offset <= len(data) - 2:
        raise ends_early(len(data), max(offset, 8) + 2)
    (count,) = struct.unpack_from(order + "H", data, offset)
    end = offset + 2 + 12 * count
    if count > MAX_TAGS:
        raise DamageError(f"it declares {count} tags in one directory")
    if end > len(data):
        raise ends_early(len(data), end)
    fields: dict[int, Field] = {}
    for at in range(offset + 2, end, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", data, at)
        if kind not in TYPE_BYTES or tag in fields:
            continue
        inline = TYPE_BYTES[kind] * values <= 4
        (elsewhere,) = struct.unpack_from(order + "I", data, at + 8)
        fields[tag] = Field(kind, values, at + 8 if inline else elsewhere, data[at : at + 12])
    following = struct.unpack_from(order + "I", data, end)[0] if end + 4 <= len(data) else 0
    return fields, following


def integers(data: bytes, field: Field, order: str) -> tuple[int, ...]:
    """Return the values of a field of unsigned integers.

    Raises:
        DamageError: they are of another type, or lie outside the data.
    """
    if field.type not in _INTEGERS:
        raise DamageError("a tag that should hold whole numbers holds none")
    if field.offset + field.length > len(data):
        raise ends_early(len(data), field.offset + field.length)
    return struct.unpack_from(f"{order}{field.count}{_INTEGERS[field.type]}", data, field.offset)


def exif_orientation(exif: bytes) -> int:
    """Return the orientation, 1..8, of an EXIF block, with or without its ``Exif`` prefix.

    A block that cannot be read gives 1: a photo is not lost for its metadata.
    """
    block = exif[6:] if exif[:6] == b"Exif\0\0" else exif
    try:
        order = byte_order(block)
        fields, _ = read_directory(block, struct.unpack_from(order + "I", block, 4)[0], order)
        return orientation_of(block, fields, order)
    except (DamageError, struct.error):
        return 1


def orientation_of(data: bytes, fields: dict[int, Field], order: str) -> int:
    """Return a directory's orientation, 1 where it has none or a senseless one."""
    field = fields.get(ORIENTATION)
    if field is None or field.type not in _INTEGERS or field.count != 1:
        return 1
    (value,) = integers(data, field, order)
    return value if 1 <= value <= 8 else 1
