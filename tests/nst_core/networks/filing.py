"""Networks as files with cards, for tests only."""

from __future__ import annotations

from typing import Any

from torch import nn

from configs.model_card import ModelCard, card_text
from configs.network import PIECES, TrainPart
from nst_core.networks import KINDS, NetworkFiles, WeightsFile, weights_bytes
from tests import cards

from .showing import beside, built

WIDTH_SHARE = 0.125


def card_of(kind: str, weights: bytes, style_id: str = "", **changes: Any) -> ModelCard:
    """The card of a narrow network's file."""
    architecture = KINDS[kind].architecture(TrainPart(width_share=WIDTH_SHARE))
    return cards.card_of(kind, weights, style_id, **{"architecture": architecture, **changes})


def file_of(kind: str, weights: bytes, style_id: str = "", **changes: Any) -> WeightsFile:
    card = card_text(card_of(kind, weights, style_id, **changes))
    name = "/".join(filter(None, ("models", kind, style_id, "weights.safetensors")))
    return WeightsFile(weights, card, name)


def network(kind: str, *, seed: int = 0) -> Any:
    return built(kind, seed=seed, width_share=WIDTH_SHARE)


def files_of(kind: str, module: nn.Module, *others: nn.Module) -> NetworkFiles:
    """A network's files; ``others`` are those of further styles, with the same shared tensors."""
    shared = None
    if PIECES[kind].shared:
        tensors = {n: one for n, one in module.state_dict().items() if not KINDS[kind].of_style(n)}
        shared = file_of(kind, weights_bytes(tensors))
    beside_sha256 = None if shared is None else shared.sha256
    own = []
    for place, one in enumerate((module, *others)):
        tensors = {n: values for n, values in one.state_dict().items() if KINDS[kind].of_style(n)}
        own.append(file_of(kind, weights_bytes(tensors), f"style-{place}", shared_sha256=beside_sha256))
    return NetworkFiles(shared, own[0], tuple(own[1:]))


def further(kind: str, module: nn.Module, *, seed: int) -> Any:
    return beside(kind, module, seed=seed, width_share=WIDTH_SHARE)
