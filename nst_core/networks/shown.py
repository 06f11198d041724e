"""What a network is shown: the picture that it repaints, and what it may know of style, light and garment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from configs.cloth import Repeat
from nst_core.backbones import Backbone


@dataclass(frozen=True, eq=False)
class Several:
    """Styles that paint a picture together: by weight, each in its region, or both.

    Args:
        networks: one a style, alike but for what is a style's own.
        shares: ``(B, S, H, W)``, or ``(B, S, 1, 1)`` where they are the same everywhere: what each style has
            of each place; they sum to 1.
    """

    networks: Sequence[Any]
    shares: Tensor


@dataclass(frozen=True)
class Shown:
    """A batch of pictures of one style, or of the same several, on the network's device, float32.

    Args:
        picture: ``(B, 3, H, W)`` in [0, 1], both sides multiples of 16: photos, or cloth as it lies.
        style: ``(1, 3, h, w)`` in [0, 1], the style image at the scale at which it is to be seen.
        backbone: the frozen network of the recipe; only ``adain`` looks through it.
        style_share: how far to go, 0 to 1.
        shading: ``(B, 1, H, W)``, what the picture will be multiplied with; None: nothing.
        mask: ``(B, 1, H, W)`` in [0, 1], where it will be seen; None: everywhere.
        repeat: how the pictures meet copies of themselves, where they are tiles; None: they end at an edge.
        several: the styles of pictures with more than one, for kinds that :attr:`~.kinds.Kind.mixes_styles`;
            None: one.
    """

    picture: Tensor
    style: Tensor
    backbone: Backbone
    style_share: float = 1.0
    shading: Tensor | None = None
    mask: Tensor | None = None
    repeat: Repeat | None = None
    several: Several | None = None
