"""Tiles of new cloth: their textiles at the tile's scale, laid out by their maker; each tile once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from configs.cloth import MOST_CANDIDATES, ClothPart, Repeat
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
from nst_core.scoring.tile import rank, score_tile
from nst_core.textiles import Textiles

# Below it no maker has room for a motif and its neighbour.
LEAST_SIDE_PX = 64
# Larger tiles are decided on as one of this side and then drawn: what was chosen is what is ordered.
DECIDED_AT_PX = 384


@dataclass(frozen=True, eq=False)
class LaidOut:
    """A tile laid out and what stands for all that it was made from; equal keys are equal tiles.

    ``sheet`` is the one that the layout was decided on.
    """

    key: Hashable
    layout: Layout
    repeat: Repeat
    sheet: Sheet


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
        key = key_of(job, recipe, part)
        return self._laid_out.get(key, lambda: self.lay_out(job, recipe, part))

    def lay_out(self, job: DesignJob, recipe: Recipe, part: ClothPart) -> LaidOut:
        """Return what :meth:`laid_out` does, made anew and not kept."""
        height, width = tile_size_px(min(job.size_px, DECIDED_AT_PX), part)
        textiles = self._textiles_of(job, recipe, part, width)
        sheets = [Sheet(height, width, part.repeat, seed) for seed in _seeds(job.seed, part.candidates)]
        make: Callable[..., Layout] = (MAKERS_OF_TWO if part.of_two else MAKERS_OF_ONE)[part.maker]
        best = _best([(sheet, make(*textiles, sheet)) for sheet in sheets], part)
        laid = LaidOut(key_of(job, recipe, part), best[1], part.repeat, best[0])
        size = tile_size_px(job.size_px, part)
        if size == (height, width):
            return laid
        return replace(laid, layout=self.drawn(laid, job, recipe, part, *size))

    def drawn(
        self, laid: LaidOut, job: DesignJob, recipe: Recipe, part: ClothPart, height_px: int, width_px: int
    ) -> Layout:
        """Return a design's layout on a tile of another size, of the textiles' own pixels there."""
        sheet = replace(laid.sheet, height_px=height_px, width_px=width_px)
        return laid.layout.on(sheet, *self._textiles_of(job, recipe, part, width_px))

    def _textiles_of(self, job: DesignJob, recipe: Recipe, part: ClothPart, width_px: int) -> list[RgbFloat]:
        """Return style and, where the maker takes one, motif as they are seen on a tile of a width."""
        style = self._seen(job.style, job.style_name, job, recipe, width_px, ratio=1.0)
        if not part.of_two:
            return [style]
        if job.motif is None or job.motif_name is None:
            raise EngineError(
                f"maker {part.maker} joins two textiles, and design {job.design_id} names no motif",
                code="motif_missing",
            )
        return [style, self._seen(job.motif, job.motif_name, job, recipe, width_px, ratio=job.motif_ratio)]

    def textile(self, job: DesignJob, recipe: Recipe, side_px: int) -> RgbFloat:
        """Return the style as it is seen on a tile of so many px across.

        Raises:
            ImageRefused: it is no picture that we take.
        """
        return self._seen(job.style, job.style_name, job, recipe, side_px, ratio=1.0)

    def style_long_over_width(self, job: DesignJob, recipe: Recipe, part: ClothPart) -> float:
        """Return the style image's long side over its width, as a layout is decided with it."""
        _, decided = tile_size_px(min(job.size_px, DECIDED_AT_PX), part)
        height, width = self.textile(job, recipe, decided).shape[:2]
        return float(max(height, width) / width)

    def own_width_px(self, job: DesignJob, recipe: Recipe) -> float:
        """Return the width of a tile on which its detail is seen px by px.

        The style's detail where it is what the tile is refined to, else that of the motif, if there is one.
        """
        data, name, ratio = job.style, job.style_name, 1.0 if job.motif_share is not None else None
        refined = recipe.cloth is not None and recipe.cloth.refine is not None
        if not refined and job.motif is not None and job.motif_name is not None:
            data, name, ratio = job.motif, job.motif_name, job.motif_ratio
        textile = self._textiles.flat(data, name, turn_deg=_turn(recipe))
        return 1 / _scale(textile, job, recipe, 1, ratio=ratio)

    def _seen(
        self, data: bytes, name: str, job: DesignJob, recipe: Recipe, side: int, *, ratio: float | None
    ) -> RgbFloat:
        """Return a textile flat, evenly lit, turned and at the tile's scale."""
        textile = self._textiles.flat(data, name, turn_deg=_turn(recipe))
        seen = scaled(textile, _scale(textile, job, recipe, side, ratio=ratio))
        if job.palette is None:
            return seen
        palette, _ = self._textiles.palette(job, job.palette)
        # Recoloured before anything is laid: what refines the tile then looks for the colours that it has.
        return recoloured(seen, colour_statistics(seen), palette)


