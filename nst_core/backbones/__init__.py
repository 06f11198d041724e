"""Frozen networks that losses and scores look through: VGG-16, VGG-19 and ResNet-50, layers by name."""

from nst_core.backbones.architecture import ARCHITECTURES, Architecture, LayerShape
from nst_core.backbones.backbone import Backbone, FrozenBackbone, load_backbone
from nst_core.backbones.weights import (
    WEIGHTS,
    Weights,
    WeightsRecord,
    find_weights,
    load_weights,
    pull,
    weights_sha256,
)
from nst_core.backbones.windows import Area, Window, joined, looks, looks_at_cloth, whole, windows

__all__ = [
    "ARCHITECTURES",
    "WEIGHTS",
    "Area",
    "Architecture",
    "Backbone",
    "FrozenBackbone",
    "LayerShape",
    "Weights",
    "WeightsRecord",
    "Window",
    "find_weights",
    "load_backbone",
    "joined",
    "load_weights",
    "looks",
    "looks_at_cloth",
    "pull",
    "weights_sha256",
    "whole",
    "windows",
]
