"""Textiles as they are seen on a picture: at their scale, made into cloth, in the colours asked for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from configs.recipe import ClothPart, Recipe
from nst_core.cloth import evenly_lit, make_cloth, patchwork, turned, without_foreign_edges
from nst_core.codec import Picture, decode
from nst_core.colour import ColourStatistics, colour_statistics, colours_kept, recoloured
from nst_core.design import DesignJob, FurtherStyle, RgbFloat, RgbImage
from nst_core.garment.pixels import unit
from nst_core.garment_photo import Garment
from nst_core.memo import Memo, fingerprint
from nst_core.sizing import MIN_SIDE_PX, to_long_side

# The style image that the losses look at is never larger than this many pictures: Gram matrices are means,
# more cloth only costs time.
STYLE_AREA_IN_PICTURES = 1.5
# Where colours lie is as well read on a small copy.
PALETTE_SIDE_PX = 512


@dataclass(frozen=True)
class Seen:
    """A textile as it is seen on a picture: flat and evenly lit; equal keys are equal images.

    ``image`` is ``(h, w, 3)``, sRGB in [0, 1]: of the picture's size where a recipe has a cloth.
    """

    image: RgbFloat
    key: Hashable


class Textiles:
    """Shows textiles and remembers what designs share: a decoded file, its cloth, a palette. Thread-safe."""

    def __init__(self, *, styles: int, cloths: int) -> None:
        self._styles: Memo[Picture] = Memo(styles)
        self._cloths: Memo[RgbFloat] = Memo(cloths)
        self._palettes: Memo[ColourStatistics] = Memo(styles)
        self._flat: Memo[RgbFloat] = Memo(styles)

    def flat(self, data: bytes, name: str, *, turn_deg: float) -> RgbFloat:
        """Return a textile in its own size, turned, without foreign edges and evenly lit: to be cut up.

        Raises:
            ImageRefused: it is no picture that we take; the error names the file.
        """
        sha256 = fingerprint(data)
        picture = self._styles.get(sha256, lambda: decode(data, name=name))
        return self._flat.get(
            (sha256, turn_deg),
            lambda: evenly_lit(unit(without_foreign_edges(turned(picture.rgb, turn_deg)))),
        )

    def mixed(self, styles: Sequence[FurtherStyle], job: DesignJob, garment: Garment, recipe: Recipe) -> Seen:
        """Return one textile, or the patchwork of several by their shares.

        Raises:
            ImageRefused: a style or the palette is no picture that we take; the error names the file.
        """
        seen = [self._seen(style, job, garment, recipe) for style in styles]
        return joined(seen, [style.share for style in styles], seed=job.seed)

    def _seen(self, style: FurtherStyle, job: DesignJob, garment: Garment, recipe: Recipe) -> Seen:
        sha256 = fingerprint(style.data)
        picture = self._styles.get(sha256, lambda: decode(style.data, name=style.name))
        height, width = garment.shape_px
        long_side, turn = _long_side_px(picture, style, job, garment, recipe), _turn(recipe)
        if recipe.cloth is None:
            key: Hashable = (sha256, long_side, height * width, turn)
            area = STYLE_AREA_IN_PICTURES * height * width
            image = unit(_style_as_seen(picture.rgb, long_side, turn_deg=turn, max_area=area))
        else:
            part = recipe.cloth
            key = (sha256, part.maker, height, width, long_side, turn, job.seed)
            image = self._cloths.get(
                key, lambda: _make(picture, part, height, width, long_side, turn, job.seed)
            )
        if job.palette is not None:
            palette, palette_key = self.palette(job, job.palette)
            image = recoloured(image, colour_statistics(image), palette)
            key = (key, palette_key)
        how = recipe.controls.keep_colours
        if how != "none":
            image = colours_kept(image, unit(garment.content), garment.alpha, how)
            key = (key, how, garment.key)
        return Seen(image, key)

    def palette(self, job: DesignJob, data: bytes) -> tuple[ColourStatistics, str]:
        """Return where the colours of a design's palette lie, and what stands for its image."""
        sha256 = fingerprint(data)
        name = job.palette_name or job.style_name
        return self._palettes.get(sha256, lambda: _colours_of(data, name)), sha256


