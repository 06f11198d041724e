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
    positions = features.shape[-2] * features.shape[-1]
    if weight is None:
        gram: Tensor = _Gram.apply(features, None)
        return gram / positions
    wide = _wide_type(features)
    share = weight.to(wide).flatten(1)
    share = share / share.sum(1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
    weighted: Tensor = _Gram.apply(features, share.unsqueeze(2))
    return weighted


class _Gram(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, share: Tensor | None) -> Tensor:
        rows = features.permute(0, 2, 3, 1).flatten(1, 2)
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
    """Return ``rowsᵀ · (share · rows)``: ``(B, P, C)``, ``(B, P, 1)`` → ``(B, C, C)``, summed in float32."""
    if rows.dtype == torch.bfloat16 and rows.is_cuda:
        weighted = rows if share is None else rows * share.to(rows.dtype)
        return torch.bmm(weighted.mT, rows, out_dtype=torch.float32)
    wide = _wide_type(rows)
    with _exact_for_bf16(rows):
        # One sample after the other: the float32 copy of a whole batch would be its largest tensor.
        grams = []
        for index, one in enumerate(rows):
            seen = one.to(wide)
            grams.append(seen.mT @ (seen if share is None else seen * share[index]))
    return torch.stack(grams)


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
