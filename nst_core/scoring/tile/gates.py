"""Gates: which of several tiles of one cloth is fit to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from configs.makers import NewCloth
from nst_core.scoring.tile.score import TileScores

AT_LEAST = "legibility"
_TRACKS = {"banding": 4.0}
_OWN_MOTIFS = {**_TRACKS, "chroma_speckle": 1.3, "max_copy": 0.05}
_ARTWORK = {**_TRACKS, "legibility": 0.25, "off_palette": 0.03}
_TWO_TEXTILES = {**_TRACKS, "legibility": 0.40, "chroma_speckle": 1.3}

GATES: Mapping[NewCloth, Mapping[str, float]] = {
    "toss": _OWN_MOTIFS,
    "requilt": _OWN_MOTIFS,
    "applique": _ARTWORK,
    "residual": _ARTWORK,
    "fill": _TWO_TEXTILES,
    "palette": _TWO_TEXTILES,
}


def gates(scores: TileScores, maker: NewCloth) -> dict[str, bool]:
    """Return which gates a tile passes: ``{"banding": True, "max_copy": False, …}``.

    Every maker's tiles must keep to ``banding`` ≤ 4. Besides, new layouts of a textile (toss, requilt) must
    have ``chroma_speckle`` ≤ 1.3 and ``max_copy`` ≤ .05; an artwork's manner on a motif (applique, residual)
    ``legibility`` ≥ .25 and ``off_palette`` ≤ .03; two textiles in one (fill, palette) ``legibility`` ≥ .40
    and ``chroma_speckle`` ≤ 1.3. They need no network. A gate whose score is None is left out.

    Args:
        scores: of the tile.
        maker: who made it.
    """
    return {name: excess == 0 for name, excess in _excesses(scores, maker).items()}


def rank(candidates: Sequence[TileScores], maker: NewCloth) -> tuple[int, ...]:
    """Return the candidates' indices, the best first; the same scores give the same order.

    First the tile that passes most gates; among equals the smallest sum of what lies beyond the gates, each
    as a share of its limit (a banding of 5 is .25 beyond); among those the first.

    Args:
        candidates: scores of tiles of one cloth by one maker, of other seeds.
        maker: who made them.
    """
    beyond = [_excesses(scores, maker) for scores in candidates]
    keys = [(-sum(excess == 0 for excess in found.values()), sum(found.values())) for found in beyond]
    return tuple(sorted(range(len(candidates)), key=keys.__getitem__))


def _excesses(scores: TileScores, maker: NewCloth) -> dict[str, float]:
    """Return how far each score lies beyond its gate, as a share of the limit; 0 for one that passes."""
    beyond = {}
    for name, limit in GATES[maker].items():
        value: float | None = getattr(scores, name)
        if value is not None:
            far = limit - value if name == AT_LEAST else value - limit
            beyond[name] = max(0.0, far / limit)
    return beyond
