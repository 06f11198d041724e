"""From bytes to a canvas: decode, size, mask, shading, cloth laid on the garment; beside the painting."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.recipe import ClothPart, GarmentPart, Recipe
from nst_core.cloth import lay, make_cloth, turned
from nst_core.codec import Picture, decode, decode_mask
from nst_core.colour import ColourStatistics, colour_statistics, colours_kept, recoloured
from nst_core.design import DesignJob, Prepared, RgbFloat, RgbImage
from nst_core.garment import (
    GarmentMask,
    Piece,
    Shading,
    find_fittings,
    find_mask,
    find_pieces,
    protection,
    read_shading,
    seams,
)
from nst_core.garment.pixels import unit
from nst_core.memo import Memo

# The style image that the losses look at is never larger than this many pictures: Gram matrices are means,
# more cloth only costs time.
STYLE_AREA_IN_PICTURES = 1.5
MIN_SIDE_PX = 32
# Where colours lie is as well read on a small copy.
PALETTE_SIDE_PX = 512


@dataclass(frozen=True)
class Garment:
    """What one garment photo gives to all its designs at one size."""

    key: Hashable
    content: RgbImage
    mask: GarmentMask | None
    alpha: RgbFloat | None
    shading: Shading | None
    flags: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()


class Preparation:
    """Prepares designs and remembers what they share: a garment's mask and shading, a textile and its cloth.

    Thread-safe: designs of one garment that are prepared at once find its mask once.
    """

    def __init__(self, *, garments: int = 48, styles: int = 16, cloths: int = 16) -> None:
        self._garments: Memo[Garment] = Memo(garments)
        self._styles: Memo[Picture] = Memo(styles)
        self._cloths: Memo[RgbFloat] = Memo(cloths)
        self._palettes: Memo[ColourStatistics] = Memo(styles)

    def prepare(self, job: DesignJob, recipe: Recipe) -> Prepared:
        """Decode and lay out one design.

        Raises:
            ImageRefused: content, mask or style is no picture that we take; the error names the file.
        """
        garment = self._garment(job, recipe)
        style_sha256 = _sha256(job.style)
        style = self._styles.get(style_sha256, lambda: decode(job.style, name=job.style_name))
        height, width = int(garment.content.shape[0]), int(garment.content.shape[1])
        long_side = cloth_long_side_px(style, garment, job, recipe)
        turn = _turn(recipe)
        if recipe.cloth is None:
            style_key: Hashable = (style_sha256, long_side, height * width, turn)
            area = STYLE_AREA_IN_PICTURES * height * width
            seen = unit(_style_as_seen(style.rgb, long_side, turn_deg=turn, max_area=area))
        else:
            part = recipe.cloth
            style_key = (style_sha256, part.maker, height, width, long_side, turn, job.seed)
            seen = self._cloths.get(
                style_key, lambda: _make(style, part, height, width, long_side, turn, job.seed)
            )
        if job.palette is not None:
            palette, palette_key = self._palette(job, job.palette)
            seen = recoloured(seen, colour_statistics(seen), palette)
            style_key = (style_key, palette_key)
        how = recipe.controls.keep_colours
        if how != "none":
            seen = colours_kept(seen, unit(garment.content), garment.alpha, how)
            style_key = (style_key, how, garment.key)
        laid = None
        if recipe.cloth is not None:
            bend_px = recipe.cloth.bend_px * max(height, width) / 256
            laid = lay(seen, shading=garment.shading, bend_px=bend_px, pieces=garment.pieces, seed=job.seed)
        return Prepared(
            design_id=job.design_id,
            seed=job.seed,
            content=garment.content,
            # The losses compare with the cloth itself, flat and evenly lit, as it would come from the roll.
            style=np.rint(seen * 255).astype(np.uint8),
            style_key=style_key,
            mask=garment.mask,
            alpha=garment.alpha,
            shading=garment.shading,
            laid=laid,
            flags=garment.flags,
        )

    def _palette(self, job: DesignJob, data: bytes) -> tuple[ColourStatistics, str]:
        """Return where the colours of a design's palette lie, and the sha256 of its image."""
        sha256 = _sha256(data)
        name = job.palette_name or job.style_name
        return self._palettes.get(sha256, lambda: _colours_of(data, name)), sha256

    def _garment(self, job: DesignJob, recipe: Recipe) -> Garment:
        part = recipe.garment
        masks = (_sha256(mask) if mask is not None else "" for mask in (job.mask, job.protect))
        key = (_sha256(job.content), *masks, job.size_px, part)
        return self._garments.get(key, lambda: _read_garment(job, part, key))


def _colours_of(data: bytes, name: str) -> ColourStatistics:
    rgb = decode(data, name=name).rgb
    return colour_statistics(unit(_resize_long_side(rgb, min(PALETTE_SIDE_PX, max(rgb.shape[:2])))))


