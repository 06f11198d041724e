"""Small pictures of what lies in the bucket, made safely and kept in memory for a while."""

from catalogs.gallery.pictures.sources import GARMENT, TEXTILE, Sources

__all__ = ["GARMENT", "TEXTILE", "Sources"]
