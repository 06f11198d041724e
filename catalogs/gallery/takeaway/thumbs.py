"""Small pictures of designs for documents."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

from catalogs.errors import KeyRefused, NotFound
from catalogs.gallery.takeaway.selection import Piece
from catalogs.report.pictures import small_picture
from catalogs.report.yardage import is_yardage, two_by_two
from catalogs.storage import Storage

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Thumb:
    """A picture as JPEG, and its size."""

    jpeg: bytes
    width_px: int
    height_px: int


def thumb(
    storage: Storage, piece: Piece, *, side_px: int, quality: int = 88, is_fine: bool = False
) -> Thumb | None:
    """Return a design's picture, its long side at most ``side_px``; yardage is laid two by two.

    None where it has no picture, or none that can be shown: the line without it is worth having.

    Args:
        storage: where the pictures are.
        piece: the design.
        side_px: at most.
        quality: of the JPEG.
        is_fine: make it of the picture itself and not of its thumbnail, which takes longer.

    Raises:
        StorageError: the storage itself fails.
    """
    keys = piece.row["thumb_key"], piece.row["image_key"]
    key = (keys[1] or keys[0]) if is_fine else (keys[0] or keys[1])
    if not key:
        return None
    try:
        picture = small_picture(storage.read(key), side_px=side_px)
    except (NotFound, KeyRefused, OSError, ValueError, SyntaxError) as error:
        _log.warning("%s is not shown: %s", key, error)
        return None
    if is_yardage(piece.row):
        picture = two_by_two(picture, piece.row["repeat"])
        picture.thumbnail((side_px, side_px))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return Thumb(out.getvalue(), *picture.size)
