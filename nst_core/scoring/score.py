"""All scores of a design, from one look at the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as nnf
from torch import Tensor

from configs.cloth import Repeat
from nst_core.backbones import Backbone
from nst_core.losses.region import garment_weight
from nst_core.scoring.alike import texture_descriptor
from nst_core.scoring.cloth import ClothFeatures
from nst_core.scoring.flags import NONFINITE, find_flags
from nst_core.scoring.gmd import GMD_LAYERS, HELDOUT_LAYERS, gram_distance
from nst_core.scoring.look import look, scored_layers
from nst_core.scoring.luma import luma, weighted_deviation
from nst_core.scoring.motif import MOTIF_LAYER, motif_match
from nst_core.scoring.relief import relief
from nst_core.scoring.speckle import speckle
from nst_core.scoring.ssim import mean_similarity, ssim_map
from nst_core.scoring.variation import variation


@dataclass(frozen=True)
class Scores:
    """The scores of one design; None where one cannot be had. Each is defined in the file of its name.

    Attributes:
        ssim: of the whole picture with the photo. An untouched floor raises it: read it beside the mask's
            area.
        ssim_garment: the same over the garment; None without a mask.
        gmd: Gram distance to the cloth over the garment (over the picture without a mask).
        gmd_image: the same over the whole picture.
        gmd_heldout: as ``gmd``, on layers that no recipe optimises.
        motif: how well the cloth's figures are found again in the garment.
        relief: how visible the folds are.
        speckle: the garment's grain over the cloth's.
        tv: total variation of the picture.
        flags: ``noop``, ``flat``, ``speckled``, ``scrambled``, ``nonfinite``.
        texture: no score: what the garment's texture is alike by (``alike.texture_descriptor``).
    """

    ssim: float | None = None
    ssim_garment: float | None = None
    gmd: float | None = None
    gmd_image: float | None = None
    gmd_heldout: float | None = None
    motif: float | None = None
    relief: float | None = None
    speckle: float | None = None
    tv: float | None = None
    flags: tuple[str, ...] = ()
    texture: tuple[int, ...] = ()

    def without(self, *names: str, flags: Sequence[str] = ()) -> Scores:
        """Return the scores without some that say nothing of a design, and their flags."""
        left = tuple(flag for flag in self.flags if flag not in flags)
        nothing: dict[str, Any] = dict.fromkeys(names)
        return replace(self, **nothing, flags=left)


@torch.no_grad()
def score(
    picture: Tensor,
    content: Tensor | None,
    cloth: ClothFeatures,
    mask: Tensor | None,
    backbone: Backbone,
    *,
    ink: Tensor | None = None,
    most_px: int | None = None,
    repeat: Repeat | None = None,
) -> Scores:
    """Score a design with one forward pass over the picture.

    Without a mask (a recipe that paints the whole picture) the garment is the whole picture. A layer that
    the backbone lacks, or that is coarser than the picture, leaves the scores that need it None.

    Args:
        picture: ``(3, H, W)``, sRGB in [0, 1], on the backbone's device.
        content: ``(3, h, w)``, the photo; brought to the picture's size if it has another. None: there is
            none to look like, as of yardage.
        cloth: what ``cloth_features`` gave for the same backbone.
        mask: ``(H, W)`` in [0, 1], the garment with its soft edge; None: no garment was looked for.
        backbone: always VGG-16 in the engine, whatever the recipe optimised with, so that scores of all
            recipes can be compared.
        ink: ``(H, W)``, 1 where a drawn garment's lines lie: they are no cloth, and the garment's ``gmd``,
            ``gmd_heldout``, ``motif`` and ``speckle`` leave them out. What stays of the photo's form
            (``ssim``, ``relief``) is looked for everywhere. None: none.
        most_px: how many px it may look at at once; None: all.
        repeat: the picture is a tile, and how it meets copies of itself; None: it ends at its edge.
    """
    if not bool(torch.isfinite(picture).all()):
        return Scores(flags=(NONFINITE,))
    picture = picture.float()
    layers = scored_layers(backbone, *picture.shape[-2:])
    worn = mask if mask is None or ink is None else mask * (1 - ink.to(mask))
    weights = {} if worn is None else _garment_weights(worn, layers, backbone)
    seen = look(picture, weights, layers, backbone, most_px=most_px, repeat=repeat)
    grams = seen.grams if mask is None else seen.garment_grams
    inside, cloth_inside = (
        None if where is None else garment_weight(where.float()[None, None], 1)[0, 0]
        for where in (mask, worn)
    )
    photo = None if content is None else _at_size(content.float(), picture)
    similarity = None if photo is None else ssim_map(luma(picture), luma(photo))
    whole = None if similarity is None else mean_similarity(similarity, None)
    garment = None if similarity is None or mask is None else mean_similarity(similarity, mask)
    motif = None
    if seen.motifs is not None and cloth.motifs is not None:
        motif = motif_match(seen.motifs, cloth.motifs, weights.get(MOTIF_LAYER))
    grains = speckle(picture, cloth.grain, cloth_inside)
    return Scores(
        ssim=whole,
        ssim_garment=garment,
        gmd=gram_distance(grams, cloth.grams, GMD_LAYERS),
        gmd_image=gram_distance(seen.grams, cloth.grams, GMD_LAYERS),
        gmd_heldout=gram_distance(grams, cloth.grams, HELDOUT_LAYERS),
        motif=motif,
        relief=None if photo is None else relief(picture, photo, inside),
        speckle=grains,
        tv=variation(picture),
        flags=find_flags(
            similarity=whole if mask is None else garment,
            contrast=weighted_deviation(picture, inside),
            cloth_contrast=cloth.contrast,
            speckle=grains,
            motif=motif,
        ),
        texture=texture_descriptor(grams),
    )


def _garment_weights(mask: Tensor, layers: tuple[str, ...], backbone: Backbone) -> dict[str, Tensor]:
    """Return how much each position of each layer is garment, one map a stride: layers share theirs."""
    strides = {backbone.stride(layer) for layer in layers}
    by_stride = {stride: garment_weight(mask.float()[None, None], stride) for stride in strides}
    return {layer: by_stride[backbone.stride(layer)] for layer in layers}


def _at_size(content: Tensor, picture: Tensor) -> Tensor:
    if content.shape == picture.shape:
        return content
    size = (picture.shape[-2], picture.shape[-1])
    resized = nnf.interpolate(content[None], size=size, mode="bilinear", antialias=True, align_corners=False)
    return resized[0].clamp(0, 1)
