"""Which designs are taken away, in which order, and what was said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalogs.gallery.collection import Collection
from catalogs.gallery.errors import TakeawayRefused
from catalogs.gallery.finding import Finder, View
from catalogs.gallery.shortlists import Shortlist

# Kind: how many designs one file holds.
LIMITS = {"line-sheet": 2_000, "spreadsheet": 2_000, "pictures": 20_000, "contact-sheet": 120}
COLUMNS = (
    *("batch_id", "content_id", "content_title", "content_key", "category", "season", "content_licence"),
    *("content_attribution_line", "style_id", "style_title", "style_key", "style_kind", "style_licence"),
    *("style_attribution_line", "credit", "recipe", "colorway", "size_px", "status", "image_key"),
    *("thumb_key", "width_px", "height_px", "maker", "repeat", "repeat_width_mm", "further_styles"),
    *("flags", "motif", "relief", "speckle", "gmd", "gmd_heldout", "structure", "delta_e_mean", "seam"),
    *("banding", "legibility", "max_copy", "off_palette", "chroma_speckle", "rendered_at_utc"),
)
_AT_ONCE = 500
_NOTHING = "there is no design to take away; choose some, or take a filter away"


@dataclass(frozen=True)
class Piece:
    """A design that is taken away.

    Attributes:
        place: 1 for the first.
        row: of its manifest, columns ``COLUMNS``.
        rating: the mean of what people gave it, 1 to 5; None where nobody rated it.
        notes: what people wrote of it, ``name: note``.
        rejected_by: who said no to it last; "" if nobody.
    """

    place: int
    row: dict[str, Any]
    rating: float | None
    notes: tuple[str, ...]
    rejected_by: str = ""

    @property
    def design_id(self) -> str:
        """32 hex digits."""
        return str(self.row["design_id"])


@dataclass(frozen=True)
class Selection:
    """Designs to take away, read as they are needed.

    Attributes:
        name: of the list; "" for what was chosen otherwise.
        numbers: of the designs, in order.
    """

    name: str
    numbers: Sequence[int]
    _collection: Collection
    _said: Shortlist

    def __len__(self) -> int:
        return len(self.numbers)

    def pieces(self) -> Iterator[Piece]:
        """Yield the designs in order; one that went away since is left out.

        Raises:
            ManifestRefused: a manifest changed a moment ago.
        """
        place = 0
        for start in range(0, len(self.numbers), _AT_ONCE):
            some = self.numbers[start : start + _AT_ONCE]
            rows = self._collection.rows(some, COLUMNS)
            for row in (rows[number] for number in some if number in rows):
                place += 1
                yield self._piece(place, row)

    def _piece(self, place: int, row: dict[str, Any]) -> Piece:
        ratings = self._said.ratings.get(row["design_id"], {})
        notes = self._said.notes.get(row["design_id"], {})
        return Piece(
            place,
            row,
            sum(ratings.values()) / len(ratings) if ratings else None,
            tuple(f"{person}: {note}" for person, note in sorted(notes.items()) if note),
            self._said.rejected.get(row["design_id"], ""),
        )


def as_shown(found: Shortlist, of_house: Shortlist) -> Shortlist:
    """Return a list as its page shows it: what people said outside any list is told, too."""
    ratings = {
        design: {**of_house.ratings.get(design, {}), **found.ratings.get(design, {})}
        for design in of_house.ratings.keys() | found.ratings.keys()
    }
    return replace(found, ratings=ratings, rejected={**of_house.rejected, **found.rejected})


def select(
    collection: Collection, finder: Finder, view: View, ids: Sequence[str], said: Shortlist, *, kind: str
) -> Selection:
    """Return the designs of an address: those with these ids, else those of the view in its order.

    Args:
        collection: where they are.
        finder: answers the view.
        view: of the address; of a list alone, or less what was rejected, it is in the list's own order.
        ids: of designs; () for the view.
        said: the list that the view names, ``as_shown``, else the house's: its notes and ratings.
        kind: one of ``LIMITS``.

    Raises:
        TakeawayRefused: no design, or more than one file holds.
    """
    if not ids and view.list_id and replace(view, hides_rejected=False) == View(list_id=view.list_id):
        ids = [one for one in said.designs if not (view.hides_rejected and one in said.rejected)]
        if not ids:
            raise TakeawayRefused(_NOTHING)
    if ids:
        found = (collection.find(one) for one in dict.fromkeys(ids))
        numbers: Sequence[int] = [one.number for one in found if one is not None]
    else:
        numbers = finder.numbers(view)[: LIMITS[kind] + 1].tolist()
    if not numbers:
        raise TakeawayRefused(_NOTHING)
    if len(numbers) > LIMITS[kind]:
        raise TakeawayRefused(
            f"one {kind.replace('-', ' ')} holds at most {LIMITS[kind]:,} designs, and these are more; "
            "choose some, or narrow the view"
        )
    return Selection(said.name if view.list_id else "", numbers, collection, said)
