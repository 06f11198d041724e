"""What the gallery keeps of a manifest's row: words as numbers, scores as they are, and the rest by key."""

from __future__ import annotations

from dataclasses import dataclass

from catalogs.manifest import COLORWAY_SCORES, INK_SCORES, SCORES, TILE_SCORES

# Column of the manifest: whether a catalog can bring any number of words for it.
WIDE = ("content_id", "content_title", "style_id", "style_title", "credit")
NARROW = (
    *("batch_id", "recipe", "colorway", "maker", "repeat", "status", "error_code"),
    *("category", "season", "style_kind", "content_licence", "style_licence"),
)
WORDS = (*WIDE, *NARROW)
# Made here of other columns.
MADE = ("tint", "image_shape", "thumb_shape")
FIGURES = (*SCORES, *TILE_SCORES, *COLORWAY_SCORES, *INK_SCORES)
# Best of all: what the report ranks by, 0 to 100.
RANK = "rank"
# At most so many different flags: a row's are the bits of one number.
MOST_FLAGS = 64

# What is read of a file; the texts are read as dictionaries.
READ = (
    *("design_id", *WORDS, "size_px", "width_px", "height_px", *FIGURES, "flags", "colours", "error"),
    *("image_key", "thumb_key", "rendered_at_utc", "followed_by"),
)
AS_WORDS = frozenset(WORDS)


@dataclass(frozen=True)
class Facet:
    """A column by whose words designs are found.

    Attributes:
        name: in addresses.
        column: of the table; flags are bits.
    """

    name: str
    column: str


FACETS = (
    Facet("category", "category"),
    Facet("season", "season"),
    Facet("kind", "style_kind"),
    Facet("tint", "tint"),
    Facet("recipe", "recipe"),
    Facet("colorway", "colorway"),
    Facet("batch", "batch_id"),
    Facet("status", "status"),
    Facet("flags", "flags"),
    Facet("garment", "content_id"),
    Facet("style", "style_id"),
    Facet("garment_licence", "content_licence"),
    Facet("style_licence", "style_licence"),
    Facet("size", "size_px"),
)
FACET = {facet.name: facet for facet in FACETS}
# Of these the page shows counts; a thousand garments are a list of their own, found by text.
COUNTED = tuple(facet.name for facet in FACETS if facet.name not in ("garment", "style"))

TABLE = f"""
create table designs (
    n uinteger not null,
    id uuid not null,
    {", ".join(f"{name} uinteger not null" for name in WIDE)},
    {", ".join(f"{name} usmallint not null" for name in (*NARROW, *MADE))},
    size_px integer,
    width_px usmallint,
    height_px usmallint,
    {", ".join(f'"{name}" float' for name in (RANK, *FIGURES))},
    flags ubigint not null,
    rendered_at timestamp,
    error varchar,
    followed_by uuid
);
create table appearances (n uinteger not null, batch usmallint not null, row uinteger not null);
"""
COLUMNS = (
    *("n", "id", *WIDE, *NARROW, *MADE, "size_px", "width_px", "height_px", RANK, *FIGURES, "flags"),
    *("rendered_at", "error", "followed_by"),
)
