"""A design's own page: its picture at any size, its scores, what it is made of, what else there is of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from catalogs.gallery.collection.columns import RANK
from catalogs.gallery.finding import Tile, View
from catalogs.gallery.house import House
from catalogs.gallery.looking.figures import figures_of
from catalogs.gallery.looking.kin import history, nearly_the_same, other_garments, other_textiles, stages_of
from catalogs.gallery.looking.naming import file_name
from catalogs.gallery.web.rendering import Here, page
from catalogs.gallery.web.runs import run_page
from catalogs.remedies import remedy
from catalogs.report.words import duration, figure, rank
from catalogs.report.yardage import is_yardage
from catalogs.terms import terms_of
from catalogs.usage import attribution_lines, licences_of, usage_terms

router = APIRouter()
# Of a row; its descriptors, which nobody reads, would take most of the time.
COLUMNS = (
    *("batch_id", "content_id", "content_title", "content_sha256", "content_licence", "content_source"),
    *("content_licence_expires", "content_territories", "content_attribution_line", "category", "season"),
    *("style_id", "style_title", "style_sha256", "style_kind", "style_licence", "style_source", "credit"),
    *("style_licence_expires", "style_territories", "style_attribution_line", "palette_id", "mask_source"),
    *("recipe", "recipe_hash", "size_px", "colorway", "seed", "maker", "repeat", "repeat_width_mm"),
    *("strength", "keep_colours", "motif_scale", "rotation_deg", "engine_version", "weights_sha256"),
    *("status", "error_code", "error", "image_key", "image_sha256", "flags", "inks", "colours"),
    *("colour_shares", "mask_area", "mask_confidence", "seconds", "steps", "device", "precision"),
    *("git_revision", "prefect_run_id", "rendered_at_utc", "stage", "follows", "followed_by"),
)
# What a design was made by, as the page tells it, in this order.
PROVENANCE = (
    *("recipe", "recipe_hash", "stage", "seed", "size_px", "colorway", "maker", "strength", "keep_colours"),
    *("motif_scale", "rotation_deg", "repeat_width_mm", "palette_id", "mask_source", "engine_version"),
    *("weights_sha256", "steps", "device", "precision", "seconds", "git_revision", "batch_id"),
    *("rendered_at_utc", "content_source", "content_sha256", "style_source", "style_sha256"),
    *("image_sha256", "design_id"),
)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Swatch:
    """A colour of a design and its share of the cloth, "" where that is not known; how far from the left it
    begins, in percent."""

    colour: str
    share: float | None
    start: float
    width: float


@dataclass(frozen=True)
class Place:
    """Where a design is in the view that it was come to from, and those beside it; None at an end."""

    number: int
    total: int
    before: Tile | None
    after: Tile | None


@router.get("/design/{design_id}")
def design(request: Request, house: Here, design_id: str) -> Response:
    """Answer a design's page; the query is the view in which it has neighbours."""
    view = View.of_query(request.query_params.multi_items())
    found = house.collection.find(design_id)
    tiles = house.finder.tiles([found.number]) if found else ()
    if found is None or not tiles:
        raise HTTPException(404, house.words("error.no_design"))
    (tile,) = tiles
    row = house.collection.details(found, COLUMNS)
    ending = found.image_key.rpartition(".")[2]
    return page(
        request,
        "design.html",
        tile=tile,
        row=row,
        view=view,
        place=_place(house, view, tile),
        figures=figures_of(house.collection, tile),
        swatches=_swatches(row["colours"], row["colour_shares"]),
        inks=_swatches(row["inks"], None),
        repeat=(row["repeat"] or "") if is_yardage(row) and found.image_key else "",
        provenance=_provenance(row),
        licences=[(licence, terms_of(licence).link) for licence in licences_of(row)],
        lines=attribution_lines(row),
        terms=usage_terms(row),
        makings=history(house.collection, house.finder, tile),
        funnel=stages_of(house.collection, house.finder, row),
        near=nearly_the_same(house.collection, house.finder, tile),
        textiles=other_textiles(house.finder, tile),
        garments=other_garments(house.finder, tile),
        file_name=file_name(tile.words, design_id, ending, size_px=max(tile.width_px, tile.height_px)),
        remedy=remedy(tile.words["error_code"]),
        run=run_page(house, row["prefect_run_id"]),
        figure=shown_figure,
        fact=_fact,
    )


def shown_figure(name: str, value: float | None) -> str:
    """Return a figure as a person reads it: ranks whole, scores with two digits."""
    return rank(math.nan if value is None else value) if name == RANK else figure(value)


def _fact(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if name == "seconds":
        return duration(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _place(house: House, view: View, tile: Tile) -> Place | None:
    number, before, after = house.finder.beside(view, tile.number)
    if number < 0:
        return None
    beside = house.finder.tiles([one for one in (before, after) if one is not None])
    tiles = {one.number: one for one in beside}
    total = len(house.finder.numbers(view))
    return Place(
        number + 1,
        total,
        tiles.get(before) if before is not None else None,
        tiles.get(after) if after is not None else None,
    )


def _swatches(colours: list[str] | None, shares: list[float] | None) -> tuple[Swatch, ...]:
    """Return colours side by side, as wide as their shares; what is no colour is left out."""
    known = shares if shares and len(shares) == len(colours or ()) else [None] * len(colours or ())
    told = [
        (colour, share)
        for colour, share in zip(colours or (), known, strict=True)
        if colour and _COLOUR.fullmatch(colour)
    ]
    weights = [max(share or 0.0, 0.0) for _, share in told]
    if not sum(weights):
        weights = [1.0] * len(told)
    found, start = [], 0.0
    for (colour, share), weight in zip(told, weights, strict=True):
        width = 100 * weight / sum(weights)
        found.append(Swatch(colour, share, round(start, 3), round(width, 3)))
        start += width
    return tuple(found)


def _provenance(row: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, row[name]) for name in PROVENANCE if row[name] not in (None, ""))
