"""Residual transform networks of a few hundred weights, random and with cards: for tests only."""

from __future__ import annotations

import hashlib

import torch

from catalogs.models import write_model
from catalogs.storage import Storage
from configs.model_card import ModelCard, TrainedOn, Training
from nst_core.codec import decode
from nst_core.networks import KINDS, pixels_sha256, weights_bytes
from nst_core.networks.johnson import Johnson

ARCHITECTURE = {"width": 4, "blocks": 1}


def card_of(
    weights: bytes,
    style_id: str = "",
    *,
    model: str = "johnson",
    kind: str = "johnson",
    pixels: str | None = None,
    shared_sha256: str | None = None,
) -> ModelCard:
    return ModelCard(
        kind=kind,
        model=model,
        style_id=style_id,
        style_pixels_sha256=pixels,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        shared_sha256=shared_sha256,
        architecture=ARCHITECTURE,
        weights=max(1, len(weights) // 4),
        bytes=max(1, len(weights)),
        trained_on=TrainedOn(what="nothing, for a test", photos=0, held_out=0, sha256="0" * 64),
        training=Training(
            command="none",
            date="2026-11-22T10:00:00+00:00",
            device="cpu",
            torch=torch.__version__,
            steps=0,
            minutes=0,
            ended="steps",
            loss_first=1,
            loss_last=0.5,
            held_out_loss=0.75,
            settings={},
        ),
    )


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
    model = {"model": "johnson-many", "kind": "johnson-many"}
    write_model(storage, card_of(shared, **model), shared)
    for number, style_id in enumerate(style_ids, 1):
        own = weights_bytes(
            {name: number * one + 0.1 for name, one in tensors.items() if kind.of_style(name)}
        )
        card = card_of(own, style_id, shared_sha256=hashlib.sha256(shared).hexdigest(), **model)
        write_model(storage, card, own)


def put_johnson(storage: Storage, style_id: str, *, seed: int = 0, model: str = "johnson") -> ModelCard:
    """Write a network for a style of the storage's style catalog, as it is now; return its card."""
    rgb = decode(storage.read(f"style/{style_id}.png"), name=style_id).rgb
    weights = random_johnson(seed)
    card = card_of(weights, style_id, model=model, pixels=pixels_sha256(rgb))
    write_model(storage, card, weights)
    return card
