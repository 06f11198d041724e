"""All designs of one recipe at one size, hashed: the unit that shards are cut from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs.colorways import OWN_COLOURS, Colorway
from catalogs.further import Further, further_lines, outfits
from catalogs.identity import (
    ID_BYTES,
    content_ingredients,
    digest_pairs,
    group_ingredients,
    motif_ingredient,
    regions_ingredient,
    repeat_ingredient,
    style_ingredients,
)
from catalogs.learnt import Learnt
from catalogs.lines import Lines, told
from catalogs.recipe_pairs import RecipePairs
from catalogs.selection import Chosen
from configs.recipe import ClothPart, ControlsPart, Recipe

_PAIRS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Group:
    """The designs of one recipe at one size, as arrays of one length N, in the order of painting.

    Attributes:
        recipe: its name.
        recipe_hash: sha256 of what of the recipe changes pixels.
        weights_sha256: of its backbones, joined by +.
        network_weights: of its trained networks' files, each different text once; "" without any.
        network_of: positions in these.
        size_px: long side.
        controls: of the recipe.
        contents: positions in the chosen garments.
        styles: positions in the chosen textiles.
        seeds: of each design.
        colorways: positions in the batch's colorways, 0 for a design in its own colours.
        further: positions in what else is chosen.
        motif_shares: width of the style image over width of the garment, or of new cloth's tile, NaN where
            unknown or unused.
        repeat_shares: width of new cloth's tile over width of the garment, likewise.
        cloth: of the recipe; None where it has none.
        digests: (N, 16), the design ids.
    """

    recipe: str
    recipe_hash: str
    weights_sha256: str
    network_weights: tuple[str, ...]
    network_of: NDArray[np.int32]
    size_px: int
    controls: ControlsPart
    contents: NDArray[np.int32]
    styles: NDArray[np.int32]
    seeds: NDArray[np.int64]
    colorways: NDArray[np.int32]
    further: NDArray[np.int32]
    motif_shares: NDArray[np.float64]
    repeat_shares: NDArray[np.float64]
    cloth: ClothPart | None
    digests: NDArray[np.uint8]


def hash_group(
    chosen: Chosen,
    recipe: Recipe,
    learnt: Learnt,
    *,
    recipe_hash: str,
    size_px: int,
    seeds: Sequence[int],
    weights_sha256: str,
    engine_version: str,
    colorways: Sequence[Colorway] = (OWN_COLOURS,),
) -> Group:
    """Return all pairs that a recipe paints, each with all seeds and colorways, as designs of one size.

    A design's colorways follow it: they are made of it, without painting it again.

    Only what the recipe looks at enters the hash: the mask where it has a garment part, physical widths
    where it has a cloth part.
    """
    masks = chosen.content["mask_sha256"] if recipe.garment is not None else [""] * len(chosen.content)
    contents = [
        content_ingredients(image, mask, protect)
        for image, mask, protect in zip(
            chosen.content["image_sha256"], masks, chosen.content["protect_sha256"], strict=True
        )
    ]
    # The last is that of yardage, whose position is -1.
    contents.append(content_ingredients("", ""))
    styles = [style_ingredients(image) for image in chosen.style["image_sha256"]]
    taken = learnt.pairs
    shares, motifs = _motif_shares(chosen, taken, recipe.cloth)
    repeats, tiles = _repeat_shares(chosen, taken, recipe.cloth)
    rest = motifs + tiles + _further_lines(chosen, taken, to_scale=recipe.cloth is not None) + learnt.lines
    different = list(dict.fromkeys(seeds))
    variants = [(seed, colorway) for seed in different for colorway in colorways]
    by_variant = []
    for seed, colorway in variants:
        group = group_ingredients(
            recipe_hash=recipe_hash,
            size_px=size_px,
            seed=seed,
            weights_sha256=weights_sha256,
            engine_version=engine_version,
            colorway=colorway.ingredient,
        )
        by_variant.append(_digests(group, contents, styles, taken, rest))
    each = len(variants)
    return Group(
        recipe=recipe.name,
        recipe_hash=recipe_hash,
        weights_sha256=weights_sha256,
        network_weights=learnt.weights,
        network_of=np.repeat(learnt.of, each),
        size_px=size_px,
        controls=recipe.controls,
        contents=np.repeat(taken.contents, each),
        styles=np.repeat(taken.styles, each),
        seeds=np.tile(np.repeat(np.asarray(different, dtype=np.int64), len(colorways)), len(taken.contents)),
        colorways=np.tile(np.arange(len(colorways), dtype=np.int32), len(different) * len(taken.contents)),
        further=np.repeat(taken.further, each),
        motif_shares=np.repeat(shares, each),
        repeat_shares=np.repeat(repeats, each),
        cloth=recipe.cloth,
        digests=np.stack(by_variant, axis=1).reshape(-1, ID_BYTES),
    )


def _digests(
    group: bytes, contents: Sequence[bytes], styles: Sequence[bytes], taken: RecipePairs, rest: Lines
) -> NDArray[np.uint8]:
    """Return the ids of pairs, ``(N, 16)``; a part at a time, since plain values take the most room."""
    digests = np.empty((len(taken.contents), ID_BYTES), np.uint8)
    for start in range(0, len(digests), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        pairs = [column[part].tolist() for column in (taken.contents, taken.styles, rest.of)]
        raw = digest_pairs(group, contents, styles, rest.texts, pairs)
        digests[part] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, ID_BYTES)
    return digests


def _motif_shares(
    chosen: Chosen, taken: RecipePairs, cloth: ClothPart | None
) -> tuple[NDArray[np.float64], Lines]:
    """Return style image width over garment (or tile) width, NaN where unknown, and its lines in the hash."""
    exact = np.full(len(taken.contents), np.nan)
    if cloth is not None:
        motifs_mm = _widths(chosen.style["motif_width_mm"])[taken.styles]
        of_mm = (cloth.repeat_width_mm or np.nan) if cloth.is_new else _garment_widths(chosen, taken)
        exact = motifs_mm / of_mm
    return told(exact, motif_ingredient)


def _repeat_shares(
    chosen: Chosen, taken: RecipePairs, cloth: ClothPart | None
) -> tuple[NDArray[np.float64], Lines]:
    """Return the width of new cloth's tile over that of the garment, likewise.

    A tile whose width no recipe says is as wide as the style image that was laid out on it.
    """
    if cloth is None or not cloth.is_new:
        return np.full(len(taken.contents), np.nan), Lines.nothing(len(taken.contents))
    styles_mm = _widths(chosen.style["motif_width_mm"])[taken.styles]
    tiles_mm = cloth.repeat_width_mm or styles_mm / cloth.motif_scale
    return told(tiles_mm / _garment_widths(chosen, taken), repeat_ingredient)


def _garment_widths(chosen: Chosen, taken: RecipePairs) -> NDArray[np.float64]:
    """Return garments' widths, mm; NaN where unknown and where there is no garment."""
    return np.append(_widths(chosen.content["width_mm"]), np.nan)[taken.contents]


def _widths(column: pd.Series) -> NDArray[np.float64]:
    return column.to_numpy(dtype=np.float64)


def _further_lines(chosen: Chosen, taken: RecipePairs, *, to_scale: bool) -> Lines:
    """Return what else than garment and textile enters the hash of each pair."""
    if len(chosen.further) == 1 and chosen.further[0] == Further():
        return Lines.nothing(len(taken.contents))
    found = outfits(taken.styles, taken.further, len(chosen.further))
    worn = Lines(
        [
            further_lines(chosen.further[one], chosen.style.iloc[style], chosen.library, to_scale=to_scale)
            for style, one in zip(found.styles, found.further, strict=True)
        ],
        found.of,
    )
    # The first is that of designs without regions, and of yardage, whose garment is -1.
    maps = [b"", *(regions_ingredient(sha256) for sha256 in chosen.content["regions_sha256"])]
    mapped = np.array([one.has_regions for one in chosen.further])[taken.further]
    return worn + Lines(maps, np.where(mapped, taken.contents + 1, 0))
