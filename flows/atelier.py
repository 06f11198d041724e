"""What a repair has to know of pictures: whose an image is, and what its thumbnail looks like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.marking.provenance import XMP_KEYWORD
from flows.shards.finished import row_inside
from nst_core.codec import decode, encode_thumb, read_png_text
from nst_core.errors import EngineError


class EngineAtelier:
    """Reads images by the engine's codec; what it cannot read is None."""

    def row_inside(self, image: bytes, design_id: str) -> Mapping[str, Any] | None:
        """Return the row that a design's image carries; None for a file that is cut or another design's."""
        return row_inside(image, design_id)

    def thumb_of(self, image: bytes) -> bytes | None:
        """Return the thumbnail of a design's image, with its XMP; None where the image cannot be read."""
        try:
            packet = read_png_text(image).get(XMP_KEYWORD, "")
            return encode_thumb(decode(image, name="the image").rgb, xmp=packet)
        except EngineError:
            return None
