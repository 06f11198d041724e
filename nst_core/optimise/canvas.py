"""What the optimisation starts from: pictures, style targets, the garment's light and mask, at any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
import torch.nn.functional as nnf
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import OptimisePart
from nst_core.backbones import Backbone
from nst_core.lattice import roll_planes, size_multiple
from nst_core.losses import Region, StyleTargets, style_targets

_MULTIPLE = 16
_LEAST_STYLE_SIDE_PX = 32


@dataclass(frozen=True)
class Canvas:
    """A batch before its first step; everything on the backbone's device, float32.

    Args:
        start: ``(B, 3, H, W)``, sRGB in [0, 1]; H and W multiples of 16. What is optimised: the cloth's own
            colours where there is a shading, else the picture.
        content: ``(B, 3, H, W)``, the content images, for a content loss and around the garment; or None.
        styles: one per sample, from :func:`~nst_core.losses.style_targets`.
        shading: ``(B, 1, H, W)``; the backbone is shown ``relight(x, shading)``. None: x itself.
        mask: ``(B, 1, H, W)``, in [0, 1], 1 on the garment. Around it the backbone is shown the content
            image, and a style loss with ``region: garment`` counts only what lies within. None: the picture
            is all.
        seeds: one per sample; only a start from noise at several sizes draws from them.
        regions: where pictures have several styles, the parts that they divide into; empty: ``styles`` hold
            for the whole of each.
        picture_px: height and width of the pictures that these are parts of; None: they are all of them.
        repeat: how the pictures meet copies of themselves, where they are tiles; H and W are multiples of
            ``lattice.size_multiple``. None: pictures that end at their edge.
    """

    start: Tensor
    content: Tensor | None
    styles: Sequence[StyleTargets]
    shading: Tensor | None = None
    mask: Tensor | None = None
    seeds: Sequence[int] = ()
    regions: Sequence[Region] = ()
    picture_px: tuple[int, int] | None = None
    repeat: Repeat | None = None

    @property
    def long_side_px(self) -> int:
        """The long side of the pictures that these are, or are parts of, px."""
        return max(self.picture_px or self.start.shape[-2:])

    @property
    def share(self) -> float:
        """What these are of their pictures, by area."""
        height, width = self.start.shape[-2:]
        return 1.0 if self.picture_px is None else height * width / (self.picture_px[0] * self.picture_px[1])

    def rolled(self, down_px: int, right_px: int) -> Canvas:
        """Return the same endless cloth with another place of it in the tiles' corner; without regions."""
        if self.repeat is None or not (down_px or right_px):
            return self
        roll = partial(roll_planes, repeat=self.repeat, down_px=down_px, right_px=right_px)
        return replace(
            self,
            start=roll(self.start),
            content=None if self.content is None else roll(self.content),
            shading=None if self.shading is None else roll(self.shading),
            mask=None if self.mask is None else roll(self.mask),
        )

    def only(self, samples: Tensor) -> Canvas:
        """Return the canvas of some of the samples (indices); without regions."""
        picked = [int(sample) for sample in samples]
        return replace(
            self,
            start=self.start[samples],
            content=None if self.content is None else self.content[samples],
            shading=None if self.shading is None else self.shading[samples],
            mask=None if self.mask is None else self.mask[samples],
            styles=[self.styles[sample] for sample in picked] if self.styles else (),
            seeds=[self.seeds[sample] for sample in picked] if self.seeds else (),
        )

    def resized(
        self, long_side_px: int, part: OptimisePart, backbone: Backbone, *, most_px: int | None = None
    ) -> Canvas:
        """Return the canvas and its style targets where the pictures have another long side.

        Both sides become multiples of 16, or of what the repeat asks for. ``most_px`` may be looked at at
        once; None: all.
        """
        height, width = self.start.shape[-2:]
        factor = long_side_px / self.long_side_px
        multiple = _MULTIPLE if self.repeat is None else size_multiple(self.repeat)
        size = _at_least(multiple, height * factor, width * factor, multiple=multiple)
        if part.start == "noise":
            # Noise made smaller is grey: it is drawn anew.
            start = noise_start((len(self.start), 3, *size), self.seeds).to(self.start.device)
        else:
            start = resize(self.start, size).clamp_(0, 1)
        return replace(
            self,
            start=start,
            picture_px=None if self.picture_px is None else _scaled(self.picture_px, factor),
            content=None if self.content is None else resize(self.content, size).clamp_(0, 1),
            styles=[self._style_at(style, factor, part, backbone, most_px) for style in self.styles],
            shading=None if self.shading is None else resize(self.shading, size).clamp_min_(0),
            mask=None if self.mask is None else resize(self.mask, size).clamp_(0, 1),
            regions=[
                Region(
                    resize(region.mask, size).clamp_(0, 1),
                    [self._style_at(style, factor, part, backbone, most_px) for style in region.styles],
                )
                for region in self.regions
            ],
        )

    def _style_at(
        self, style: StyleTargets, factor: float, part: OptimisePart, backbone: Backbone, most_px: int | None
    ) -> StyleTargets:
        if style.image is None:
            return style
        height, width = style.image.shape[-2:]
        size = _at_least(_LEAST_STYLE_SIDE_PX, height * factor, width * factor)
        image = resize(style.image, size).clamp_(0, 1)
        return style_targets(image, part, backbone, most_px=most_px, as_cloth=self.repeat is not None)


def noise_start(shape: Sequence[int], seeds: Sequence[int]) -> Tensor:
    """Return white noise ``(B, 3, H, W)``, uniform in [0, 1], on the CPU.

    A sample's noise follows from its own seed and the size alone: not from the batch it is in, nor the
    device.
    """
    noise = torch.empty(tuple(shape))
    for sample, seed in zip(noise, seeds, strict=True):
        sample.uniform_(generator=torch.Generator().manual_seed(seed))
    return noise


def resize(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """Return ``(B, C, H, W)`` at another size: bicubic, with averaging on the way down; may overshoot."""
    return nnf.interpolate(planes, size=size, mode="bicubic", antialias=True, align_corners=False)


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return round(size[0] * factor), round(size[1] * factor)


def _at_least(least: int, height: float, width: float, *, multiple: int = 1) -> tuple[int, int]:
    return (
        max(least, round(height / multiple) * multiple),
        max(least, round(width / multiple) * multiple),
    )
