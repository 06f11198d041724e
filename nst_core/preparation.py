"""From bytes to a canvas: the garment read, its textiles seen and laid on it; beside the painting."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial

import numpy as np

from configs.cloth import Repeat
from configs.recipe import ClothPart, Recipe
from nst_core.box import painted_box
from nst_core.cloth import lay, match, tile_on_picture
from nst_core.codec import decode
from nst_core.colour import colours_kept
from nst_core.design import (
    DesignJob,
    FurtherStyle,
    Prepared,
    RgbFloat,
    RgbImage,
    StyleRegion,
    TileAwaited,
)
from nst_core.garment import Look, region_masks
from nst_core.garment.pixels import floats, unit
from nst_core.garment_photo import Garment, garment_key, read_garment
from nst_core.learnt import LearntStyles
from nst_core.memo import Memo, fingerprint
from nst_core.textiles import Seen, Textiles, joined
from nst_core.tiles import Tiles, key_of, tile_design

# Prepared designs are kept for two shards at work, and none so large that it is a burden.
ALIKE, LARGEST_SHARED_PX = 2, 2048


class Preparation:
    """Prepares designs and remembers what they share: a garment's mask and shading, a textile and its cloth.

    Thread-safe: designs of one garment that are prepared at once find its mask once.
    """

    def __init__(
        self, *, look: Look | None = None, garments: int = 48, styles: int = 16, cloths: int = 16
    ) -> None:
        """Keep so many of each; ``look`` helps to find masks, None leaves that to colours."""
        self._look = look
        self._garments: Memo[Garment] = Memo(garments)
        self._textiles = Textiles(styles=styles, cloths=cloths)
        self.tiles = Tiles(self._textiles, tiles=cloths)
        self._alike: Memo[Prepared] = Memo(ALIKE)
        self._learnt = LearntStyles()

    def prepare(self, job: DesignJob, recipe: Recipe, *, tile: RgbImage | None = None) -> Prepared:
        """Decode and lay out one design: yardage, a garment in new cloth, or one in textiles as they are.

        Args:
            job: the design's files and numbers.
            recipe: how it is painted.
            tile: of a garment's new cloth where that was finished before: it is not laid out again.

        Raises:
            ImageRefused: one of its files is no picture that we take; the error names it.
            ClothUnsuitable: new cloth's maker can make nothing good of its textiles.
            NetworkUntrained, NetworkRefused: it is to be painted through a network that has not learnt it.
        """
        self._learnt.check(job, recipe)
        origin = replace(job, design_id="", colorway=None)

        def made() -> Prepared:
            return self._prepared(job, recipe, tile)

        # A design's colorways follow each other and are prepared alike.
        shared = job.colorway is not None and job.size_px <= LARGEST_SHARED_PX
        prepared = self._alike.get((origin, recipe), made) if shared else made()
        return replace(
            prepared,
            design_id=job.design_id,
            colorway=job.colorway,
            origin=origin,
            network=job.network(recipe.through),
        )

    def _prepared(self, job: DesignJob, recipe: Recipe, tile: RgbImage | None) -> Prepared:
        part = recipe.cloth
        if part is None or not part.is_new:
            return self._as_it_is(job, recipe, self._garment(job, recipe))
        if recipe.kind == "yardage":
            return tile_design(job, self.tiles.laid_out(job, recipe, part), part)
        if tile is not None:
            return self._wearing(job, recipe, part, unit(tile))
        laid_out = self.tiles.laid_out(job, recipe, part)
        wear = partial(self._wearing, job, recipe, part)
        awaited = TileAwaited(laid_out.key, tile_design(job, laid_out, part), wear)
        return replace(_bare(job, recipe, self._garment(job, recipe)), awaits=awaited)

    def _garment(self, job: DesignJob, recipe: Recipe) -> Garment:
        part = recipe.garment
        return self._garments.get(garment_key(job, part), lambda: read_garment(job, part, self._look))

    def _wearing(self, job: DesignJob, recipe: Recipe, part: ClothPart, finished: RgbFloat) -> Prepared:
        """Return a garment in a finished tile."""
        garment = self._garment(job, recipe)
        tile_px = _tile_width_px(job, garment)
        if job.repeat_share is not None and job.motif_share is None:
            # A tile of unknown width is as wide as its style image is long; catalogs know how wide that is.
            tile_px *= self.tiles.style_long_over_width(job, recipe, part)
        seen = _in_new_cloth(finished, part.repeat, tile_px, key_of(job, recipe, part), recipe, garment)
        return replace(
            _bare(job, recipe, garment),
            style=_bytes_of(seen),
            style_key=seen.key,
            laid=_laid(seen, part, garment, job.seed),
            tile=np.rint(finished * 255).astype(np.uint8),
        )

    def mock_up(self, tile: RgbImage, repeat: Repeat, job: DesignJob, recipe: Recipe) -> Prepared:
        """Return a garment in a finished tile, laid on it and ready to be relit; ``job.style`` is not read.

        Raises:
            ImageRefused: the garment's files cannot be used.
        """
        garment = self._garment(job, recipe)
        key = ("mock-up", fingerprint(tile.tobytes()), tile.shape)
        seen = _in_new_cloth(unit(tile), repeat, _tile_width_px(job, garment), key, recipe, garment)
        part = ClothPart(bend_px=0) if recipe.cloth is None else recipe.cloth
        laid = _laid(seen, part, garment, job.seed)
        return replace(_bare(job, recipe, garment), style=_bytes_of(seen), style_key=seen.key, laid=laid)

    def _as_it_is(self, job: DesignJob, recipe: Recipe, garment: Garment) -> Prepared:
        masks = _masks(job, garment)
        seen = [self._textiles.mixed(styles, job, garment, recipe) for styles in _styles(job)]
        laid = None
        if recipe.cloth is not None:
            cloths = [
                _laid(one, recipe.cloth, garment, job.seed, mask)
                for one, mask in zip(seen, masks, strict=True)
            ]
            laid = floats(sum(mask[..., None] * cloth for mask, cloth in zip(masks, cloths, strict=True)))
        whole = joined(seen, _areas(masks, garment), seed=job.seed)
        return Prepared(
            design_id=job.design_id,
            seed=job.seed,
            content=garment.content,
            # The losses compare with the cloth itself, flat and evenly lit, as it would come from the roll.
            style=_bytes_of(whole),
            style_key=whole.key,
            mask=garment.mask,
            alpha=garment.alpha,
            shading=garment.shading,
            laid=laid,
            box=painted_box(garment.alpha, garment.shape_px, recipe),
            regions=_regions(masks, seen) if len(seen) > 1 else (),
            shares=_shares(job) if job.further else (),
            flags=garment.flags,
        )


def _bare(job: DesignJob, recipe: Recipe, garment: Garment) -> Prepared:
    """Return a garment that wears nothing yet."""
    return Prepared(
        design_id=job.design_id,
        seed=job.seed,
        content=garment.content,
        style=garment.content,
        style_key=("bare", garment.key),
        mask=garment.mask,
        alpha=garment.alpha,
        shading=garment.shading,
        laid=None,
        box=painted_box(garment.alpha, garment.shape_px, recipe),
        flags=garment.flags,
    )


def _tile_width_px(job: DesignJob, garment: Garment) -> float:
    """Return how wide a tile is seen on a garment: by both widths, else as the picture's long side."""
    known = job.repeat_share
    return float(max(garment.shape_px)) if known is None else known * garment.width_px


