"""What losses have worked out of a style image once, to compare with at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
        pixels: how many the image has.
    """

    look: Callable[[Sequence[str]], Looks]
    pixels: int


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
