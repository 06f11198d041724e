"""What losses may look at: a batch before its first step, and its features at each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from nst_core.backbones import Backbone
from nst_core.losses.style_targets import StyleTargets


@dataclass(frozen=True)
class Scene:
    """A batch before its first step, at one size; everything on the backbone's device, float32.

    Args:
        start: ``(B, 3, H, W)``, in [0, 1], where the optimisation starts.
        content: ``(B, 3, H, W)``, in [0, 1], the content images; None: no loss asks for them.
        styles: the style targets of each sample; empty: no loss asks for them.
        mask: ``(B, 1, H, W)``, in [0, 1], 1 on the garment; None: the whole picture.
        backbone: looks at the pictures.
        feature_scale: multiplies every feature before it enters a loss.
    """

    start: Tensor
    content: Tensor | None
    styles: Sequence[StyleTargets]
    mask: Tensor | None
    backbone: Backbone
    feature_scale: float = 1.0


class Loss(Protocol):
    """One weighted term of the objective."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers whose features it wants to see; empty: only the picture."""
        ...

    def __call__(self, picture: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        """Return one value per sample, ``(B,)`` float32; a NaN stays in its own sample.

        Args:
            picture: ``(B, 3, H, W)``, what is optimised.
            features: layer → ``(B, C, h, w)`` of the picture as it is shown.
        """
        ...

    def only(self, samples: Tensor) -> Loss:
        """Return the same loss for some of the samples: ``samples`` are indices, int64."""
        ...
