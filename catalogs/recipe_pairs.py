"""Which of a batch's pairs a recipe makes designs of: yardage needs no garment, joined cloth a motif."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from catalogs.further import MOTIF, Further, with_motif, without_motif, without_regions
from catalogs.pairing import Draw, Positions, Ranks, draw_cloths, rank_pairs
from catalogs.refusals import PlanRefused
from catalogs.selection import Chosen
from catalogs.worn import Worn
from configs.cloth import REPEAT_MULTIPLE_PX
from configs.recipe import Recipe

NO_GARMENT = -1


@dataclass(frozen=True)
class RecipePairs:
    """Positions in the chosen rows, one entry a design; ``contents`` are -1 where there is no garment."""

    contents: Positions
    styles: Positions
    further: Positions


def pairs_of(recipe: Recipe, chosen: Chosen) -> RecipePairs:
    """Return the pairs that a recipe makes designs of.

    Raises:
        PlanRefused: the recipe joins two textiles and no motif is named, or it makes new cloth and pairs have
            mixed textiles or coloured regions.
    """
    is_new = recipe.cloth is not None and recipe.cloth.is_new
    if is_new and chosen.worn is not None and chosen.draw is not None:
        return _drawn(recipe, chosen, chosen.worn, chosen.draw)
    of_two = recipe.cloth is not None and recipe.cloth.of_two
    if recipe.kind == "garment" and not of_two and all(one.motif is None for one in chosen.further):
        if is_new:
            _check_new_cloth(recipe, chosen, chosen.further_of)
        return RecipePairs(chosen.contents, chosen.styles, chosen.further_of)
    contents = np.full_like(chosen.contents, NO_GARMENT) if recipe.kind == "yardage" else chosen.contents
    return _each_once(recipe, chosen, np.stack([contents, chosen.styles, chosen.further_of], axis=1))


def _each_once(recipe: Recipe, chosen: Chosen, pairs: Positions) -> RecipePairs:
    """Return pairs (garment, style, further) with what the recipe looks at, each once."""
    if recipe.kind == "yardage":
        pairs[:, 2] = _changed(chosen, without_regions)[pairs[:, 2]]
    if recipe.cloth is not None and recipe.cloth.is_new:
        _check_new_cloth(recipe, chosen, pairs[:, 2])
    if recipe.cloth is not None and recipe.cloth.of_two:
        pairs = _with_each_motif(recipe, chosen, pairs)
    else:
        pairs[:, 2] = _changed(chosen, without_motif)[pairs[:, 2]]
    # A garment's rows fall away with it, and so do motifs that a recipe does not look at: each pair once.
    _, first = np.unique(pairs, axis=0, return_index=True)
    contents, styles, further = pairs[np.sort(first)].T.astype(np.int32)
    return RecipePairs(contents, styles, further)


def _changed(chosen: Chosen, change: Callable[[Further], Further]) -> Positions:
    """Return for each of what is chosen where the changed one is."""
    place = {one: at for at, one in enumerate(chosen.further)}
    return np.array([place[change(one)] for one in chosen.further], np.int32)


def _drawn(recipe: Recipe, chosen: Chosen, worn: Worn, draw: Draw) -> RecipePairs:
    """Return a sample of new cloth: few cloths, each on several garments, or by itself."""
    alone = np.full_like(worn.firsts, NO_GARMENT)
    all_of_it = _each_once(recipe, chosen, np.stack([alone, worn.firsts, worn.further_of], axis=1))
    ranks = cloth_ranks(chosen, all_of_it.styles, all_of_it.further, seed=draw.seed)
    garments = chosen.content["content_id"].tolist()
    contents, cloths = draw_cloths(garments, ranks, draw, by_the_yard=recipe.kind == "yardage")
    styles, further = all_of_it.styles[cloths], all_of_it.further[cloths]
    order = np.lexsort((contents, further, styles))
    return RecipePairs(contents[order], styles[order], further[order])


def cloth_ranks(chosen: Chosen, styles: Positions, further: Positions, *, seed: int) -> Ranks:
    """Return a rank for each combination of style and motif, which depends on their ids and the seed only."""
    library = chosen.library["style_id"]
    motifs = ["" if one.motif is None else str(library.iloc[one.motif]) for one in chosen.further]
    return rank_pairs(motifs, chosen.style["style_id"].tolist(), further, styles, seed=seed)


def check_sizes(recipe: Recipe, sizes_px: Sequence[int]) -> None:
    """Refuse sizes that a tile of yardage cannot have.

    Raises:
        PlanRefused: a size is no multiple of what the repeat asks for; the message names the nearest.
    """
    if recipe.kind != "yardage" or recipe.cloth is None:
        return
    multiple = REPEAT_MULTIPLE_PX[recipe.cloth.repeat]
    for size_px in sizes_px:
        if size_px % multiple:
            below = size_px // multiple * multiple
            raise PlanRefused(
                f"{recipe.name} makes {recipe.cloth.repeat} repeats, whose sides are multiples of "
                f"{multiple} px, and sizes_px names {size_px}; the nearest are {below or multiple} and "
                f"{below + multiple}"
            )


def _with_each_motif(recipe: Recipe, chosen: Chosen, pairs: Positions) -> Positions:
    place = {one: at for at, one in enumerate(chosen.further)}
    own = chosen.library["style_id"]
    style_ids = chosen.style["style_id"].tolist()
    rows = []
    for content, style, further in pairs.tolist():
        one = chosen.further[further]
        if one.motif is not None:
            rows.append((content, style, further))
            continue
        for motif in chosen.motifs:
            # A textile's own figures in its own cloth are nothing new.
            if own.iloc[motif] != style_ids[style]:
                rows.append((content, style, place[with_motif(one, motif)]))
    if not rows:
        raise PlanRefused(
            f"{recipe.name} joins two textiles, and the batch names no motif beside its styles; say motifs: "
            f"[style_id, ...], or filters: {{motif: {{kind: [textile]}}}}"
        )
    return np.array(rows, np.int32)


def _check_new_cloth(recipe: Recipe, chosen: Chosen, further: Positions) -> None:
    for at in np.unique(further).tolist():
        regions = {style.region for style in chosen.further[at].styles}
        if "" in regions:
            raise PlanRefused(
                f"{recipe.name} makes new cloth of one textile, or of one and a motif: a mix would be a "
                f"patchwork of tiles, which meets itself nowhere and cannot be printed; leave out the mixes, "
                f"join two textiles by fill or palette, or take a recipe that uses textiles as they are"
            )
        if regions - {MOTIF}:
            raise PlanRefused(
                f"{recipe.name} dresses a garment in one tile of new cloth, and the batch names textiles for "
                f"its regions; leave these out, or take a recipe that uses textiles as they are (yardage "
                f"beside it looks at no regions)"
            )
