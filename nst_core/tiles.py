"""Tiles of new cloth: their textiles at the tile's scale, laid out by their maker; each tile once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from configs.cloth import ClothPart, Repeat
from configs.recipe import Recipe
from nst_core.backbones import Area
from nst_core.cloth.make import scaled
from nst_core.cloth.makers import Layout, Sheet
from nst_core.cloth.makers.registry import MAKERS_OF_ONE, MAKERS_OF_TWO
from nst_core.colour import colour_statistics, recoloured
from nst_core.design import DesignJob, Prepared, RgbFloat, RgbImage
from nst_core.errors import EngineError
from nst_core.lattice import size_multiple
from nst_core.memo import Memo, fingerprint
from nst_core.textiles import Textiles

# Below it no maker has room for a motif and its neighbour.
LEAST_SIDE_PX = 64
# A design's seeds and their candidates are different layouts all.
CANDIDATES_APART = 32


@dataclass(frozen=True, eq=False)
class LaidOut:
    """A tile laid out and what stands for all that it was made from; equal keys are equal tiles."""

    key: Hashable
    layout: Layout
    repeat: Repeat


class Tiles:
    """Lays tiles out and remembers them. Thread-safe."""

    def __init__(self, textiles: Textiles, *, tiles: int) -> None:
        self._textiles = textiles
        self._laid_out: Memo[LaidOut] = Memo(tiles)

    def laid_out(self, job: DesignJob, recipe: Recipe, part: ClothPart) -> LaidOut:
        """Return the tile of a design's cloth.

        Raises:
            ImageRefused: the style, the motif or the palette is no picture that we take.
            ClothUnsuitable: the maker can make nothing good of them.
        """
        key = _key(job, recipe, part)
        return self._laid_out.get(key, lambda: self._lay_out(key, job, recipe, part))

    def _lay_out(self, key: Hashable, job: DesignJob, recipe: Recipe, part: ClothPart) -> LaidOut:
        side = tile_side_px(job.size_px, part.repeat)
        style = self._seen(job.style, job.style_name, job, recipe, side, ratio=1.0)
        if part.of_two:
            if job.motif is None or job.motif_name is None:
                raise EngineError(
                    f"maker {part.maker} joins two textiles, and design {job.design_id} names no motif",
                    code="motif_missing",
                )
            motif = self._seen(job.motif, job.motif_name, job, recipe, side, ratio=job.motif_ratio)
            layout = MAKERS_OF_TWO[part.maker](style, motif, _sheet(side, part.repeat, job.seed, 0))
        else:
            layout = MAKERS_OF_ONE[part.maker](style, _sheet(side, part.repeat, job.seed, 0))
        return LaidOut(key, layout, part.repeat)

    def _seen(
        self, data: bytes, name: str, job: DesignJob, recipe: Recipe, side: int, *, ratio: float | None
    ) -> RgbFloat:
        """Return a textile flat, evenly lit, turned and at the tile's scale."""
        turn = recipe.controls.rotation_deg + (recipe.cloth.rotation_deg if recipe.cloth is not None else 0.0)
        textile = self._textiles.flat(data, name, turn_deg=turn)
        height, width = textile.shape[:2]
        factor = recipe.controls.motif_scale
        if job.motif_share is not None and ratio is not None:
            scale = job.motif_share * ratio * factor * side / width
        else:
            scale = (recipe.cloth.motif_scale if recipe.cloth is not None else 1.0) * factor * side
            scale /= max(height, width)
        seen = scaled(textile, scale)
        if job.palette is None:
            return seen
        palette, _ = self._textiles.palette(job, job.palette)
        # Recoloured before anything is laid: what refines the tile then looks for the colours that it has.
        return recoloured(seen, colour_statistics(seen), palette)


def tile_side_px(size_px: int, repeat: Repeat) -> int:
    """Return the side of the tile for designs of a size, px: the nearest that the repeat takes."""
    multiple = size_multiple(repeat)
    return max(LEAST_SIDE_PX, round(size_px / multiple) * multiple)


def tile_design(job: DesignJob, tile: LaidOut) -> Prepared:
    """Return a laid out tile as a design of its own, ready to be refined."""
    layout = tile.layout
    height, width = layout.tile.shape[:2]
    return Prepared(
        design_id=job.design_id,
        seed=job.seed,
        content=_bytes_of(layout.tile),
        style=_bytes_of(layout.style),
        style_key=("cloth of", tile.key),
        mask=None,
        alpha=layout.figure,
        shading=None,
        laid=layout.tile,
        box=Area(0, 0, height, width),
        repeat=tile.repeat,
    )


def _sheet(side: int, repeat: Repeat, seed: int, candidate: int) -> Sheet:
    return Sheet(side, side, repeat, seed * CANDIDATES_APART + candidate)


def _key(job: DesignJob, recipe: Recipe, part: ClothPart) -> Hashable:
    files = (job.style, job.motif, job.palette)
    return (
        *(None if data is None else fingerprint(data) for data in files),
        recipe.backbone,
        part,
        recipe.controls.motif_scale,
        recipe.controls.rotation_deg,
        job.size_px,
        job.seed,
        job.motif_share,
        job.motif_ratio,
    )


def _bytes_of(image: RgbFloat) -> RgbImage:
    return np.rint(image * 255).astype(np.uint8)
