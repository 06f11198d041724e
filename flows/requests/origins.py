"""What a design that somebody asks about was made of: its row, its batch's words, its recipe in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalogs.errors import NotFound
from catalogs.frozen import FrozenBatch, read_frozen
from catalogs.further import MOTIF
from catalogs.layout import design_key
from catalogs.manifest import row_from_json
from catalogs.refusals import ManifestRefused, PlanRefused, RequestRefused
from catalogs.storage import Storage
from configs.recipe import Recipe
from flows.marking.provenance import ROW_KEYWORD
from nst_core.codec import read_png_text
from nst_core.errors import EngineError


@dataclass(frozen=True)
class Origin:
    """A design as its image tells it.

    Attributes:
        row: of the manifest.
        frozen: the configuration of the batch that painted it.
        recipe: that painted it.
    """

    row: dict[str, Any]
    frozen: FrozenBatch
    recipe: Recipe

    @property
    def design_id(self) -> str:
        """The design."""
        return str(self.row["design_id"])

    @property
    def size_px(self) -> int:
        """Its long side."""
        return int(self.row["size_px"])

    @property
    def is_yardage(self) -> bool:
        """Whether it is a tile, and no garment."""
        return self.recipe.kind == "yardage"

    @property
    def wears_new_cloth(self) -> bool:
        """Whether it is a garment in the tile of a maker."""
        return not self.is_yardage and self.recipe.cloth is not None and self.recipe.cloth.is_new

    @property
    def styles(self) -> str:
        """Its textiles as a list of pairs names them: ``ikat:0.7 + floral:0.3``."""
        shared = [one for one in self._further if not one["region"]]
        if not shared:
            return str(self.row["style_id"])
        first = 1 - sum(one["share"] for one in shared)
        shares = [(self.row["style_id"], first), *((one["style_id"], one["share"]) for one in shared)]
        return " + ".join(f"{name}:{share:.6f}" for name, share in shares)

    @property
    def regions(self) -> str:
        """What its mapped regions wear: ``red=floral blue=check``."""
        found = [one for one in self._further if one["region"] not in ("", MOTIF)]
        return " ".join(f"{one['region']}={one['style_id']}" for one in found)

    @property
    def motif(self) -> str:
        """The textile whose figures its cloth has, "" without one."""
        return next((str(one["style_id"]) for one in self._further if one["region"] == MOTIF), "")

    @property
    def pair(self) -> dict[str, str]:
        """The design as a line of a list of pairs."""
        return {
            "content_id": self.row["content_id"] or "",
            "style_id": self.styles,
            "palette": self.row["palette_id"] or "",
            "region_styles": self.regions,
            "motif": self.motif,
        }

    @property
    def _further(self) -> list[dict[str, Any]]:
        return self.row["further_styles"] or []


def origin_of(storage: Storage, design_id: str) -> Origin:
    """Return what a design was made of.

    Raises:
        RequestRefused: it is not there, carries no row, or its batch or recipe is not known any more.
    """
    row = _row_inside(storage, design_id)
    try:
        frozen = read_frozen(storage, row["batch_id"])
    except (NotFound, PlanRefused) as error:
        raise RequestRefused(
            f"nobody knows any more how {design_id} was painted: {error.message}", design_id=design_id
        ) from error
    recipe = frozen.recipes.get(row["recipe"])
    if recipe is None or frozen.hashes.get(row["recipe"]) != row["recipe_hash"]:
        raise RequestRefused(
            f"{row['batch_id']} was planned anew with another recipe {row['recipe']!r} than {design_id} was "
            f"painted with; ask about a design of the newer plan",
            design_id=design_id,
        )
    return Origin(row, frozen, recipe)


def _row_inside(storage: Storage, design_id: str) -> dict[str, Any]:
    try:
        text = read_png_text(storage.read(design_key(design_id))).get(ROW_KEYWORD, "")
        return row_from_json(text)
    except NotFound:
        raise RequestRefused(
            f"there is no design {design_id}: it was never painted, or is deleted", design_id=design_id
        ) from None
    except (EngineError, ManifestRefused) as error:
        raise RequestRefused(
            f"the image of {design_id} tells nothing of how it was painted ({error.message})",
            design_id=design_id,
        ) from error
