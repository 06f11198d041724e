"""What people take away: line sheet, spreadsheet, pictures with a table, contact sheet."""

from catalogs.gallery.takeaway.selection import LIMITS, Piece, Selection, as_shown, select

__all__ = ["LIMITS", "Piece", "Selection", "as_shown", "select"]
