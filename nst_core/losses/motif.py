"""The motif loss: how far each place of the picture is from the likest place of the style image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as nnf
from torch import Tensor
from torch.autograd.function import once_differentiable

from configs.recipe import MotifTerm
from nst_core.backbones import Window
from nst_core.losses.region import garment_weight
from nst_core.losses.scene import Loss, Scene, Sums, View
from nst_core.losses.style_targets import Statistics, StyleSight

# So many places of a style image are compared with, drawn once from all. 1024 cost .03 of a step at 256 px
# and .05 at 512, 2048 cost .14 there, for motif .76 against .74 at 384 px (4 pairs).
PLACES = 1024
_SEED = 0
# Of a larger style image the features are worked out twice instead of held: relu4_1 of 8192² px has 1 GB.
HELD_UP_TO_PX = 2048 * 2048


@dataclass(frozen=True)
class MotifLoss(Loss):
    """Σ w_l × the mean over positions of 1 − the best cosine with a position of the style image.

    Cosines of features less the style image's mean, so that what all places share does not count, and of
    single positions: at relu4_1 each sees 92 px, and a sum over positions is exact through windows. Gram
    matrices say how often features meet, not where: alone they draw folds as lines of the motif.

    Args:
        weights: layer → its weight.
        centres: layer → ``(B, 1, C)``, the style images' mean features.
        places: layer → ``(B, n, C)``, places of the style images: unit vectors less the centre.
        inside: layer → ``(B, 1, h, w)``, how much each position counts; empty: all the same.

    Source:
        Li, Wand (2016), "Combining Markov Random Fields and Convolutional Neural Networks for Image
        Synthesis", eq. 3, with patches of one position and the distance's angle alone: folds change how
        strong features are.
    """

    weights: Mapping[str, float]
    centres: Mapping[str, Tensor]
    places: Mapping[str, Tensor]
    inside: Mapping[str, Tensor]

    @classmethod
    def of(cls, term: MotifTerm, scene: Scene) -> MotifLoss:
        """Build the loss of a recipe's ``motif`` block.

        Raises:
            LayerUnknown: the block names a layer that the backbone does not have.
        """
        weights = {layer: term.weight * weight for layer, weight in term.layers.items() if weight > 0}
        inside = {}
        if term.region == "garment" and scene.mask is not None:
            inside = {layer: garment_weight(scene.mask, scene.backbone.stride(layer)) for layer in weights}
        centres, places = {}, {}
        for layer in weights:
            found = [(one.statistics["mean", layer], one.statistics["places", layer]) for one in scene.styles]
            centres[layer] = torch.stack([mean[None] for mean, _ in found])
            most = max(len(rows) for _, rows in found)
            # A small style image has fewer places: they come again, which changes no best one.
            places[layer] = torch.stack([rows[_around(most, len(rows))] for _, rows in found])
        return cls(weights, centres, places, inside)

    @staticmethod
    def statistics(term: MotifTerm, sight: StyleSight) -> Statistics:
        """Return the mean features of a style image, and places spread over it as unit vectors.

        Raises:
            LayerUnknown: the block names a layer that the backbone does not have.
        """
        layers = tuple(term.layers)
        held = list(sight.look(layers)) if sight.pixels <= HELD_UP_TO_PX else None
        found = {}
        for layer in layers:
            drawn = _Drawn(layer)
            for window, maps in held or sight.look((layer,)):
                drawn.count(window, maps)
            for window, maps in held or sight.look((layer,)):
                drawn.take(window, maps)
            mean = drawn.mean()
            found["mean", layer] = mean
            found["places", layer] = nnf.normalize(drawn.rows().float() - mean, dim=1)
        return found

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers whose positions are looked up."""
        return tuple(self.weights)

    def sums(self, view: View) -> Sums:
        """Return each layer's summed distance to the best places, and how many positions count."""
        sums: Sums = {}
        for layer in self.weights:
            away = 1 - _BestCosine.apply(view.features[layer], self.centres[layer], self.places[layer])
            weight = view.at(layer, self.inside[layer]).flatten(1) if self.inside else torch.ones_like(away)
            sums[layer] = (away * weight).sum(1)
            sums[f"{layer} positions"] = weight.sum(1)
        return sums

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)``; 0 where no position counts."""
        tiny = torch.finfo(torch.float32).tiny
        losses = [
            weight * sums[layer] / sums[f"{layer} positions"].clamp_min(tiny)
            for layer, weight in self.weights.items()
        ]
        return torch.stack(losses).sum(0)

    def only(self, samples: Tensor) -> MotifLoss:
        """Return the same loss for some of the samples."""
        return replace(
            self,
            centres={layer: centre[samples] for layer, centre in self.centres.items()},
            places={layer: rows[samples] for layer, rows in self.places.items()},
            inside={layer: weight[samples] for layer, weight in self.inside.items()},
        )


class _Drawn:
    """Places drawn from all of a style image at a layer, and their mean, as its windows come by twice."""

    def __init__(self, layer: str) -> None:
        self._layer = layer
        self._heights: dict[int, int] = {}
        self._widths: dict[int, int] = {}
        self._means: list[tuple[int, Tensor]] = []
        self._taken: list[tuple[Tensor, Tensor]] = []

    def count(self, window: Window, maps: Mapping[str, Tensor]) -> None:
        """Count a window's own places."""
        rows = self._rows(maps)
        self._heights[window.own.top], self._widths[window.own.left] = maps[self._layer].shape[-2:]
        self._means.append((len(rows), rows.mean(0, dtype=torch.float32)))

    def take(self, window: Window, maps: Mapping[str, Tensor]) -> None:
        """Take a window's drawn places, once all are counted."""
        across = sum(self._widths.values())
        places = torch.arange(sum(self._heights.values()) * across).view(-1, across)
        drawn = torch.randperm(places.numel(), generator=torch.Generator().manual_seed(_SEED))[:PLACES]
        down = sum(height for top, height in self._heights.items() if top < window.own.top)
        right = sum(width for left, width in self._widths.items() if left < window.own.left)
        height, width = maps[self._layer].shape[-2:]
        own = places[down : down + height, right : right + width].flatten()
        which = torch.isin(drawn, own).nonzero().flatten()
        inside = torch.searchsorted(own, drawn[which])
        self._taken.append((which, self._rows(maps)[inside.to(self._means[0][1].device)].clone()))

    def mean(self) -> Tensor:
        """Return the mean of all places, ``(C,)``."""
        total = sum(count for count, _ in self._means)
        return torch.stack([mean * (count / total) for count, mean in self._means]).sum(0)

    def rows(self) -> Tensor:
        """Return the drawn places, ``(n, C)``, in the order in which they were drawn."""
        order = torch.cat([which for which, _ in self._taken]).argsort()
        rows = torch.cat([rows for _, rows in self._taken])
        return rows[order.to(rows.device)]

    def _rows(self, maps: Mapping[str, Tensor]) -> Tensor:
        return maps[self._layer][0].flatten(1).T


