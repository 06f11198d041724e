"""A backbone: a frozen network that turns pictures into named feature maps, behind one small protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as nnf
from torch import Tensor

from configs.backbones import split_layer
from configs.cloth import Repeat
from nst_core.backbones.architecture import ARCHITECTURES, Architecture
from nst_core.backbones.precision import Precision, choose_precision
from nst_core.backbones.residual import ResNetTrunk
from nst_core.backbones.tensors import fingerprint
from nst_core.backbones.trunk import VggTrunk
from nst_core.backbones.weights import known_record, load_weights

_DTYPES: dict[Precision, torch.dtype] = {"bf16": torch.bfloat16, "fp32": torch.float32}


class Backbone(Protocol):
    """What losses and scores may ask of a network; its weights never change and never ask for a gradient."""

    @property
    def name(self) -> str:
        """The name in a recipe, such as ``vgg16``."""
        ...

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers by name, shallow to deep: ``relu1_1`` … or ``stem``, ``layer1`` …."""
        ...

    @property
    def weights_sha256(self) -> str:
        """The fingerprint of the weights, the same for the same numbers in any file."""
        ...

    @property
    def device(self) -> torch.device:
        """Where pictures must lie."""
        ...

    @property
    def precision(self) -> Precision:
        """What the trunk runs in; pictures, Gram matrices and losses are float32 all the same."""
        ...

    def features(
        self, images: Tensor, layers: Sequence[str], *, repeat: Repeat | None = None
    ) -> dict[str, Tensor]:
        """Return the feature maps of ``layers``, after their ReLU, in the order asked.

        Nothing deeper than the deepest of them is computed. Differentiable with respect to the pictures,
        once. The maps are shared with the way back: do not change them in place.

        Args:
            images: ``(B, 3, H, W)``, sRGB in [0, 1], float32, on ``device``; H and W ≥ the deepest stride.
            layers: names out of ``layers``, at least one; ``relu3_1/2`` and ``relu3_1/4`` look at the
                picture at half and quarter size.
            repeat: the pictures are tiles, and the maps those of the endless cloth; both sides are multiples
                of ``lattice.size_multiple``. None: pictures that end at their edge.

        Returns:
            name → ``(B, C, ⌊H/stride⌋, ⌊W/stride⌋)`` in the trunk's type, channels last (a ResNet rounds up).

        Raises:
            LayerUnknown: the message names the nearest.
            RepeatUnknown: this network cannot look at a tile that repeats.
        """
        ...

    def stride(self, layer: str) -> int:
        """Return how many px lie between two positions of a layer."""
        ...

    def channels(self, layer: str) -> int:
        """Return how many maps a layer has."""
        ...

    def receptive_field(self, layer: str) -> int:
        """Return how many px across one position of a layer sees."""
        ...

    def margin(self, layer: str) -> int:
        """Return how many px a position sees beyond its own square of ``stride`` px, at most."""
        ...


class FrozenBackbone:
    """The one member of the protocol: an architecture, a trunk and what its weights are."""

    def __init__(
        self,
        architecture: Architecture,
        tensors: Mapping[str, Tensor],
        *,
        device: torch.device | str = "cpu",
        precision: str = "auto",
        weights_sha256: str | None = None,
    ) -> None:
        """Build a network from tensors under our names; ``weights_sha256`` is worked out if not given."""
        self.name = architecture.name
        self.layers = architecture.layers
        self.device = torch.device(device)
        self.precision = choose_precision(precision, self.device)
        self.weights_sha256 = weights_sha256 or fingerprint(tensors)
        self._architecture = architecture
        kind = ResNetTrunk if "stem" in architecture.layers else VggTrunk
        self._trunk = kind(architecture, tensors, device=self.device, dtype=_DTYPES[self.precision])

    def features(
        self, images: Tensor, layers: Sequence[str], *, repeat: Repeat | None = None
    ) -> dict[str, Tensor]:
        """Return the feature maps of ``layers``; see :class:`Backbone`."""
        by_shrink: dict[int, list[str]] = {}
        for layer in layers:
            self._architecture.shape(layer)  # refuses what is none
            by_shrink.setdefault(split_layer(layer)[1], []).append(layer)
        found: dict[str, Tensor] = {}
        for shrink, group in by_shrink.items():
            seen = images if shrink == 1 else nnf.avg_pool2d(images, shrink)
            maps = self._trunk.features(seen, [split_layer(layer)[0] for layer in group], repeat=repeat)
            found |= {layer: maps[split_layer(layer)[0]] for layer in group}
        return {layer: found[layer] for layer in layers}

    def stride(self, layer: str) -> int:
        """Return how many px lie between two positions of a layer."""
        return self._architecture.shape(layer).stride

    def channels(self, layer: str) -> int:
        """Return how many maps a layer has."""
        return self._architecture.shape(layer).channels

    def receptive_field(self, layer: str) -> int:
        """Return how many px across one position of a layer sees."""
        return self._architecture.shape(layer).receptive_field

    def margin(self, layer: str) -> int:
        """Return how many px a position sees beyond its own square of ``stride`` px, at most."""
        return self._architecture.shape(layer).margin


def load_backbone(
    name: str, *, device: torch.device | str = "cpu", precision: str = "auto", weights: Path | None = None
) -> Backbone:
    """Load a backbone with its ImageNet weights.

    Args:
        name: ``vgg16``, ``vgg19`` or ``resnet50``.
        device: ``cpu``, ``cuda``, ``cuda:1``.
        precision: ``auto`` (bf16 where the hardware has it), ``bf16`` or ``fp32``.
        weights: a weights file, or a folder that may hold one, that comes before the caches.

    Raises:
        BackboneUnknown, WeightsMissing (with the way to get them), WeightsCorrupt.
    """
    known_record(name)
    found = load_weights(name, weights=weights)
    return FrozenBackbone(
        ARCHITECTURES[name], found.tensors, device=device, precision=precision, weights_sha256=found.sha256
    )
