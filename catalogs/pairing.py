"""Which content meets which style: the whole grid, or a sample that anybody can draw again.

A pair of textiles as they are costs what it costs; new cloth has to be made first. So a sample of it is of
few cloths, each worn by several garments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int32]
Ranks = NDArray[np.uint64]

_CHUNK_PAIRS = 4_000_000


@dataclass(frozen=True)
class Draw:
    """How a batch draws pairs of garments and new cloth.

    Attributes:
        count: of pairs; of cloths where ``garments_each`` is None.
        seed: another one draws other pairs.
        garments_each: how many garments wear each cloth; None: no garment of the batch wears any.
    """

    count: int
    seed: int
    garments_each: int | None


def grid(contents: int, styles: int) -> tuple[Positions, Positions]:
    """Return every pair as (content positions, style positions), style by style."""
    return (
        np.tile(np.arange(contents, dtype=np.int32), styles),
        np.repeat(np.arange(styles, dtype=np.int32), contents),
    )


def sample(
    content_ids: Sequence[str], style_ids: Sequence[str], *, count: int, seed: int
) -> tuple[Positions, Positions]:
    """Return ``count`` different pairs of the grid (all where it has fewer), style by style.

    The pairs with the smallest ranks: the same ids and seed give the same sample in any order of the
    catalogs, on any machine and with any version of numpy, and one new garment changes few pairs of it.
    """
    salts = pair_salts(content_ids, seed=seed), _hashes(style_ids)
    step = max(1, _CHUNK_PAIRS // max(1, len(style_ids)))
    best_ranks = np.empty(0, dtype=np.uint64)
    best_pairs = np.empty(0, dtype=np.int64)
    for start in range(0, len(content_ids), step):
        rows = salts[0][start : start + step]
        ranks = scatter(rows[:, None] + salts[1][None, :]).ravel()
        pairs = np.arange(start * len(style_ids), (start + len(rows)) * len(style_ids), dtype=np.int64)
        best_ranks, best_pairs = np.concatenate([best_ranks, ranks]), np.concatenate([best_pairs, pairs])
        if best_ranks.size > count:
            kept = np.argpartition(best_ranks, count - 1)[:count] if count else np.empty(0, dtype=np.int64)
            best_ranks, best_pairs = best_ranks[kept], best_pairs[kept]
    contents, styles = np.divmod(best_pairs, max(1, len(style_ids)))
    order = np.lexsort((contents, styles))
    return contents[order].astype(np.int32), styles[order].astype(np.int32)


def draw_cloths(
    content_ids: Sequence[str], cloths: Ranks, draw: Draw, *, by_the_yard: bool
) -> tuple[Positions, Positions]:
    """Return ``draw.count`` different pairs of garments and cloths (all where there are fewer).

    The cloths with the smallest ranks, each on ``garments_each`` garments, those with the smallest ranks
    beside it. Where every cloth is worn by so many, each is worn by so many more.

    Args:
        content_ids: the garments.
        cloths: a rank for each cloth, under the draw's seed.
        draw: how many of what.
        by_the_yard: the same cloths without garments, whose positions are -1.
    """
    order = np.argsort(cloths, kind="stable")
    wearers = _wearers(len(content_ids), len(order), draw)
    drawn, counts = order[wearers > 0].astype(np.int32), wearers[wearers > 0]
    if by_the_yard:
        return np.full(len(drawn), -1, np.int32), drawn
    salts = pair_salts(content_ids, seed=draw.seed)
    nearest = [
        np.argsort(scatter(salts + cloths[cloth]), kind="stable")[:count].astype(np.int32)
        for cloth, count in zip(drawn, counts.tolist(), strict=True)
    ]
    return np.concatenate([np.empty(0, np.int32), *nearest]), np.repeat(drawn, counts)


def _wearers(garments: int, cloths: int, draw: Draw) -> NDArray[np.int64]:
    """Return by how many garments each cloth is worn, in the order in which cloths are drawn."""
    wearers, left = np.zeros(cloths, np.int64), draw.count
    if draw.garments_each is None:
        wearers[:left] = 1
        return wearers
    for first in range(0, garments if cloths else 0, draw.garments_each):
        each = min(draw.garments_each, garments - first)
        whole, rest = divmod(min(left, each * cloths), each)
        wearers[:whole] += each
        wearers[whole : whole + 1] += rest
        left -= whole * each + rest
    return wearers


def rank_worn(content_ids: Sequence[str], contents: Positions, cloths: Ranks, *, seed: int) -> Ranks:
    """Return a rank for each pair of a garment and a cloth, given the cloth's: those of ``draw_cloths``."""
    ranks: Ranks = scatter(pair_salts(content_ids, seed=seed)[contents] + cloths)
    return ranks


def rank_pairs(
    content_ids: Sequence[str], style_ids: Sequence[str], contents: Positions, styles: Positions, *, seed: int
) -> Ranks:
    """Return a rank for each pair, even over 64 bits, that depends on the two ids and the seed only."""
    ranks: Ranks = scatter(pair_salts(content_ids, seed=seed)[contents] + _hashes(style_ids)[styles])
    return ranks


def pair_salts(content_ids: Sequence[str], *, seed: int) -> Ranks:
    """Return a content id's share of its pairs' ranks under this seed."""
    salt = np.array([seed % 2**64], dtype=np.uint64)
    return scatter(_hashes(content_ids) ^ scatter(salt))


def _hashes(ids: Sequence[str]) -> Ranks:
    heads = b"".join(hashlib.sha256(name.encode()).digest()[:8] for name in ids)
    return np.frombuffer(heads, dtype="<u8").astype(np.uint64)


def scatter(values: Ranks) -> Ranks:
    """Return 64-bit numbers spread evenly over all 64 bits, whatever they were.

    Source:
        Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators", figure 11 (splitmix64).
    """
    with np.errstate(over="ignore"):
        mixed = values + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    scattered: Ranks = mixed ^ (mixed >> np.uint64(31))
    return scattered
