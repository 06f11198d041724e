"""Shortlists: what people choose, as edits in the bucket that everybody merges alike."""

from catalogs.gallery.shortlists.events import Event, Kind
from catalogs.gallery.shortlists.merging import Entry, Shortlist, merge
from catalogs.gallery.shortlists.shelf import Shelf

__all__ = ["Entry", "Event", "Kind", "Shelf", "Shortlist", "merge"]