def seen_alone(picture: Picture, recipe: Recipe, *, height_px: int, width_px: int, seed: int) -> RgbFloat:
    """Return a textile as a recipe shows it on a picture of so many px, where no widths on cloth are known.

    Returns:
        ``(h, w, 3)`` in [0, 1]: of the picture's size where the recipe has a cloth.
    """
    long_side, turn = _share_long_side_px(recipe, max(height_px, width_px)), _turn(recipe)
    if recipe.cloth is None:
        area = STYLE_AREA_IN_PICTURES * height_px * width_px
        return unit(_style_as_seen(picture.rgb, long_side, turn_deg=turn, max_area=area))
    return _make(picture, recipe.cloth, height_px, width_px, long_side, turn, seed)


def joined(seen: Sequence[Seen], shares: Sequence[float], *, seed: int) -> Seen:
    """Return the patchwork of textiles by their shares of the area; those without one are left out."""
    laid = [(one, share) for one, share in zip(seen, shares, strict=True) if share > 0]
    if len(laid) == 1:
        return laid[0][0]
    image = patchwork([one.image for one, _ in laid], [share for _, share in laid], seed=seed)
    return Seen(image, (tuple((one.key, share) for one, share in laid), seed))


def _colours_of(data: bytes, name: str) -> ColourStatistics:
    rgb = decode(data, name=name).rgb
    return colour_statistics(unit(to_long_side(rgb, min(PALETTE_SIDE_PX, max(rgb.shape[:2])))))


def _turn(recipe: Recipe) -> float:
    """Return how far the style is turned, degrees counter-clockwise."""
    return recipe.controls.rotation_deg + (recipe.cloth.rotation_deg if recipe.cloth is not None else 0.0)


def _make(
    style: Picture, part: ClothPart, height: int, width: int, long_side: int, turn_deg: float, seed: int
) -> RgbFloat:
    return make_cloth(
        style.rgb,
        maker=part.as_is or "quilt",
        height_px=height,
        width_px=width,
        long_side_px=long_side,
        rotation_deg=turn_deg,
        seed=seed,
    )


def _long_side_px(
    picture: Picture, style: FurtherStyle, job: DesignJob, garment: Garment, recipe: Recipe
) -> int:
    """Return the long side at which the style image is seen on the picture, px.

    From the physical widths where the catalogs give both (the style image covers ``motif_share`` of the
    garment's width), else the recipe's share of the picture's long side, else the picture's long side; times
    the controls' factor.
    """
    picture_long_side = max(garment.shape_px)
    factor = recipe.controls.motif_scale
    if recipe.cloth is None or job.motif_share is None or style.motif_ratio is None:
        return _share_long_side_px(recipe, picture_long_side)
    style_height, style_width = int(picture.rgb.shape[0]), int(picture.rgb.shape[1])
    width = job.motif_share * style.motif_ratio * factor * garment.width_px
    long_side = width * max(style_height, style_width) / style_width
    # Finer than 32 px no motif can be seen; a motif eight pictures wide is one flat colour.
    return round(min(max(long_side, MIN_SIDE_PX), 8 * picture_long_side))


def _share_long_side_px(recipe: Recipe, picture_long_side: int) -> int:
    share = 1.0 if recipe.cloth is None else recipe.cloth.motif_scale
    return max(MIN_SIDE_PX, round(share * recipe.controls.motif_scale * picture_long_side))


def _style_as_seen(style: RgbImage, long_side: int, *, turn_deg: float, max_area: float) -> RgbImage:
    """Return the style image at its scale on the picture, its middle where it would be larger than needed."""
    seen = turned(to_long_side(style, long_side), turn_deg)
    height, width = seen.shape[:2]
    excess = (height * width / max_area) ** 0.5
    if excess <= 1:
        return seen
    keep_height, keep_width = round(height / excess), round(width / excess)
    top, left = (height - keep_height) // 2, (width - keep_width) // 2
    return seen[top : top + keep_height, left : left + keep_width]
