"""Shortlists: what people choose, as edits in the bucket that everybody merges alike."""

from catalogs.gallery.shortlists.chosen import Chosen
from catalogs.gallery.shortlists.editing import edit
from catalogs.gallery.shortlists.events import HOUSE, Event, Kind
from catalogs.gallery.shortlists.merging import Entry, Shortlist, merge
from catalogs.gallery.shortlists.shelf import Shelf

__all__ = ["HOUSE", "Chosen", "Entry", "Event", "Kind", "Shelf", "Shortlist", "edit", "merge"]