def _turn(recipe: Recipe) -> float:
    """Return how far textiles are turned, degrees counter-clockwise."""
    return recipe.controls.rotation_deg + (recipe.cloth.rotation_deg if recipe.cloth is not None else 0.0)


def _scale(textile: RgbFloat, job: DesignJob, recipe: Recipe, side: int, *, ratio: float | None) -> float:
    """Return how large a px of a textile is seen on a tile of so many px across."""
    height, width = textile.shape[:2]
    factor = recipe.controls.motif_scale
    if job.motif_share is not None and ratio is not None:
        return float(job.motif_share * ratio * factor * side / width)
    scale = (recipe.cloth.motif_scale if recipe.cloth is not None else 1.0) * factor * side
    return float(scale / max(height, width))


def tile_size_px(width_px: int, part: ClothPart) -> tuple[int, int]:
    """Return height and width of the tile for designs of a size, px: the nearest that the repeat takes."""
    multiple = size_multiple(part.repeat)
    height, width = (
        max(LEAST_SIDE_PX, round(side / multiple) * multiple)
        for side in (width_px * part.repeat_aspect, width_px)
    )
    return height, width


def tile_design(job: DesignJob, tile: LaidOut, part: ClothPart) -> Prepared:
    """Return a laid out tile as a design of its own, ready to be refined."""
    layout = tile.layout
    height, width = layout.tile.shape[:2]
    return Prepared(
        design_id=job.design_id,
        seed=job.seed,
        network=job.network(part.network),
        content=_bytes_of(layout.tile),
        style=_bytes_of(layout.style),
        style_key=("cloth of", tile.key),
        mask=None,
        alpha=layout.figure,
        shading=None,
        laid=layout.tile,
        box=Area(0, 0, height, width),
        repeat=tile.repeat,
        layout=layout,
    )


def _seeds(seed: int, candidates: int) -> list[int]:
    """Return a layout's seed for each candidate; no two designs share one."""
    return [seed * MOST_CANDIDATES + candidate for candidate in range(candidates)]


def _best(made: Sequence[tuple[Sheet, Layout]], part: ClothPart) -> tuple[Sheet, Layout]:
    """Return the layout that passes most of its maker's gates; they need no network."""
    if len(made) == 1 or part.new is None:
        return made[0]
    scores = [
        score_tile(one.tile, one.style, one.motif, part.repeat, None, classes=one.classes, whole=one.whole)
        for _, one in made
    ]
    return made[rank(scores, part.new)[0]]


def key_of(job: DesignJob, recipe: Recipe, part: ClothPart) -> Hashable:
    """Return what stands for the tile of a design's cloth: equal keys are equal tiles."""
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
        *(files.key for _, files in job.networks),
    )


def _bytes_of(image: RgbFloat) -> RgbImage:
    return np.rint(image * 255).astype(np.uint8)
