"""Residual transform networks of a few hundred weights, random and with cards: for tests only."""

from __future__ import annotations

import hashlib
from typing import Any

import torch

from catalogs.models import write_model
from catalogs.storage import Storage
from configs.model_card import ModelCard
from nst_core.codec import decode
from nst_core.networks import KINDS, pixels_sha256, weights_bytes
from nst_core.networks.johnson import Johnson
from tests import cards

ARCHITECTURE = {"width": 4, "blocks": 1}


def card_of(weights: bytes, style_id: str = "", *, kind: str = "johnson", **changes: Any) -> ModelCard:
    """The card of a file of these networks."""
    return cards.card_of(kind, weights, style_id, architecture=ARCHITECTURE, **changes)


def random_johnson(seed: int = 0) -> bytes:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return weights_bytes(Johnson(**ARCHITECTURE).state_dict())


def put_many(storage: Storage, *style_ids: str) -> None:
    """Write a network of many styles: a shared file, and for each style its own."""
    kind = KINDS["johnson-many"]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tensors = kind.build(ARCHITECTURE).state_dict()
    shared = weights_bytes({name: one for name, one in tensors.items() if not kind.of_style(name)})
    write_model(storage, card_of(shared, kind="johnson-many"), shared)
    for number, style_id in enumerate(style_ids, 1):
        own = weights_bytes(
            {name: number * one + 0.1 for name, one in tensors.items() if kind.of_style(name)}
        )
        card = card_of(own, style_id, kind="johnson-many", shared_sha256=hashlib.sha256(shared).hexdigest())
        write_model(storage, card, own)


def put_johnson(storage: Storage, style_id: str, *, seed: int = 0, model: str = "johnson") -> ModelCard:
    """Write a network for a style of the storage's style catalog, as it is now; return its card."""
    rgb = decode(storage.read(f"style/{style_id}.png"), name=style_id).rgb
    weights = random_johnson(seed)
    card = card_of(weights, style_id, model=model, style_pixels_sha256=pixels_sha256(rgb))
    write_model(storage, card, weights)
    return card
