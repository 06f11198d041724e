"""Prepared designs through a trained network: each style's network sees its designs of a batch together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from configs.network import NetworkPart
from nst_core.batches import contents, laid_in_box, light, masks, region_masks, style_shares
from nst_core.design import Prepared
from nst_core.errors import EngineError, NetworkRefused, NetworkUntrained, NonFinite
from nst_core.networks import KINDS, LoadedNetwork, NetworkFiles, Several, Shown
from nst_core.planes import to_planes
from nst_core.sight import Sight


def in_one_pass(
    batch: Sequence[Prepared], part: NetworkPart, backbone: str, sight: Sight
) -> list[Tensor | EngineError]:
    """Return what a network makes of each design's picture or cloth, ``(3, h, w)``, or why there is nothing.

    Args:
        batch: designs of one size.
        part: which network, and what it is shown.
        backbone: the recipe's, by name.
        sight: where networks are kept.
    """
    members: dict[Hashable, list[int]] = {}
    for place, one in enumerate(batch):
        members.setdefault((None if one.network is None else one.network.key, one.style_key), []).append(
            place
        )
    painted: dict[int, Tensor | EngineError] = {}
    for places in members.values():
        alike = [batch[place] for place in places]
        try:
            made: Sequence[Tensor | EngineError] = _of_one_style(alike, part, backbone, sight)
        except EngineError as error:
            made = [error] * len(alike)
        painted |= dict(zip(places, made, strict=True))
    return [painted[place] for place in range(len(batch))]


def _of_one_style(
    alike: Sequence[Prepared], part: NetworkPart, backbone: str, sight: Sight
) -> list[Tensor | EngineError]:
    first = alike[0]
    files = _files(first, part)
    loaded = sight.network(files.of_each_style[0], part.kind)
    shading, mask = light(alike), masks(alike)
    shown = Shown(
        picture=(contents(alike) if part.sees == "photo" else laid_in_box(alike)).to(sight.device),
        style=to_planes(first.style)[None].to(sight.device),
        backbone=sight.backbone(backbone),
        style_share=part.style_share,
        shading=None if shading is None else shading.to(sight.device),
        mask=None if mask is None else mask.to(sight.device),
        repeat=first.repeat,
        several=_several(alike, files, part, sight) if part.pieces.style else None,
    )
    with torch.inference_mode():
        pictures = _painted(loaded, shown, alike)
    finite = pictures.flatten(1).sum(1).isfinite().tolist()
    return [
        picture if is_finite else _left_the_numbers(part)
        for picture, is_finite in zip(pictures, finite, strict=True)
    ]


def _painted(loaded: LoadedNetwork, shown: Shown, alike: Sequence[Prepared]) -> Tensor:
    """Return pictures ``(B, 3, h, w)``; for a kind that goes region by region, put together of each."""
    if not (loaded.kind.region_by_region and alike[0].regions):
        return loaded.kind.paint(loaded.module, shown)
    pictures = torch.zeros_like(shown.picture)
    for place, region in enumerate(alike[0].regions):
        here = region_masks(alike, place).to(shown.picture.device)
        seen = replace(
            shown,
            style=to_planes(region.style)[None].to(shown.picture.device),
            mask=here if shown.mask is None else here * shown.mask,
        )
        pictures += here * loaded.kind.paint(loaded.module, seen)
    return pictures


def _several(
    alike: Sequence[Prepared], files: NetworkFiles, part: NetworkPart, sight: Sight
) -> Several | None:
    """Return the networks of designs of several styles, each with its own of a style; None: one style."""
    first, shares = alike[0], style_shares(alike)
    if shares is None:
        return None
    if not KINDS[part.kind].mixes_styles:
        raise NetworkRefused(
            f"a network of kind {part.kind} knows one style, and design {first.design_id} has several; paint "
            f"it with a recipe that optimises",
            code="network_one_style",
        )
    if len(files.of_each_style) != shares.shape[1]:
        raise NetworkUntrained(
            f"design {first.design_id} has {shares.shape[1]} styles, and of {part.model_name!r} it brings "
            f"the files of {len(files.of_each_style)}; `toile train` makes one a style",
            model=part.model_name,
        )
    networks = [sight.network(one, part.kind).module for one in files.of_each_style]
    return Several(networks, shares.to(sight.device))


def _files(one: Prepared, part: NetworkPart) -> NetworkFiles:
    if one.network is None:
        raise NetworkUntrained(
            f"design {one.design_id} was prepared without the network {part.model_name!r}: prepare it with "
            f"the recipe that paints it"
        )
    return one.network


def _left_the_numbers(part: NetworkPart) -> NonFinite:
    return NonFinite(
        f"the network {part.model_name!r} gave no real numbers (NaN or infinite) and this design was "
        f"dropped; train it again, or paint the design with a recipe that optimises"
    )
