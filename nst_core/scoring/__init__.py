"""How good a design is: one file a metric, and one call for all of them."""

from nst_core.scoring.cloth import ClothFeatures, cloth_features
from nst_core.scoring.edge_maps import EdgeMaps, as_picture, edge_maps
from nst_core.scoring.flags import find_flags
from nst_core.scoring.gmd import gram_distance
from nst_core.scoring.motif import motif_match
from nst_core.scoring.relief import relief
from nst_core.scoring.score import Scores, score
from nst_core.scoring.speckle import speckle
from nst_core.scoring.ssim import ssim, ssim_map
from nst_core.scoring.variation import variation

__all__ = [
    "ClothFeatures",
    "EdgeMaps",
    "Scores",
    "as_picture",
    "cloth_features",
    "edge_maps",
    "find_flags",
    "gram_distance",
    "motif_match",
    "relief",
    "score",
    "speckle",
    "ssim",
    "ssim_map",
    "variation",
]
