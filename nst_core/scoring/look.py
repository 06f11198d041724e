"""One look through the network for all scores: Gram matrices and the map that motifs are looked for in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from configs.cloth import Repeat
from nst_core.allocator import large_pieces_kept
from nst_core.backbones import Backbone, Window, joined, looks, looks_at_cloth
from nst_core.losses.gram import GramTotal
from nst_core.scoring.gmd import GMD_LAYERS, HELDOUT_LAYERS
from nst_core.scoring.motif import MOTIF_LAYER

SCORED_LAYERS = (*GMD_LAYERS, *HELDOUT_LAYERS)


@dataclass(frozen=True, eq=False)
class Seen:
    """What the scores need of a picture.

    Attributes:
        grams: layer → ``(C, C)`` float32, over the whole picture; of a picture with a garment those of
            ``GMD_LAYERS`` alone, which is all that is asked of it there.
        garment_grams: the same over the garment; layers of which the garment has no position are left out.
        motifs: ``(1, C, h, w)`` features of relu4_3; None for a backbone without it.
    """

    grams: Mapping[str, Tensor]
    garment_grams: Mapping[str, Tensor]
    motifs: Tensor | None


def scored_layers(backbone: Backbone, height_px: int, width_px: int) -> tuple[str, ...]:
    """Return the scored layers that the backbone has and the image is large enough for."""
    side = min(height_px, width_px)
    return tuple(
        layer for layer in SCORED_LAYERS if layer in backbone.layers and backbone.stride(layer) <= side
    )


@torch.no_grad()
def look(
    image: Tensor,
    weights: Mapping[str, Tensor],
    layers: tuple[str, ...],
    backbone: Backbone,
    *,
    most_px: int | None = None,
    as_cloth: bool = False,
    repeat: Repeat | None = None,
) -> Seen:
    """Look at a picture once, through windows where it is larger than ``most_px``.

    Args:
        image: ``(3, H, W)``, sRGB in [0, 1], float32, on the backbone's device.
        weights: layer → ``(1, 1, h, w)``, how much each position is garment; empty: there is none to look at.
        layers: out of ``SCORED_LAYERS``.
        backbone: who looks.
        most_px: how many px it may look at at once; None: all.
        as_cloth: it is a piece of cloth, which goes on beyond its edge; else a picture, which ends there.
        repeat: it is a tile, which meets copies of itself there.
    """
    seen = (
        looks_at_cloth(image.unsqueeze(0), backbone, layers, most_px=most_px)
        if as_cloth
        else looks(image.unsqueeze(0), backbone, layers, most_px=most_px, repeat=repeat)
    )
    everywhere = {layer: GramTotal() for layer in layers if not weights or layer in GMD_LAYERS}
    inside = {layer: GramTotal() for layer in layers if layer in weights and bool((weights[layer] > 0).any())}
    motifs: list[tuple[Window, Tensor]] = []
    with large_pieces_kept():
        for window, features in seen:
            for layer, maps in features.items():
                if layer in everywhere:
                    everywhere[layer].add(maps)
                if layer in inside:
                    inside[layer].add(*_worn(maps, window.own.of(weights[layer], backbone.stride(layer))))
            if MOTIF_LAYER in features:
                motifs.append((window, features[MOTIF_LAYER]))
    return Seen(
        grams={layer: total.matrix()[0] for layer, total in everywhere.items()},
        garment_grams={layer: total.matrix()[0] for layer, total in inside.items()},
        motifs=joined(motifs) if motifs else None,
    )


def _worn(maps: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return the features and weights of places that are garment alone, as one column.

    Args:
        maps: ``(1, C, h, w)``.
        weight: ``(1, 1, h, w)``.
    """
    if maps.is_cuda:
        # to know how many there are would wait for the device
        return maps, weight
    places = weight.flatten().nonzero().flatten()
    rows = maps.permute(0, 2, 3, 1).flatten(1, 2)[:, places]
    return rows.mT.unsqueeze(3), weight.flatten(2)[..., places].unsqueeze(3)
