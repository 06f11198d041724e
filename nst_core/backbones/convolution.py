"""A frozen 3×3 convolution and its way back to the input: through oneDNN where it can, plain elsewhere.

Beyond the edge lie zeros, as the network was trained with, or the neighbours of a tile that repeats.
"""

from __future__ import annotations

import functools
from typing import Protocol

import torch
import torch.nn.functional as nnf
from torch import Tensor

from configs.cloth import Repeat
from nst_core.backbones.wrapping import wrapped


class FrozenConvolution(Protocol):
    """One 3×3 convolution whose weights never change; ``repeat``: what lies beyond the edge, None: zeros."""

    def relu(self, images: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``relu(conv(images))``: ``(B, C_in, H, W)`` → ``(B, C_out, H, W)``, channels last."""
        ...

    def to_input(self, gradient: Tensor, plus: Tensor | None = None, repeat: Repeat | None = None) -> Tensor:
        """Return the gradient for the input, ``plus`` added: ``(B, C_out, H, W)`` → ``(B, C_in, H, W)``."""
        ...


def frozen_convolution(weight: Tensor, bias: Tensor) -> FrozenConvolution:
    """Return the fastest form for the place and type of ``weight`` ``(C_out, C_in, 3, 3)``."""
    if weight.device.type == "cpu" and onednn_fuses(weight.dtype):
        return OneDnnConvolution(weight, bias)
    return PlainConvolution(weight, bias)


def flipped(weight: Tensor) -> Tensor:
    """Return the weights of the convolution that carries a gradient back through ``weight``.

    The transpose of a correlation with zero padding 1 is the correlation with the kernel turned by 180° and
    with in and out exchanged.
    """
    return weight.flip(2, 3).transpose(0, 1).contiguous()


class PlainConvolution:
    """The convolution of ``torch.nn.functional``: any device, any type."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._back = flipped(weight).contiguous(memory_format=torch.channels_last)
        self._bias = bias

    def relu(self, images: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``relu(conv(images))``."""
        images, border = _with_border(images, repeat)
        return nnf.conv2d(images, self._weight, self._bias, padding=border).relu_()

    def to_input(self, gradient: Tensor, plus: Tensor | None = None, repeat: Repeat | None = None) -> Tensor:
        """Return the gradient for the input, ``plus`` added."""
        gradient, border = _with_border(gradient, repeat)
        back = nnf.conv2d(gradient, self._back, padding=border)
        return back if plus is None else back.add_(plus)


class OneDnnConvolution:
    """Weights packed once for oneDNN, ReLU and the sum fused into the convolution (2× on bf16 with AMX)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight = _packed(weight)
        self._back = _packed(flipped(weight))
        self._bias = bias

    def relu(self, images: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``relu(conv(images))``."""
        images, border = _with_border(images, repeat)
        done: Tensor = torch.ops.mkldnn._convolution_pointwise(
            images, self._weight, self._bias, [border, border], [1, 1], [1, 1], 1, "relu", [], None
        )
        return done

    def to_input(self, gradient: Tensor, plus: Tensor | None = None, repeat: Repeat | None = None) -> Tensor:
        """Return the gradient for the input, ``plus`` added."""
        gradient, border = _with_border(gradient, repeat)
        sides = [border, border]
        done: Tensor
        if plus is None:
            done = torch.ops.mkldnn._convolution_pointwise(
                gradient, self._back, None, sides, [1, 1], [1, 1], 1, "none", [], None
            )
        else:
            done = torch.ops.mkldnn._convolution_pointwise.binary(
                gradient, plus, self._back, None, sides, [1, 1], [1, 1], 1, "add", None, None, [], None
            )
        return done


@functools.cache
def onednn_fuses(dtype: torch.dtype) -> bool:
    """Whether this torch has the fused oneDNN convolution for ``dtype``: a small one is done both ways.

    The operators are torch's own compiler's, not a public promise: where one is missing, refuses, or
    gives another answer, the plain convolution takes its place.
    """
    if dtype not in (torch.float32, torch.bfloat16):
        return False
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    with torch.no_grad():
        ramp = torch.linspace(-1, 1, 4 * 3 * 9).reshape(4, 3, 3, 3).to(dtype)
        images = torch.linspace(-1, 1, 3 * 36).reshape(1, 3, 6, 6).to(dtype)
        images = images.contiguous(memory_format=torch.channels_last)
        bias = torch.linspace(-1, 1, 4).to(dtype)
        plain = PlainConvolution(ramp, bias)
        there = plain.relu(images)
        back = plain.to_input(there, images)
        try:
            fused = OneDnnConvolution(ramp, bias)
            got, got_back = fused.relu(images), fused.to_input(there, images)
        except (AttributeError, RuntimeError, TypeError):
            return False
    close = functools.partial(torch.allclose, rtol=2e-2, atol=2e-2)
    return bool(close(got, there) and close(got_back, back))


def _with_border(planes: Tensor, repeat: Repeat | None) -> tuple[Tensor, int]:
    """Return planes with their neighbours around them, and how many zeros the convolution is to add."""
    return (planes, 1) if repeat is None else (wrapped(planes, repeat), 0)


def _packed(weight: Tensor) -> Tensor:
    pack = torch.ops.mkldnn._reorder_convolution_weight
    packed: Tensor = pack(weight.contiguous(), [1, 1], [1, 1], [1, 1], 1, None)
    return packed
