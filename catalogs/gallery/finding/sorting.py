"""What "best first" means for each figure, in SQL."""

from __future__ import annotations

from catalogs.gallery.collection.columns import FIGURES, RANK
from catalogs.gallery.finding.view import NEW, View
from catalogs.manifest import INK_SCORES

# Less is better. Of the others more is.
_LESS = frozenset(
    [
        "gmd",
        "gmd_image",
        "gmd_heldout",
        "tv",
        "off_palette",
        "chroma_speckle",
        "max_copy",
        "banding",
        *INK_SCORES,
    ]
)
# Best at this value: a cloth has grain of its own, a join that is not to be seen is like what is inside.
BEST_AT = {"speckle": 0.95, "seam": 1.0}


def worth(sort: str) -> str:
    """Return an expression that is the larger the better a design is by a figure; by rank for ``new``."""
    name = RANK if sort == NEW else sort
    if name in BEST_AT:
        return f'-abs("{name}" - {BEST_AT[name]})'
    return f'-"{name}"' if name in _LESS else f'"{name}"'


def direction(name: str) -> str:
    """Return how a figure is read: ``more``, ``less``, or ``near`` the value that is best."""
    if name not in (RANK, *FIGURES):
        raise ValueError(f"{name!r} is no figure of a design")
    return "near" if name in BEST_AT else "less" if name in _LESS else "more"


def order_by(view: View) -> str:
    """Return a view's order; designs without the figure come last, equal ones as they were listed."""
    way = "asc" if view.worst_first else "desc"
    first = f"batch_id {way}, " if view.sort == NEW else ""
    return f"{first}{worth(view.sort)} {way} nulls last, n"
