"""What a finished tile of new cloth is called, so that whoever needs it finds it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from catalogs.further import MOTIF
from catalogs.trained import planned_weights
from configs.loading import recipe_hash
from configs.recipe import Recipe

# Part of every tile's name: raise it when the list of what enters it changes.
_RECIPE_OF_THE_NAME = "toile-tile-2"
NAMED_BY = ("engine_version", "size_px", "seed", "style_sha256", "palette_sha256", "motif_share")


def tile_name(planned: Mapping[str, Any], recipe: Recipe) -> str:
    """Return what stands for the tile of a design in new cloth: a hash of all that decides its pixels.

    Garments in one cloth have one, and so has the yardage of that cloth.

    Args:
        planned: the design's row of the plan.
        recipe: the design's, of new cloth.
    """
    tile = recipe.of_its_tile()
    if tile.cloth is not None:
        tile = tile.model_copy(update={"cloth": tile.cloth.worn_as()})
    lines = [_RECIPE_OF_THE_NAME, recipe_hash(tile), planned["weights_sha256"].split("+")[0]]
    lines += [str(planned[name]) for name in NAMED_BY]
    if tile.through is not None:
        trained = planned_weights(recipe, planned)[tile.through.model_name]
        lines += [trained.shared, *(sha256 for _, sha256 in trained.styles)]
    further: Sequence[Mapping[str, Any]] = planned["further_styles"] or ()
    lines += [f"{one['sha256']} {one['motif_ratio']}" for one in further if one["region"] == MOTIF]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