class _BestCosine(torch.autograd.Function):
    """Each position's best cosine with a place, ``(B, P)``; the way back goes through that place alone.

    The best place is looked for in the trunk's type, the cosine with it is worked out in float32.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, centres: Tensor, places: Tensor) -> Tensor:
        rows = features.permute(0, 2, 3, 1).flatten(1, 2)
        centred = rows.float() - centres
        # max and not argmax, which takes three times as long on a CPU.
        best = torch.bmm(centred.to(rows.dtype), places.to(rows.dtype).mT).max(2).indices
        first = torch.arange(len(places), device=places.device) * places.shape[1]
        wanted = places.flatten(0, 1)[best + first[:, None]]
        lengths = torch.linalg.vector_norm(centred, dim=2).clamp_min(torch.finfo(torch.float32).tiny)
        cosines: Tensor = torch.linalg.vecdot(centred, wanted) / lengths
        ctx.shape, ctx.dtype = features.shape, features.dtype
        ctx.save_for_backward(centred, wanted, lengths, cosines)
        return cosines

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        # d cos / d centred = (wanted - cos · centred / length) / length
        centred, wanted, lengths, cosines = ctx.saved_tensors
        batch, _, height, width = ctx.shape
        slope = gradient / lengths
        back = wanted * slope[..., None] - centred * (slope * cosines / lengths)[..., None]
        return back.to(ctx.dtype).view(batch, height, width, -1).permute(0, 3, 1, 2), None, None


def _around(most: int, count: int) -> Tensor:
    return torch.arange(most) % count
