"""Small networks with seeded random weights, for tests only: no user ever gets one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from nst_core.backbones import ARCHITECTURES, Architecture, FrozenBackbone
from nst_core.backbones.tensors import expected_shapes

TINY_CHANNELS = (4, 6, 8, 8, 8)


def tiny_architecture() -> Architecture:
    """VGG-16's layers with a handful of channels each."""
    return Architecture(
        "vgg-tiny",
        tuple(
            replace(shape, channels=TINY_CHANNELS[int(shape.name[4]) - 1])
            for shape in ARCHITECTURES["vgg16"].shapes
        ),
    )


def random_tensors(architecture: Architecture, *, seed: int = 0) -> dict[str, Tensor]:
    """Weights that keep the size of their input from layer to layer."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in expected_shapes(architecture).items():
        spread = (2 / torch.Size(shape[1:]).numel()) ** 0.5 if len(shape) > 1 else 0.1
        tensors[name] = torch.randn(shape, generator=generator) * spread
    return tensors


def tiny_backbone(*, seed: int = 0, precision: str = "fp32") -> FrozenBackbone:
    architecture = tiny_architecture()
    return FrozenBackbone(architecture, random_tensors(architecture, seed=seed), precision=precision)


class Mirror:
    """A backbone whose one layer is the picture itself, so that losses can be worked out by hand."""

    name = "mirror"
    layers = ("pixels",)
    weights_sha256 = "0" * 64
    device = torch.device("cpu")
    precision = "fp32"

    def features(
        self, images: Tensor, layers: Sequence[str], *, repeat: str | None = None
    ) -> dict[str, Tensor]:
        return dict.fromkeys(layers, images)

    def stride(self, layer: str) -> int:
        return 1

    def channels(self, layer: str) -> int:
        return 3

    def receptive_field(self, layer: str) -> int:
        return 1

    def margin(self, layer: str) -> int:
        return 0


def picture(height: int, width: int, *, seed: int = 0, batch: int = 1, smooth: bool = True) -> Tensor:
    """Coloured noise ``(B, 3, H, W)`` in [0, 1]; smooth: blotches of a few px, as pictures have."""
    generator = torch.Generator().manual_seed(seed)
    if not smooth:
        return torch.rand(batch, 3, height, width, generator=generator)
    coarse = torch.rand(batch, 3, max(2, height // 6), max(2, width // 6), generator=generator)
    fine = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False)
    return fine.clamp(0, 1)