def _in_new_cloth(
    finished: RgbFloat, repeat: Repeat, tile_px: float, made: Hashable, recipe: Recipe, garment: Garment
) -> Seen:
    """Return the flat cloth of a picture out of a finished tile, in the colours that are to be kept."""
    height, width = garment.shape_px
    image = tile_on_picture(finished, repeat, height_px=height, width_px=width, tile_width_px=tile_px)
    key: Hashable = (made, height, width, tile_px)
    how = recipe.controls.keep_colours
    if how == "none":
        return Seen(image, key)
    return Seen(colours_kept(image, unit(garment.content), garment.alpha, how), (key, how, garment.key))


def _styles(job: DesignJob) -> list[list[FurtherStyle]]:
    """Return the styles of each region by their shares there, first those of what has no other."""
    shared = [style for style in job.further if not style.region]
    left = 1 - sum(style.share for style in shared)
    first = FurtherStyle(job.style, job.style_name, share=left, motif_ratio=1.0)
    regional = [
        [FurtherStyle(style.data, style.name, share=1.0, motif_ratio=style.motif_ratio)]
        for style in job.further
        if style.region
    ]
    return [[first, *shared], *regional]


def _shares(job: DesignJob) -> tuple[tuple[float, ...], ...]:
    """Return what each style of a design has of each of its regions, in the order of :func:`_styles`."""
    shared = [0.0 if style.region else style.share for style in job.further]
    own = [
        tuple(float(place == own) for place in range(-1, len(job.further)))
        for own, style in enumerate(job.further)
        if style.region
    ]
    return ((1 - sum(shared), *shared), *own)


def _masks(job: DesignJob, garment: Garment) -> list[RgbFloat]:
    """Return where each region of a design is, ``(H, W)``, first what has no other; they sum to 1."""
    height, width = garment.shape_px
    wanted = [style.region for style in job.further if style.region]
    if not wanted or job.regions is None:
        return [np.ones((height, width), np.float32)]
    name = job.regions_name or job.content_name
    masks = region_masks(decode(job.regions, name=name).rgb, wanted, height, width, name=name)
    return [floats(np.clip(1 - sum(masks), 0, 1)), *masks]


def _laid(
    seen: Seen, part: ClothPart, garment: Garment, seed: int, region: RgbFloat | None = None
) -> RgbFloat:
    """Return a flat cloth as it lies on the garment, matched over its region where the recipe says so."""
    bend = part.bend_px * max(garment.shape_px) / 256
    laid = lay(seen.image, shading=garment.shading, bend_px=bend, pieces=garment.pieces, seed=seed)
    if not part.match:
        return laid
    where = garment.alpha if region is None or garment.alpha is None else floats(garment.alpha * region)
    return match(laid, seen.image, shading=garment.shading, where=where)


def _areas(masks: list[RgbFloat], garment: Garment) -> list[float]:
    """Return each region's share of where the picture is painted; of the picture where that is nowhere."""
    painted = 1.0 if garment.alpha is None or not garment.alpha.any() else garment.alpha
    areas = [float((mask * painted).sum()) for mask in masks]
    return [area / sum(areas) for area in areas]


def _regions(masks: list[RgbFloat], seen: list[Seen]) -> tuple[StyleRegion, ...]:
    return tuple(StyleRegion(mask, _bytes_of(one), one.key) for mask, one in zip(masks, seen, strict=True))


def _bytes_of(seen: Seen) -> RgbImage:
    return np.rint(seen.image * 255).astype(np.uint8)
