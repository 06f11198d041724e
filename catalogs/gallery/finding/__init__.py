"""From what an address says to the designs that it shows, with counts."""

from catalogs.gallery.finding.finder import Finder, Page
from catalogs.gallery.finding.tiles import Tile
from catalogs.gallery.finding.view import View

__all__ = ["Finder", "Page", "Tile", "View"]
