"""A trained network for other programs: as an exported program of torch, or as ONNX."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from nst_core.errors import NetworkRefused
from nst_core.networks.files import LoadedNetwork
from nst_core.networks.kinds import Kind

# What tensors are called in Shown, and how many planes each has.
_PLANES = {"picture": 3, "style": 3, "shading": 1, "mask": 1}
_EXAMPLE_PX, _LEAST_PX, _MOST_PX = (64, 96), 32, 8192


def exported(network: LoadedNetwork) -> ExportedProgram:
    """Return a network as a program without Python: any size, any number of pictures.

    Its inputs are those of ``network.kind.inputs``, ``(B, C, H, W)`` in [0, 1], float32, sides multiples of
    the kind's ``multiple``; it gives ``(B, 3, H, W)`` in [0, 1].

    Raises:
        NetworkRefused: this kind looks through a backbone, which is no part of it.
    """
    examples = _examples(network.kind, batch=2)
    shapes = _shapes(network.kind, some=Dim("pictures", min=1, max=64))
    return torch.export.export(_plain(network), examples, dynamic_shapes=shapes)


def to_onnx(network: LoadedNetwork) -> bytes:
    """Return a network as an ONNX file for one picture of any size; inputs as :func:`exported` has them.

    Wants the packages onnx and onnxscript, which come with the development extra.

    Raises:
        NetworkRefused: this kind looks through a backbone, which is no part of it.
    """
    examples = _examples(network.kind, batch=1)
    program = torch.onnx.export(
        _plain(network),
        examples,
        dynamo=True,
        dynamic_shapes=_shapes(network.kind, some=None),
        input_names=list(network.kind.inputs),
        output_names=["painted"],
        verbose=False,
    )
    if program is None:
        raise NetworkRefused("this torch writes no ONNX; install a newer one")
    return bytes(program.model_proto.SerializeToString())


def _plain(network: LoadedNetwork) -> nn.Module:
    """Return the network in float32 on the CPU, where any program can follow it."""
    module = network.kind.build(network.cards[-1].architecture)
    module.load_state_dict({name: values.float() for name, values in network.module.state_dict().items()})
    return module.eval()


def _examples(kind: Kind, *, batch: int) -> tuple[Tensor, ...]:
    if not kind.inputs:
        raise NetworkRefused(
            "a network that looks through a backbone cannot be exported alone; export its designs instead"
        )
    height, width = _EXAMPLE_PX
    return tuple(torch.rand(batch, _PLANES[name], height, width) for name in kind.inputs)


def _shapes(kind: Kind, *, some: Any) -> dict[str, Any]:
    """Return which sides may vary: multiples of what the network halves."""
    least, most = _LEAST_PX // kind.multiple, _MOST_PX // kind.multiple
    height, width = (kind.multiple * Dim(name, min=least, max=most) for name in ("rows", "columns"))
    sides: dict[int, Any] = {2: height, 3: width} | ({} if some is None else {0: some})
    return dict.fromkeys(kind.inputs, sides)
