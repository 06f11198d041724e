"""The two kinds of catalog, content and style, and their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

KindName = Literal["content", "style"]


@dataclass(frozen=True)
class CatalogKind:
    """What one kind of catalog holds.

    ``required`` columns must be in the header (category, season, kind, credit and source may be empty),
    ``optional`` ones may be missing; of these ``companions`` name further images of the row. Any other column
    ``x`` is carried along as ``<kind>_x``, except the names in ``taken``, which mean something of our own.
    """

    name: KindName
    required: tuple[str, ...]
    optional: tuple[str, ...]
    width_column: str
    companions: tuple[str, ...]
    taken: frozenset[str]

    @property
    def id_column(self) -> str:
        """``content_id`` or ``style_id``."""
        return f"{self.name}_id"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns with a meaning of their own."""
        return self.required + self.optional


# What loading adds to the rows of a catalog.
OWN_COLUMNS = (
    *(f"{name}_{what}" for name in ("image", "mask", "protect", "regions") for what in ("key", "sha256")),
    "attribution_line",
)
# Until when, and where, a licence holds.
CONTRACT_COLUMNS = ("licence_expires", "territories")

CONTENT = CatalogKind(
    name="content",
    required=("content_id", "image", "title", "category", "season", "licence", "source"),
    optional=("mask", "protect", "regions", "width_mm", *CONTRACT_COLUMNS),
    width_column="width_mm",
    companions=("mask", "protect", "regions"),
    taken=frozenset({"id", "key", "sha256", *OWN_COLUMNS}),
)
STYLE = CatalogKind(
    name="style",
    required=("style_id", "image", "title", "kind", "licence", "credit", "source"),
    optional=("motif_width_mm", *CONTRACT_COLUMNS),
    width_column="motif_width_mm",
    companions=(),
    taken=frozenset({"id", "key", "sha256", *OWN_COLUMNS}),
)
KINDS: dict[str, CatalogKind] = {"content": CONTENT, "style": STYLE}


def kind_named(name: str) -> CatalogKind:
    """Return the kind of that name.

    Raises:
        ValueError: neither ``content`` nor ``style``.
    """
    if name not in KINDS:
        raise ValueError(f"a catalog is of kind 'content' or 'style', got {name!r}")
    return KINDS[name]
