"""What else there is of a design: other makings of it, other cloth on its garment, its cloth elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogs.gallery.collection import Collection
from catalogs.gallery.finding import Finder, Tile, View
from catalogs.manifest import OK

MOST_MAKINGS = 24
SHOWN = 12


@dataclass(frozen=True)
class Making:
    """One of the times that a garment was made in a textile by a recipe.

    Attributes:
        tile: the design.
        seed: what it was drawn by.
        engine: version of the engine that painted it.
    """

    tile: Tile
    seed: int
    engine: str


@dataclass(frozen=True)
class Siblings:
    """Designs that share a part with one: the best, and how to see all.

    Attributes:
        tiles: the best of each other textile, or of each other garment.
        total: how many other textiles or garments there are.
        query: of the view with all designs of the part.
    """

    tiles: tuple[Tile, ...]
    total: int
    query: str


def history(collection: Collection, finder: Finder, tile: Tile) -> tuple[Making, ...]:
    """Return the makings of a design's garment, textile and recipe, previews before finals.

    In other sizes, seeds, colorways and of other engines; itself among them. At most 24, the newest.
    """
    rows = collection.ask(
        "select d.n from designs d join designs m using (content_id, style_id, recipe) where m.n = ? "
        "and d.status = ? order by (d.n = m.n) desc, d.rendered_at desc nulls last, d.n desc limit ?",
        [tile.number, collection.vocabulary.words["status"].number(OK), MOST_MAKINGS],
    ).fetchall()
    makings = []
    for one in finder.tiles([number for (number,) in rows]):
        found = collection.find(one.design_id)
        if found is not None:
            row = collection.details(found, ("seed", "engine_version"))
            makings.append(Making(one, row["seed"], row["engine_version"]))
    return tuple(sorted(makings, key=lambda making: (making.tile.size_px or 0, making.seed, making.engine)))


@dataclass(frozen=True)
class Stage:
    """A design that a funnel made before or after one; ``name`` is its stage: preview, fallback, final."""

    tile: Tile
    name: str


def stages_of(collection: Collection, finder: Finder, row: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return what a funnel made a design after, and what it made after it; none where there is no funnel.

    A preview that is not shown, as its scores fail, is there, too: its page says why.

    Args:
        collection: of the gallery.
        finder: of the same.
        row: of the design, with ``follows`` and ``followed_by``.
    """
    found = [collection.find(row[name]) for name in ("follows", "followed_by") if row[name]]
    stages = []
    for one in found:
        if one is not None and (tiles := finder.tiles([one.number])):
            stages.append(Stage(tiles[0], str(collection.details(one, ("stage",))["stage"] or "")))
    return tuple(stages)


def nearly_the_same(collection: Collection, finder: Finder, tile: Tile) -> tuple[Tile, ...]:
    """Return the designs that a wall shows as one with a design, itself left out; at most 12."""
    others = [number for number in collection.near.beside(tile.number).tolist() if number != tile.number]
    return finder.tiles(others[:SHOWN])


def other_textiles(finder: Finder, tile: Tile) -> Siblings:
    """Return the best design of each other textile on the same garment."""
    return _siblings(finder, tile, "garment", "content_id", "style")


def other_garments(finder: Finder, tile: Tile) -> Siblings:
    """Return the best design on each other garment in the same textile."""
    return _siblings(finder, tile, "style", "style_id", "garment")


def _siblings(finder: Finder, tile: Tile, facet: str, column: str, each: str) -> Siblings:
    shared = tile.words[column]
    if not shared:
        return Siblings((), 0, "")
    view = View(chosen={facet: (shared,)}, sort="rank", best_of=each)
    page = finder.page(view, 0, SHOWN + 1)
    other = "style_id" if column == "content_id" else "content_id"
    tiles = [one for one in page.tiles if one.words[other] != tile.words[other]][:SHOWN]
    has_own = tile.words["status"] == OK
    return Siblings(tuple(tiles), page.total - has_own, View(chosen={facet: (shared,)}).query())
