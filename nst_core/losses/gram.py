"""The Gram matrix of a feature map: which channels fire together, wherever they do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_FLAG = threading.Lock()
# So many values of a map are in float32 at a time: 8 MB.
_VALUES_AT_ONCE = 1 << 21


def gram_matrix(features: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the channel-by-channel correlations of a feature map.

    Divided by the number of positions (or by the sum of the weights), so that one cloth scanned at 512 px and
    at 2048 px gives comparable matrices. (The paper leaves the sum undivided and scales the loss instead.)
    The way back is one product, not two, since the matrix is symmetric.

    Args:
        features: ``(B, C, H, W)``, any floating type; the sum runs in float32 (float64 for float64).
        weight: ``(B, 1, H, W)``, how much each position counts, ≥ 0; None: all the same. Where a sample's
            weights are all 0 its matrix is 0.

    Returns:
        ``(B, C, C)``, float32 (float64 for float64).

    Source:
        Gatys, Ecker, Bethge (2016), "Image Style Transfer Using Convolutional Neural Networks", eq. 3.
    """
    return mean_gram(gram_sum(features, weight), positions_sum(features, weight))


def gram_sum(features: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the Gram matrix undivided, so that those of a picture's parts add up: ``(B, C, C)``."""
    gram: Tensor = _Gram.apply(features, weight)
    return gram


def positions_sum(features: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return by what the undivided matrix is to be divided: positions, or the sum of weights; ``(B,)``."""
    wide = _wide_type(features)
    if weight is not None:
        return weight.to(wide).flatten(1).sum(1)
    return features.new_full((len(features),), features.shape[-2] * features.shape[-1], dtype=wide)


def mean_gram(gram: Tensor, positions: Tensor) -> Tensor:
    """Return the Gram matrix from both sums over the whole picture; 0 where there are no positions."""
    return gram / positions.clamp_min(torch.finfo(torch.float32).tiny).view(-1, 1, 1)


class GramTotal:
    """A Gram matrix that is added up over the parts of a picture."""

    def __init__(self) -> None:
        self._gram: Tensor | None = None
        self._positions: Tensor | None = None

    def add(self, features: Tensor, weight: Tensor | None = None) -> None:
        """Add a part's features ``(B, C, h, w)`` and, where there are weights, their own ``(B, 1, h, w)``."""
        gram, positions = gram_sum(features, weight), positions_sum(features, weight)
        self._gram = gram if self._gram is None else self._gram + gram
        self._positions = positions if self._positions is None else self._positions + positions

    def matrix(self) -> Tensor:
        """Return what :func:`gram_matrix` gives for the whole picture."""
        if self._gram is None or self._positions is None:
            raise ValueError("a Gram matrix of no features: add some first")
        return mean_gram(self._gram, self._positions)


class _Gram(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor | None) -> Tensor:
        rows = features.permute(0, 2, 3, 1).flatten(1, 2)
        share = None if weight is None else weight.to(_wide_type(rows)).flatten(1).unsqueeze(2)
        ctx.shape = features.shape
        ctx.save_for_backward(rows, share)
        return _correlate(rows, share)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        # d/dF of ⟨gradient, Fᵀ m F⟩ is m F (gradient + gradientᵀ): the sum is C × C, the product is one.
        rows, share = ctx.saved_tensors
        batch, channels, height, width = ctx.shape
        back = torch.bmm(rows, (gradient + gradient.mT).to(rows.dtype))
        if share is not None:
            back = back * share.to(back.dtype)
        return back.view(batch, height, width, channels).permute(0, 3, 1, 2), None


def _correlate(rows: Tensor, share: Tensor | None) -> Tensor:
    """Return ``rowsᵀ · (share · rows)``: ``(B, P, C)``, ``(B, P, 1)`` → ``(B, C, C)``, summed in float32.

    A stretch of positions after the other: the float32 copy of all of them would be the largest tensor of a
    step, and is read back from the cache this way.
    """
    if rows.dtype == torch.bfloat16 and rows.is_cuda:
        weighted = rows if share is None else rows * share.to(rows.dtype)
        return torch.bmm(weighted.mT, rows, out_dtype=torch.float32)
    wide = _wide_type(rows)
    grams = rows.new_zeros(len(rows), rows.shape[2], rows.shape[2], dtype=wide)
    stretch = max(1, _VALUES_AT_ONCE // rows.shape[2])
    with _exact_for_bf16(rows):
        for index, one in enumerate(rows):
            for begin in range(0, len(one), stretch):
                seen = one[begin : begin + stretch].to(wide)
                weighted = seen if share is None else seen * share[index, begin : begin + stretch]
                grams[index].addmm_(seen.mT, weighted)
    return grams


@contextlib.contextmanager
def _exact_for_bf16(rows: Tensor) -> Iterator[None]:
    """Let oneDNN take float32 factors that hold bfloat16 values as bfloat16, and sum in float32.

    Nothing is lost where the factors came from a bf16 trunk, and the product is 3× as fast. The switch is one
    for the whole process, so it is on for these products only, one thread at a time.
    """
    matmul: Any = getattr(torch.backends.mkldnn, "matmul", None)
    if rows.dtype != torch.bfloat16 or rows.device.type != "cpu" or not hasattr(matmul, "fp32_precision"):
        yield
        return
    with _FLAG:
        before = matmul.fp32_precision
        matmul.fp32_precision = "bf16"
        try:
            yield
        finally:
            matmul.fp32_precision = before


def _wide_type(features: Tensor) -> torch.dtype:
    return torch.float64 if features.dtype == torch.float64 else torch.float32
