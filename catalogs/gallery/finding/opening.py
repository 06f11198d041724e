"""What the wall asks when it opens, asked before anybody does: after a change, first answers are costly."""

from __future__ import annotations

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.columns import RANK
from catalogs.gallery.finding.counts import count_facets, histograms
from catalogs.gallery.finding.finder import Finder
from catalogs.gallery.finding.sorting import in_order
from catalogs.gallery.finding.view import NEW, View

# Of these the wall shows how they are spread.
SPREAD = (RANK, "motif", "relief", "gmd_heldout", "speckle", "ssim")


def open_wall(finder: Finder, collection: Collection) -> None:
    """Answer the views that most people begin with; what was computed for them is kept."""
    arrays = collection.arrays()
    with collection.calculating:  # while whoever came first has the designs chosen that are shown
        in_order(arrays, arrays.there, NEW)
    for sort in (NEW, RANK):
        finder.page(View(sort=sort))
    count_facets(collection, View())
    histograms(collection, View(), SPREAD)
