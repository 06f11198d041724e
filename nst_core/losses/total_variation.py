"""Total variation: how much neighbouring pixels differ, which is what speckle is."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import TvTerm
from nst_core.lattice import cover_planes
from nst_core.losses.scene import Loss, Scene, Sums, View

TvForm = Literal["l1-sum", "l1-mean", "smooth-mean"]

_CALIBRATION_PX = 512
# Grey, then two directions of colour, orthonormal: at equal weights they sum to what R, G and B sum to.
_LUMA = (3**-0.5, 3**-0.5, 3**-0.5)
_CHROMA = ((2**-0.5, -(2**-0.5), 0.0), (6**-0.5, 6**-0.5, -2 * 6**-0.5))


def total_variation(picture: Tensor, form: TvForm, *, chroma_weight: float = 1.0) -> Tensor:
    """Return how much neighbouring pixels differ, across and down, one value per sample.

    - ``l1-sum``: Σ|x_i − x_j| over all pairs and channels. Grows with the size.
    - ``l1-mean``: the mean over the pairs × the number of pairs of a 512 × 512 picture: equal to ``l1-sum``
      there, and one weight means the same at every size.
    - ``smooth-mean``: 3 × mean (x_i − x_j)², across plus down. Quadratic, so that L-BFGS keeps its pace;
      against speckle rather than against edges.

    Args:
        picture: ``(B, 3, H, W)``, H, W ≥ 2.
        form: which of the three.
        chroma_weight: the factor on differences in colour against those in grey. For the quadratic form 1 is
            exactly R + G + B; for the others any other value changes to axes of grey and colour.

    Returns:
        ``(B,)``, ≥ 0.

    Source:
        Rudin, Osher, Fatemi (1992); the L1 sum is TensorFlow's ``image.total_variation``, which Elmitwally
        et al. use with factor 30.
    """
    across, down = _pairs(picture, form, chroma_weight)
    return _in_form(_total(across, form), _total(down, form), _pair_counts(picture), form)


def _pairs(picture: Tensor, form: TvForm, chroma_weight: float) -> tuple[Tensor, Tensor]:
    """Return neighbours' differences, across ``(B, 3, H, W - 1)`` and down ``(B, 3, H - 1, W)``."""
    if chroma_weight != 1.0:
        picture = _opponent(picture, chroma_weight if form != "smooth-mean" else chroma_weight**0.5)
    return picture[..., 1:] - picture[..., :-1], picture[..., 1:, :] - picture[..., :-1, :]


def _total(differences: Tensor, form: TvForm) -> Tensor:
    sizes = differences.square() if form == "smooth-mean" else differences.abs()
    return sizes.flatten(1).sum(1)


def _pair_counts(picture: Tensor) -> tuple[int, int]:
    channels, height, width = picture.shape[1:]
    return channels * height * (width - 1), channels * (height - 1) * width


def _in_form(across: Tensor, down: Tensor, counts: tuple[int, int], form: TvForm) -> Tensor:
    if form == "l1-sum":
        return across + down
    factor = 3 if form == "smooth-mean" else 3 * _CALIBRATION_PX * (_CALIBRATION_PX - 1)
    return factor * (across / counts[0] + down / counts[1])


@dataclass(frozen=True)
class TotalVariationLoss(Loss):
    """γ of :func:`total_variation`, of the picture or of what the steps changed in it."""

    weight: float
    form: TvForm
    chroma_weight: float
    before: Tensor | None
    counts: tuple[int, int]
    repeat: Repeat | None = None

    @classmethod
    def of(cls, term: TvTerm, scene: Scene) -> TotalVariationLoss:
        """Build the loss of a recipe's ``tv`` block."""
        before = scene.start if term.of == "change" else None
        weight = term.weight * (1.0 if term.form == "l1-sum" else scene.share)
        pixels = scene.start[0].numel()
        counts = _pair_counts(scene.start) if scene.repeat is None else (pixels, pixels)
        return cls(weight, term.form, term.chroma_weight, before, counts, scene.repeat)

    @property
    def layers(self) -> tuple[str, ...]:
        """None: it looks at pixels."""
        return ()

    def sums(self, view: View) -> Sums:
        """Return the differences across and down; a part answers for those that begin in it.

        A tile's last row and column differ from the first ones of its neighbours.
        """
        seen = view.picture if self.before is None else view.picture - view.window.see(self.before)
        if self.repeat is not None and view.is_whole:
            height, width = seen.shape[-2:]
            seen = cover_planes(seen, self.repeat, height_px=height + 1, width_px=width + 1)
        own, around = view.window.own, view.window.seen
        down, right = own.top - around.top, own.left - around.left
        height, width = own.bottom - own.top, own.right - own.left
        reach = seen[..., down : down + height + 1, right : right + width + 1]
        across, below = _pairs(reach, self.form, self.chroma_weight)
        return {
            "across": _total(across[..., :height, :], self.form),
            "down": _total(below[..., :width], self.form),
        }

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)``."""
        return self.weight * _in_form(sums["across"], sums["down"], self.counts, self.form)

    def only(self, samples: Tensor) -> TotalVariationLoss:
        """Return the same loss for some of the samples."""
        return self if self.before is None else replace(self, before=self.before[samples])


def _opponent(picture: Tensor, chroma: float) -> Tensor:
    return torch.einsum("ac,bchw->bahw", _axes(chroma, picture.dtype, picture.device), picture)


@functools.cache
def _axes(chroma: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    # Kept, because a step would wait for numbers that come from the host.
    axes = torch.tensor((_LUMA, *_CHROMA), dtype=dtype, device=device)
    return axes * torch.tensor((1.0, chroma, chroma), dtype=dtype, device=device).view(3, 1)
