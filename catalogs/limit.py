"""What ``max_designs`` leaves of a batch: designs that show all of it, not its first ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.groups import Group
from catalogs.pairing import Positions, Ranks, rank_pairs, rank_worn
from catalogs.recipe_pairs import cloth_ranks
from catalogs.selection import Chosen
from configs.batch import Batch

Rows = NDArray[np.int64]


def within_limit(rows: Rows, groups: list[Group], chosen: Chosen, batch: Batch) -> Rows:
    """Return the rows that ``max_designs`` leaves, in order.

    Whole pairs, drawn evenly over the catalogs, come first: a small night then shows every recipe and size
    on the same few pairs, and not one style on every garment. Where there is new cloth, few cloths come
    first, each by the yard and on some garments.

    Args:
        rows: designs that differ, ascending, counted through all groups.
        groups: the designs.
        chosen: their catalog rows.
        batch: has the limit, or none.
    """
    limit = batch.max_designs
    if limit is None or len(rows) <= limit:
        return rows
    contents = np.concatenate([group.contents for group in groups])[rows]
    styles = np.concatenate([group.styles for group in groups])[rows]
    # The last garment is that of yardage, whose position is -1.
    content_ids = [*chosen.content["content_id"], ""]
    if any(group.cloth is not None and group.cloth.is_new for group in groups):
        further = np.concatenate([group.further for group in groups])[rows]
        cloths = cloth_ranks(chosen, styles, further, seed=0)
        beside = rank_worn(content_ids, contents, cloths, seed=0)
        order = _cloth_by_cloth(contents, cloths, beside, each=batch.selection.garments_each)
    else:
        style_ids = chosen.style["style_id"].tolist()
        order = np.lexsort((rows, rank_pairs(content_ids, style_ids, contents, styles, seed=0)))
    kept: Rows = np.sort(rows[order[:limit]])
    return kept


def _cloth_by_cloth(contents: Positions, cloths: Ranks, beside: Ranks, *, each: int) -> Rows:
    """Return the order in which new cloth is taken: every cloth with ``each`` garments, then with more.

    Args:
        contents: position of each row's garment, -1 of yardage, which goes before its garments.
        cloths: rank of each row's cloth.
        beside: rank of each row's garment beside that cloth.
        each: garments.
    """
    order = np.lexsort((beside, contents >= 0, cloths))
    another_cloth, another = _changes(cloths[order]), _changes(contents[order])
    garments = np.cumsum((contents[order] >= 0) & (another_cloth | another))
    cloth_of = np.cumsum(another_cloth) - 1
    garments_before = np.append(0, garments[np.flatnonzero(another_cloth)[1:] - 1])
    nth_garment = np.maximum(garments - garments_before[cloth_of] - 1, 0)
    taken: Rows = order[np.lexsort((np.arange(len(order)), cloth_of, nth_garment // each))]
    return taken


def _changes(column: Positions | Ranks) -> NDArray[np.bool_]:
    """Return whether a row differs from the one before it; the first does."""
    return np.append(True, column[1:] != column[:-1])
