"""A frozen ResNet-50 trunk: batch norm in evaluation mode, folded into the convolutions once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from configs.cloth import Repeat
from nst_core.backbones.architecture import IMAGENET_MEAN, IMAGENET_STD, Architecture
from nst_core.errors import RepeatUnknown

_NORM_EPS = 1e-5


@dataclass(frozen=True)
class _Folded:
    weight: Tensor
    bias: Tensor

    def __call__(self, images: Tensor, *, stride: int = 1) -> Tensor:
        return nnf.conv2d(images, self.weight, self.bias, stride=stride, padding=self.weight.shape[-1] // 2)


class ResNetTrunk:
    """The stages of a ResNet-50, walked no further than the deepest layer that is asked for.

    The running statistics of the training are constants of the network here, so that a picture's features do
    not depend on its neighbours in the batch.
    """

    def __init__(
        self,
        architecture: Architecture,
        tensors: Mapping[str, Tensor],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.architecture = architecture
        self.dtype = dtype
        self._mean = torch.tensor(IMAGENET_MEAN, device=device).view(1, 3, 1, 1)
        self._std = torch.tensor(IMAGENET_STD, device=device).view(1, 3, 1, 1)
        self._blocks = {f"layer{stage}": _block_count(tensors, stage) for stage in range(1, 5)}
        self._convolutions = {
            conv: _fold(tensors, conv, norm, device=device, dtype=dtype)
            for conv, norm in _conv_norm_pairs(tensors)
        }

    def features(
        self, images: Tensor, layers: Sequence[str], *, repeat: Repeat | None = None
    ) -> dict[str, Tensor]:
        """Return the feature maps of ``layers``; see :class:`~nst_core.backbones.Backbone`."""
        if repeat is not None:
            raise RepeatUnknown(
                f"{self.architecture.name} cannot look at a tile that repeats; refine new cloth with "
                "vgg16 or vgg19"
            )
        wanted = tuple(dict.fromkeys(layers))
        last = self.architecture.deepest(wanted)
        signal = (images - self._mean) / self._std
        signal = signal.to(self.dtype, memory_format=torch.channels_last)
        found: dict[str, Tensor] = {}
        for layer in self.architecture.layers:
            signal = self._stem(signal) if layer == "stem" else self._stage(signal, layer)
            if layer in wanted:
                found[layer] = signal
            if layer == last:
                break
        return {layer: found[layer] for layer in wanted}

    def _stem(self, images: Tensor) -> Tensor:
        return nnf.relu(self._convolutions["conv1"](images, stride=2))

    def _stage(self, signal: Tensor, stage: str) -> Tensor:
        if stage == "layer1":
            signal = nnf.max_pool2d(signal, 3, stride=2, padding=1)
        for block in range(self._blocks[stage]):
            at = f"{stage}.{block}"
            stride = 2 if block == 0 and stage != "layer1" else 1
            kept = self._convolutions[f"{at}.downsample.0"](signal, stride=stride) if block == 0 else signal
            bent = nnf.relu(self._convolutions[f"{at}.conv1"](signal))
            bent = nnf.relu(self._convolutions[f"{at}.conv2"](bent, stride=stride))
            signal = nnf.relu(self._convolutions[f"{at}.conv3"](bent) + kept)
        return signal


def _block_count(tensors: Mapping[str, Tensor], stage: int) -> int:
    return sum(name.startswith(f"layer{stage}.") and name.endswith(".conv1.weight") for name in tensors)


def _conv_norm_pairs(tensors: Mapping[str, Tensor]) -> list[tuple[str, str]]:
    convolutions = [name.removesuffix(".weight") for name, value in tensors.items() if value.ndim == 4]
    return [
        (
            conv,
            conv.replace("downsample.0", "downsample.1")
            if "downsample" in conv
            else conv.replace("conv", "bn"),
        )
        for conv in convolutions
    ]


def _fold(
    tensors: Mapping[str, Tensor], conv: str, norm: str, *, device: torch.device, dtype: torch.dtype
) -> _Folded:
    mean, variance = tensors[f"{norm}.running_mean"].double(), tensors[f"{norm}.running_var"].double()
    gain = tensors[f"{norm}.weight"].double() / torch.sqrt(variance + _NORM_EPS)
    weight = tensors[f"{conv}.weight"].double() * gain.view(-1, 1, 1, 1)
    bias = tensors[f"{norm}.bias"].double() - mean * gain
    return _Folded(
        weight.to(device, dtype).contiguous(memory_format=torch.channels_last), bias.to(device, dtype)
    )
