"""Text in the letters of many scripts: which fonts here have them, in which order they stand, drawn."""

from catalogs.lettering.direction import as_seen, is_from_right
from catalogs.lettering.drawn import Anchor, legible, write

__all__ = ["Anchor", "as_seen", "is_from_right", "legible", "write"]
