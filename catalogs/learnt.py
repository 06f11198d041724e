"""The pairs that a recipe can paint: of trained networks those in styles that they learnt, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs.catalog import BrokenRow
from catalogs.further import MOTIF, outfits
from catalogs.identity import network_ingredient
from catalogs.lines import Lines
from catalogs.listed import FailedPair
from catalogs.recipe_pairs import RecipePairs, pairs_of
from catalogs.selection import Chosen
from catalogs.trained import UNTRAINED, Cards, StyleWeights
from configs.recipe import Recipe


@dataclass(frozen=True)
class Learnt:
    """What a recipe paints of a batch.

    Attributes:
        pairs: those in styles for which its networks, if it has any, have weights.
        weights: of the trained networks' files, as in the column, each different text once.
        of: which of them each pair has.
        lacking: by style_id, why pairs in it are left out.
    """

    pairs: RecipePairs
    weights: tuple[str, ...]
    of: NDArray[np.int32]
    lacking: Mapping[str, str]

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
        return Learnt(pairs, ("",), np.zeros(len(pairs.styles), np.int32), {})
    found, files = outfits(pairs.styles, pairs.further, len(chosen.further)), StyleWeights(recipe, cards)
    worn = [list(_style_ids(chosen, *one)) for one in zip(found.styles, found.further, strict=True)]
    weights = tuple(files.of(style_ids) for style_ids in worn)
    kept = np.array([one != "" for one in weights], np.bool_)[found.of]
    taken = RecipePairs(pairs.contents[kept], pairs.styles[kept], pairs.further[kept])
    return Learnt(taken, weights, found.of[kept].astype(np.int32), files.lacking)


def untrained_rows(recipe: Recipe, lacking: Mapping[str, str], library: pd.DataFrame) -> Iterator[FailedPair]:
    """Yield one row for each style that a recipe's networks cannot paint, whatever garments it was for."""
    rows = library.set_index("style_id", drop=False) if lacking else library
    for style_id, problem in lacking.items():
        cells = {str(name): str(cell) for name, cell in rows.loc[style_id].items()}
        row = BrokenRow(0, style_id, UNTRAINED, problem, cells)
        yield FailedPair(UNTRAINED, problem, style_id=style_id, style=row, recipe=recipe.name)


def nothing_learnt(untrained: Sequence[FailedPair]) -> str:
    """Return why a batch cannot be planned of which the networks have learnt no style."""
    more = "" if len(untrained) == 1 else f" (and so it is with {len(untrained) - 1:,} more)"
    return f"there is nothing to plan: {untrained[0].error}{more}"


def _style_ids(chosen: Chosen, style: int, further: int) -> Iterator[str]:
    yield str(chosen.style["style_id"].iloc[style])
    for one in chosen.further[further].styles:
        if one.region != MOTIF:
            yield str(chosen.library["style_id"].iloc[one.position])
