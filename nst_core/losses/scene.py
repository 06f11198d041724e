"""What losses may look at: a batch before its first step, then its features at each step, whole or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

from torch import Tensor

from configs.cloth import Repeat
from nst_core.backbones import Backbone, Window, joined, looks, whole
from nst_core.errors import WholePictureNeeded
from nst_core.losses.style_targets import StyleTargets

Sums = dict[str, Tensor]
"""What a loss adds up over the parts of a picture: a name of its own choice → ``(B, …)``."""


@dataclass(frozen=True)
class Region:
    """A part of each picture of a batch that has a style of its own.

    Args:
        mask: ``(B, 1, H, W)``, in [0, 1]; 0 everywhere in a sample without such a region.
        styles: the style targets of each sample there.
    """

    mask: Tensor
    styles: Sequence[StyleTargets]


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
        most_px: how many px of a picture the backbone may look at at once; None: all.
        regions: where pictures have several styles; empty: ``styles`` hold for the whole of each.
        share: of its pictures that the batch is, by area; a mean over them is this times that over the batch.
        repeat: how the pictures meet copies of themselves, where they are tiles; None: they end at an edge.
    """

    start: Tensor
    content: Tensor | None
    styles: Sequence[StyleTargets]
    mask: Tensor | None
    backbone: Backbone
    feature_scale: float = 1.0
    most_px: int | None = None
    regions: Sequence[Region] = ()
    share: float = 1.0
    repeat: Repeat | None = None

    def look(self, images: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Return the whole feature maps of ``(B, 3, H, W)`` without a way back, in the trunk's type."""
        seen = list(looks(images, self.backbone, layers, most_px=self.most_px, repeat=self.repeat))
        return {layer: joined([(window, features[layer]) for window, features in seen]) for layer in layers}


@dataclass(frozen=True)
class View:
    """A picture at one step, or a part of it, with what the network sees there.

    Args:
        picture: ``(B, 3, h, w)``, what is optimised, where ``window`` sees it.
        features: layer → ``(B, C, h', w')`` of the picture as it is shown, where ``window`` answers for it.
        window: which part of the picture it is.
        strides: layer → px between two positions.
    """

    picture: Tensor
    features: Mapping[str, Tensor]
    window: Window
    strides: Mapping[str, int]

    @classmethod
    def of_whole(cls, picture: Tensor, features: Mapping[str, Tensor]) -> View:
        """Return the view of a picture ``(B, 3, H, W)`` that is looked at in one piece."""
        return cls(picture, features, whole(*picture.shape[-2:]), {})

    @property
    def is_whole(self) -> bool:
        """Whether it shows all of the picture."""
        return self.window.is_whole

    def at(self, layer: str, planes: Tensor) -> Tensor:
        """Return this view's part of a map of the whole picture at a layer's size: a view."""
        return planes if self.is_whole else self.window.own.of(planes, self.strides[layer])

    def require_whole(self, loss: str) -> None:
        """Refuse to go on where this is but a part of the picture.

        Raises:
            WholePictureNeeded: it is; the message says what to do.
        """
        if not self.is_whole:
            raise WholePictureNeeded(
                f"the loss {loss!r} needs the whole picture at once, and one of this size does not fit into "
                "memory but in parts; choose a smaller size_px or a recipe without this loss",
                loss=loss,
            )


class Loss(Protocol):
    """One weighted term of the objective: a function of sums over the picture.

    A picture too large for memory is looked at in parts: ``sums`` is asked for each of them and ``value``
    once, for their total, so that value and gradient are those of the whole. A loss that is no function of
    sums begins ``sums`` with ``view.require_whole``.
    """

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers whose features it wants to see; empty: only the picture."""
        ...

    def sums(self, view: View) -> Sums:
        """Return what the loss needs of a view; over the parts of a picture each entry adds up.

        A NaN stays in its own sample.
        """
        ...

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)`` float32, from the sums over the whole picture."""
        ...

    def only(self, samples: Tensor) -> Loss:
        """Return the same loss for some of the samples: ``samples`` are indices, int64."""
        ...

    def __call__(self, picture: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        """Return one value per sample, ``(B,)``, of a picture ``(B, 3, H, W)`` that is looked at whole."""
        return self.value(self.sums(View.of_whole(picture, features)))


@runtime_checkable
class HoldingLoss(Loss, Protocol):
    """A loss that takes something from the picture on its way and compares with it from then on."""

    def wants(self, step: int, steps: int) -> tuple[str, ...]:
        """Return which of its layers to take before this step (of so many, from 0); empty: none now."""
        ...

    def holding(self, features: Mapping[str, Tensor]) -> Self:
        """Return the loss that has taken them: whole maps, ``(B, C, h, w)``, without a way back."""
        ...
