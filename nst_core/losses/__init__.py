"""The terms of the objective: one file each, one value per sample, and a registry of them."""

from nst_core.losses.combined import CombinedLoss
from nst_core.losses.content import ContentLoss, content_loss
from nst_core.losses.gram import gram_matrix
from nst_core.losses.motif import MotifLoss
from nst_core.losses.region import garment_weight
from nst_core.losses.regional import RegionalLoss, regional
from nst_core.losses.registry import LOSSES, LossKind, losses_of, style_targets
from nst_core.losses.scene import HoldingLoss, Loss, Region, Scene, Sums, View
from nst_core.losses.style import StyleLoss, style_loss
from nst_core.losses.style_targets import Statistics, StyleTargets
from nst_core.losses.total_variation import TotalVariationLoss, total_variation

__all__ = [
    "LOSSES",
    "CombinedLoss",
    "ContentLoss",
    "HoldingLoss",
    "Loss",
    "LossKind",
    "MotifLoss",
    "Region",
    "RegionalLoss",
    "Scene",
    "Statistics",
    "StyleLoss",
    "StyleTargets",
    "Sums",
    "TotalVariationLoss",
    "View",
    "content_loss",
    "garment_weight",
    "gram_matrix",
    "losses_of",
    "regional",
    "style_loss",
    "style_targets",
    "total_variation",
]
