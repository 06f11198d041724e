"""Edge maps: where neighbouring pixels differ, across and down, and how much in all."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nst_core.errors import EngineError


@dataclass(frozen=True, eq=False)
class EdgeMaps:
    """The differences between neighbours of a picture.

    Attributes:
        across: ``(3, H, W - 1)``, each pixel's right neighbour minus itself, in [-1, 1].
        down: ``(3, H - 1, W)``, its lower neighbour minus itself.
    """

    across: Tensor
    down: Tensor

    @property
    def tv_across(self) -> float:
        """Mean absolute difference across, 0 … 1."""
        return float(self.across.abs().mean())

    @property
    def tv_down(self) -> float:
        """Mean absolute difference down, 0 … 1."""
        return float(self.down.abs().mean())

    @property
    def energy(self) -> float:
        """Mean squared difference, across plus down, 0 … 2: strong edges count more than grain."""
        return float(self.across.square().mean() + self.down.square().mean())


def edge_maps(picture: Tensor) -> EdgeMaps:
    """Return the horizontal and vertical edge maps of a picture.

    Style transfer adds high frequencies where the photo has none; beside the photo's own maps these show
    where, and total variation is what takes them away.

    Args:
        picture: ``(3, H, W)``, sRGB in [0, 1].

    Raises:
        EngineError: a side under 2 px, which has no neighbours.

    Source:
        Elmitwally, Imtiaz, Saqib, "Neural Style Transfer", figure 4; the differences are those of the
        TensorFlow style-transfer tutorial that it follows.
    """
    if min(picture.shape[-2:]) < 2:
        size = " × ".join(map(str, picture.shape[-2:]))
        raise EngineError(f"edge maps need a picture of 2 × 2 px or more, got {size}", code="too_small")
    image = picture.float()
    return EdgeMaps(image[..., 1:] - image[..., :-1], image[..., 1:, :] - image[..., :-1, :])


def as_picture(differences: Tensor) -> Tensor:
    """Return differences ``(3, h, w)`` as an image in [0, 1]: grey is no edge, twice the contrast."""
    return torch.clamp(0.5 + 2 * differences, 0, 1)
