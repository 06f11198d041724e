"""What losses have worked out of a style image once, to compare with at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch.nn.functional as nnf
from torch import Tensor

from nst_core.backbones import Window

Statistics = Mapping[tuple[str, str], Tensor]
"""(which statistic, of which layer) → its value, without a batch axis, float32."""

Looks = Iterator[tuple[Window, dict[str, Tensor]]]
"""A style image's windows, and the features of each one's own part, ``(1, C, h, w)``."""


@dataclass(frozen=True)
class StyleSight:
    """How a loss looks at a style image.

    Args:
        look: layers → looks.
        stride: layer → px between two positions.
        weight: ``(1, 1, h, w)``, how much each place of the image counts; None: all the same.
    """

    look: Callable[[Sequence[str]], Looks]
    stride: Callable[[str], int]
    weight: Tensor | None = None

    def weights(self, layer: str, window: Window) -> Tensor | None:
        """Return how much each position of a window's own part counts at a layer, ``(1, 1, h, w)``."""
        if self.weight is None:
            return None
        stride = self.stride(layer)
        return window.own.of(nnf.avg_pool2d(self.weight, stride, ceil_mode=True), stride)


@dataclass(frozen=True)
class StyleTargets:
    """A style image as the losses of a recipe see it.

    Args:
        statistics: such as ``("gram", "relu3_1")`` → ``(C, C)``. Losses that name the same one share it.
        image: ``(1, 3, h, w)``, kept only for recipes that go from coarse to fine, where each size compares
            with the style image at that size.
    """

    statistics: Statistics
    image: Tensor | None = None