def _turn(recipe: Recipe) -> float:
    """Return how far the style is turned, degrees counter-clockwise."""
    return recipe.controls.rotation_deg + (recipe.cloth.rotation_deg if recipe.cloth is not None else 0.0)


def _make(
    style: Picture, part: ClothPart, height: int, width: int, long_side: int, turn_deg: float, seed: int
) -> RgbFloat:
    return make_cloth(
        style.rgb,
        maker=part.maker,
        height_px=height,
        width_px=width,
        long_side_px=long_side,
        rotation_deg=turn_deg,
        seed=seed,
    )


def _read_garment(job: DesignJob, part: GarmentPart | None, key: Hashable) -> Garment:
    picture = decode(job.content, name=job.content_name)
    content = _resize_long_side(picture.rgb, job.size_px)
    flags: tuple[str, ...] = ()
    if max(picture.rgb.shape[:2]) < job.size_px:
        flags += ("content_upscaled",)
    free = None if job.protect is None else 1 - _protection(job, job.protect, content)
    if part is None:
        return Garment(key=key, content=content, mask=None, alpha=free, shading=None, flags=flags)
    catalog_mask = decode_mask(job.mask, name=job.mask_name or job.content_name) if job.mask else None
    opaque = None if picture.alpha is None else _resize_plane(picture.alpha, content.shape[:2])
    mask = find_mask(content, catalog_mask=catalog_mask, alpha=opaque, part=part)
    if mask.source == "none":
        flags += ("unmasked",)
    shading = read_shading(content, mask.alpha, part.shading) if part.shading is not None else None
    pieces = find_pieces(mask.alpha) if part.pieces and mask.source != "none" else ()
    if shading is not None and pieces:
        shading = replace(shading, values=shading.values * seams(pieces, part.seam_depth, content.shape[:2]))
    alpha = mask.alpha if free is None else mask.alpha * free
    if part.fittings and mask.source != "none":
        alpha = alpha * (1 - find_fittings(content, mask.alpha))
    return Garment(
        key=key, content=content, mask=mask, alpha=alpha, shading=shading, flags=flags, pieces=pieces
    )


def _protection(job: DesignJob, data: bytes, content: RgbImage) -> RgbFloat:
    name = job.protect_name or job.content_name
    mask = decode_mask(data, name=name, shows="what is protected", may_be_empty=True)
    return protection(mask, int(content.shape[0]), int(content.shape[1]), name=name)


def cloth_long_side_px(style: Picture, garment: Garment, job: DesignJob, recipe: Recipe) -> int:
    """Return the long side at which the style image is seen on the picture, px.

    From the physical widths where the catalogs give both (the style image covers ``motif_share`` of the
    garment's width), else the recipe's share of the picture's long side, else the picture's long side; times
    the controls' factor.
    """
    picture_long_side = int(max(garment.content.shape[:2]))
    factor = recipe.controls.motif_scale
    if recipe.cloth is None or job.motif_share is None:
        share = 1.0 if recipe.cloth is None else recipe.cloth.motif_scale
        return max(MIN_SIDE_PX, round(share * factor * picture_long_side))
    style_height, style_width = int(style.rgb.shape[0]), int(style.rgb.shape[1])
    width = job.motif_share * factor * _garment_width_px(garment)
    long_side = width * max(style_height, style_width) / style_width
    # Finer than 32 px no motif can be seen; a motif eight pictures wide is one flat colour.
    return round(min(max(long_side, MIN_SIDE_PX), 8 * picture_long_side))


def _garment_width_px(garment: Garment) -> int:
    width = int(garment.content.shape[1])
    if garment.mask is None:
        return width
    columns = np.flatnonzero((garment.mask.alpha > 0.5).any(axis=0))
    return int(columns[-1] - columns[0] + 1) if columns.size else width


def _style_as_seen(style: RgbImage, long_side: int, *, turn_deg: float, max_area: float) -> RgbImage:
    """Return the style image at its scale on the picture, its middle where it would be larger than needed."""
    seen = turned(_resize_long_side(style, long_side), turn_deg)
    height, width = seen.shape[:2]
    excess = (height * width / max_area) ** 0.5
    if excess <= 1:
        return seen
    keep_height, keep_width = round(height / excess), round(width / excess)
    top, left = (height - keep_height) // 2, (width - keep_width) // 2
    return seen[top : top + keep_height, left : left + keep_width]


def _resize_long_side(rgb: RgbImage, long_side: int) -> RgbImage:
    height, width = rgb.shape[:2]
    scale = long_side / max(height, width)
    size = (max(MIN_SIDE_PX, round(width * scale)), max(MIN_SIDE_PX, round(height * scale)))
    if size == (width, height):
        return rgb
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))


def _resize_plane(plane: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    resized = cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
