"""How good new cloth is: scores of a tile without a garment, one file a metric, one call for all."""

from nst_core.scoring.tile.banding import banding
from nst_core.scoring.tile.chroma_speckle import chroma_speckle
from nst_core.scoring.tile.gates import gates, rank
from nst_core.scoring.tile.legibility import legibility
from nst_core.scoring.tile.likeness import Likeness, likeness
from nst_core.scoring.tile.max_copy import max_copy
from nst_core.scoring.tile.novelty import novelty
from nst_core.scoring.tile.off_palette import off_palette
from nst_core.scoring.tile.score import TileScores, score_tile
from nst_core.scoring.tile.seam import Seam, seam

__all__ = [
    "Likeness",
    "Seam",
    "TileScores",
    "banding",
    "chroma_speckle",
    "gates",
    "legibility",
    "likeness",
    "max_copy",
    "novelty",
    "off_palette",
    "rank",
    "score_tile",
    "seam",
]
