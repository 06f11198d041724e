"""Lists and rejections for views of the table: a wall of one list, a wall without what was rejected."""

from __future__ import annotations

from collections.abc import Collection

from catalogs.errors import CatalogError
from catalogs.gallery.shortlists.events import HOUSE
from catalogs.gallery.shortlists.merging import Shortlist
from catalogs.gallery.shortlists.shelf import Shelf


class Chosen:
    """A shelf, as the table asks it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def of_list(self, list_id: str) -> Collection[str]:
        """Return the designs of a list; none where there is no such list."""
        return self._list(list_id).designs

    def rejected(self, list_id: str) -> Collection[str]:
        """Return what was rejected in the house and, where it is not "", in a list."""
        return self._shelf.house().rejected.keys() | (
            self._list(list_id).rejected.keys() if list_id else set()
        )

    def stamp(self, list_id: str) -> str:
        """Return a word that changes when any of it does."""
        self._shelf.house()
        if list_id:
            self._list(list_id)
        return f"{self._shelf.stamp(HOUSE)} {self._shelf.stamp(list_id)}"

    def _list(self, list_id: str) -> Shortlist:
        try:
            return self._shelf.read(list_id)
        except CatalogError as error:
            if error.code != "unsafe_id":
                raise
            return Shortlist(list_id)
