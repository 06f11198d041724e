"""All published designs as one table in memory, kept in step with the bucket."""

from catalogs.gallery.collection.collection import Collection
from catalogs.gallery.collection.watching import Watch

__all__ = ["Collection", "Watch"]
