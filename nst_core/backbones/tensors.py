"""Which tensors each network is made of, what other files call them, and their fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from nst_core.backbones.architecture import Architecture
from nst_core.errors import WeightsCorrupt

Tensors = dict[str, Tensor]

_RESNET50_STAGES = ((1, 3, 64), (2, 4, 128), (3, 6, 256), (4, 3, 512))
_NORM_PARTS = ("weight", "bias", "running_mean", "running_var")


def expected_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every tensor that the trunk of a network needs."""
    return dict(_resnet50_shapes() if architecture.name == "resnet50" else _vgg_shapes(architecture))


def complete(found: Mapping[str, Tensor], architecture: Architecture, *, file: str) -> Tensors:
    """Return the trunk's tensors under our names, float32; ours and torchvision's names are understood.

    A classifier's tensors are left out.

    Raises:
        WeightsCorrupt: one is missing, has another shape, or holds NaN or infinity.
    """
    theirs = {} if architecture.name == "resnet50" else _torchvision_names(architecture)
    tensors: Tensors = {}
    for name, shape in expected_shapes(architecture).items():
        tensor = found.get(name, found.get(theirs.get(name, name)))
        if tensor is None:
            raise WeightsCorrupt(
                f"{file}: there is no tensor {name!r} in it, so these are no weights of {architecture.name}",
                file=file,
                tensor=name,
            )
        if tuple(tensor.shape) != shape:
            raise WeightsCorrupt(
                f"{file}: {name} has shape {tuple(tensor.shape)}, {architecture.name} needs {shape}",
                file=file,
                tensor=name,
            )
        tensor = tensor.detach().to(torch.float32).contiguous()
        if not bool(torch.isfinite(tensor).all()):
            raise WeightsCorrupt(f"{file}: {name} holds NaN or infinity", file=file, tensor=name)
        tensors[name] = tensor
    return tensors


def fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """Return the sha256 over names, shapes and float32 values, whatever file they came from, as hex."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        values = tensors[name].detach().to("cpu", torch.float32).contiguous().numpy()
        digest.update(f"{name} {tuple(values.shape)}\n".encode())
        digest.update(values.astype("<f4", copy=False).tobytes())
    return digest.hexdigest()


def _vgg_shapes(architecture: Architecture) -> Iterator[tuple[str, tuple[int, ...]]]:
    channels = 3
    for shape in architecture.shapes:
        name = shape.name.replace("relu", "conv")
        yield f"{name}.weight", (shape.channels, channels, 3, 3)
        yield f"{name}.bias", (shape.channels,)
        channels = shape.channels


def _torchvision_names(architecture: Architecture) -> dict[str, str]:
    """Our name → torchvision's: ``features`` counts convolutions, ReLUs and pools in one row."""
    names: dict[str, str] = {}
    index, block = 0, "1"
    for layer in architecture.layers:
        if layer[4] != block:
            index, block = index + 1, layer[4]
        name = layer.replace("relu", "conv")
        names |= {f"{name}.{part}": f"features.{index}.{part}" for part in ("weight", "bias")}
        index += 2
    return names


def _resnet50_shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "conv1.weight", (64, 3, 7, 7)
    yield from _norm_shapes("bn1", 64)
    channels = 64
    for stage, blocks, width in _RESNET50_STAGES:
        for block in range(blocks):
            at = f"layer{stage}.{block}"
            for index, shape in enumerate(
                ((width, channels, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)), 1
            ):
                yield f"{at}.conv{index}.weight", shape
                yield from _norm_shapes(f"{at}.bn{index}", shape[0])
            if block == 0:
                yield f"{at}.downsample.0.weight", (4 * width, channels, 1, 1)
                yield from _norm_shapes(f"{at}.downsample.1", 4 * width)
            channels = 4 * width


def _norm_shapes(name: str, channels: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for part in _NORM_PARTS:
        yield f"{name}.{part}", (channels,)
