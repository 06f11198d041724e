"""The pairs that a recipe can paint: of trained networks those in styles that they learnt, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs.catalog import BrokenRow
from catalogs.further import Further, further_styles, joined_cells, outfits, without_motif
from catalogs.identity import network_ingredient
from catalogs.lines import Lines
from catalogs.listed import FailedPair
from catalogs.recipe_pairs import RecipePairs, pairs_of
from catalogs.selection import Chosen
from catalogs.trained import KNOWS_ONE_STYLE, UNTRAINED, Cards, StyleWeights, several_refused
from configs.recipe import Recipe

# The position of a textile among the chosen, and what is worn with it.
Outfit = tuple[int, Further]


@dataclass(frozen=True)
class Learnt:
    """What a recipe paints of a batch.

    Attributes:
        pairs: those in styles for which its networks, if it has any, have weights.
        weights: of the trained networks' files, as in the column, each different text once.
        of: which of them each pair has.
        lacking: by style_id, why pairs in it are left out.
        mixed: by textile and what is worn with it, why pairs in several styles are left out.
    """

    pairs: RecipePairs
    weights: tuple[str, ...]
    of: NDArray[np.int32]
    lacking: Mapping[str, str]
    mixed: Mapping[Outfit, str]

    @property
    def lines(self) -> Lines:
        """The line of each pair's weights in the hash; nothing without a network."""
        return Lines([network_ingredient(one) for one in self.weights], self.of.astype(np.int64))


def learnt_pairs(recipe: Recipe, chosen: Chosen, cards: Cards) -> Learnt:
    """Return the pairs that a recipe makes designs of, and what its trained networks have for them.

    Raises:
        PlanRefused: as ``pairs_of``.
    """
    pairs = pairs_of(recipe, chosen)
    if not recipe.trained:
        return Learnt(pairs, ("",), np.zeros(len(pairs.styles), np.int32), {}, {})
    found, files = outfits(pairs.styles, pairs.further, len(chosen.further)), StyleWeights(recipe, cards)
    worn = [_worn(chosen, *one) for one in zip(found.styles.tolist(), found.further.tolist(), strict=True)]
    refused = {
        one: several_refused(recipe, _named(chosen, one)) if one[1].styles else ""
        for one in dict.fromkeys(worn)
    }
    weights = tuple("" if refused[one] else files.of(_style_ids(chosen, one)) for one in worn)
    kept = np.array([one != "" for one in weights], np.bool_)[found.of]
    taken = RecipePairs(pairs.contents[kept], pairs.styles[kept], pairs.further[kept])
    mixed = {one: why for one, why in refused.items() if why}
    return Learnt(taken, weights, found.of[kept].astype(np.int32), files.lacking, mixed)


def unpainted_rows(recipe: Recipe, learnt: Learnt, chosen: Chosen) -> Iterator[FailedPair]:
    """Yield one row for each style, or mix of styles, that a recipe's networks cannot paint; not for each
    garment.
    """
    rows = chosen.library.set_index("style_id", drop=False) if learnt.lacking else chosen.library
    for style_id, problem in learnt.lacking.items():
        row = BrokenRow(0, style_id, UNTRAINED, problem, _cells(rows.loc[style_id]))
        yield FailedPair(UNTRAINED, problem, style_id=style_id, style=row, recipe=recipe.name)
    for (style, further), problem in learnt.mixed.items():
        first = chosen.style.iloc[style]
        title = joined_cells("title", further, first, chosen.library)
        cells = {**_cells(first), "title": title}
        row = BrokenRow(0, str(first["style_id"]), KNOWS_ONE_STYLE, problem, cells)
        yield FailedPair(
            KNOWS_ONE_STYLE,
            problem,
            style_id=row.id,
            style=row,
            recipe=recipe.name,
            further_styles=tuple(further_styles(further, first, chosen.library) or ()),
        )


def nothing_learnt(unpainted: Sequence[FailedPair]) -> str:
    """Return why a batch cannot be planned of which the networks can paint nothing."""
    more = "" if len(unpainted) == 1 else f" (and so it is with {len(unpainted) - 1:,} more)"
    return f"there is nothing to plan: {unpainted[0].error}{more}"


def _worn(chosen: Chosen, style: int, further: int) -> Outfit:
    """Return a textile and those worn with it: a palette and a motif concern no network."""
    return style, replace(without_motif(chosen.further[further]), palette=None)


def _style_ids(chosen: Chosen, outfit: Outfit) -> list[str]:
    style, further = outfit
    worn = [chosen.library["style_id"].iloc[one.position] for one in further.styles]
    return [str(chosen.style["style_id"].iloc[style]), *map(str, worn)]


def _named(chosen: Chosen, outfit: Outfit) -> str:
    """Return the styles of an outfit as a list of pairs names them."""
    first, *others = _style_ids(chosen, outfit)
    worn = list(zip(others, outfit[1].styles, strict=True))
    shared = [f"{name}:{one.share:g}" for name, one in worn if not one.region]
    left = f"{first}:{1 - sum(one.share for _, one in worn):g}" if shared else first
    return " ".join(
        (" + ".join((left, *shared)), *(f"{one.region}={name}" for name, one in worn if one.region))
    )


def _cells(row: pd.Series | pd.DataFrame) -> dict[str, str]:
    return {str(name): str(cell) for name, cell in row.items()}
