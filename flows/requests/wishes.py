"""What a request comes to: batches for the planner, each of one recipe, size and seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from catalogs.layout import request_batch_id, request_key
from catalogs.refusals import RequestRefused
from catalogs.storage import Storage
from configs.batch import Batch, Filters, Selection
from configs.colorways import ColorwaysPart
from configs.fields import FrozenDict
from configs.loading import load_recipe, recipe_hash, wearing
from configs.recipe import Recipe
from configs.request import USUAL_LIMIT, Request
from flows.requests.origins import Origin, origin_of

# What dresses garments in the cloth of a tile.
DRESSING = "toile"
# All batches of requests have this name: their retention is that of the newest one.
NAME = "request"


@dataclass(frozen=True)
class Wish:
    """A batch that is made for a request.

    Attributes:
        batch: what is planned.
        recipe: of all its designs.
        pairs: which garments and textiles, where the batch lists them.
        origins: the designs that were asked about.
    """

    batch: Batch
    recipe: Recipe
    pairs: pd.DataFrame | None
    origins: tuple[Origin, ...]


def wishes_of(storage: Storage, request_id: str, request: Request) -> list[Wish]:
    """Return the batches that a request comes to; the same as long as its designs are there.

    Raises:
        RequestRefused: a design is not there, or nothing such can be made of it; the message says why.
        ConfigError: what is asked for is no batch.
    """
    origins = [origin_of(storage, design_id) for design_id in request.designs]
    groups: dict[tuple[Any, ...], list[_Part]] = {}
    for part in (_part(request, origin) for origin in origins):
        groups.setdefault(part.key, []).append(part)
    return [
        _wish(request_id, number, request, parts) for number, parts in enumerate(groups.values(), start=1)
    ]


@dataclass(frozen=True)
class _Part:
    """What one design of a request adds to a batch; parts of one ``key`` go together."""

    origin: Origin
    recipe: Recipe
    size_px: int
    colorways: ColorwaysPart
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Any, ...]:
        frozen = self.origin.frozen.batch
        catalogs = frozen.content_catalog, frozen.style_catalog, frozen.rights
        same = recipe_hash(self.recipe), self.recipe.name, self.size_px, self.origin.row["seed"]
        # a list of pairs has room for all, a sample is of one design
        alone = self.origin.design_id if self.changes else ""
        return (*same, self.colorways, *catalogs, alone)


def _wish(request_id: str, number: int, request: Request, parts: Sequence[_Part]) -> Wish:
    first = parts[0]
    origin, before = first.origin, first.origin.frozen.batch
    listed = Selection(kind="pairs", pairs_csv=request_key(request_id))
    batch = Batch(
        **{
            "name": NAME,
            "batch_id": request_batch_id(request_id, number),
            "title": f"{request.kind.replace('_', ' ')}, asked by {request.asked_by}"[:200],
            "recipes": (first.recipe.name,),
            "sizes_px": (first.size_px,),
            "seeds": (origin.row["seed"],),
            "colorways": first.colorways,
            "selection": listed,
            "rights": before.rights,
            "retention": before.retention,
            "content_catalog": before.content_catalog,
            "style_catalog": before.style_catalog,
            "shard_size": before.shard_size,
            "deterministic": before.deterministic,
            # who asked is told of each that failed; one of one is no reason to keep quiet about it
            "max_failure_rate": 1.0,
            **first.changes,
        }
    )
    pairs = None if first.changes else pd.DataFrame([_pair(part) for part in parts], dtype=object)
    return Wish(batch, first.recipe, pairs, tuple(part.origin for part in parts))


def _pair(part: _Part) -> dict[str, str]:
    pair = part.origin.pair
    return pair if part.recipe.kind == "garment" else pair | {"content_id": "", "region_styles": ""}


def _part(request: Request, origin: Origin) -> _Part:
    return _MAKERS[request.kind](request, origin)


def _hires(request: Request, origin: Origin) -> _Part:
    return _Part(origin, origin.recipe, _size(request, origin), _own_colorway(origin))


def _colorways(request: Request, origin: Origin) -> _Part:
    before = origin.frozen.batch.colorways
    unknown = [name for name in request.colorways if name not in {**before.palettes, **request.palettes}]
    if unknown:
        known = ", ".join(before.palettes) or "no palettes"
        raise RequestRefused(
            f"the batch of {origin.design_id} has no palette {', '.join(map(repr, unknown))}, but {known}; "
            f"name colours in the request, as {unknown[0]}=#2b1a12 #8a3b12",
            design_id=origin.design_id,
        )
    named = {name: before.palettes[name] for name in request.colorways if name not in request.palettes}
    part = before.model_copy(update={"palettes": FrozenDict(named | request.palettes), "file": ""})
    return _Part(origin, origin.recipe, _size(request, origin), part)


def _more_like(request: Request, origin: Origin) -> _Part:
    recipe, content, style = origin.recipe, {}, {}
    changes: dict[str, Any] = {}
    if request.category:
        content = {"category": (request.category,)}
        changes["styles"] = (origin.styles,)
        if origin.is_yardage:
            recipe = wearing(load_recipe(DRESSING), recipe, f"{DRESSING}+{recipe.name}")
    else:
        style = {"kind": (request.style_kind,)}
        if not origin.is_yardage:
            content = {"content_id": (origin.row["content_id"],)}
    if origin.motif:
        changes["motifs"] = (origin.motif,)
    changes |= {
        "filters": Filters(content=content, style=style),
        "palette": origin.row["palette_id"] or "",
        "selection": Selection(kind="sample", count=request.limit or USUAL_LIMIT),
    }
    return _Part(origin, recipe, _size(request, origin), _own_colorway(origin), changes=changes)


def _repeat(request: Request, origin: Origin) -> _Part:
    if not origin.wears_new_cloth or origin.recipe.cloth is None:
        what = "is yardage already" if origin.is_yardage else "wears its textile as it is, which is no tile"
        raise RequestRefused(
            f"{origin.design_id} {what}; ask for its hires, or for a design in new cloth",
            design_id=origin.design_id,
        )
    tile = origin.recipe.of_its_tile()
    # a garment is one of many in a tile: as in the recipe of the yardage itself
    cloth = origin.recipe.cloth.worn_as()
    name = origin.recipe.name.partition(".")[2] or f"{origin.recipe.name}.cloth"
    recipe = tile.model_copy(update={"name": name, "cloth": cloth})
    return _Part(origin, recipe, _size(request, origin), _own_colorway(origin))


_MAKERS: dict[str, Callable[[Request, Origin], _Part]] = {
    "hires": _hires,
    "colorways": _colorways,
    "more_like": _more_like,
    "repeat": _repeat,
}


def _size(request: Request, origin: Origin) -> int:
    return request.size_px or origin.size_px


def _own_colorway(origin: Origin) -> ColorwaysPart:
    """Return the colours of a design that is a colorway, as its row says how they came about."""
    if not origin.row["colorway"]:
        return ColorwaysPart()
    contrast, inks, *colours = origin.row["colorway_colours"].split()
    palettes = {origin.row["colorway"]: tuple(colours)}
    return ColorwaysPart(palettes=palettes, inks=int(inks), contrast=contrast)
