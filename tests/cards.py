"""Model cards of networks that nobody trained, for tests only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import torch

from configs.model_card import ModelCard, TrainedOn, Training


def card_of(
    kind: str, weights: bytes, style_id: str = "", *, architecture: Mapping[str, Any], **changes: Any
) -> ModelCard:
    """The card of a file's bytes; ``changes`` go before what they would say."""
    values = {
        "kind": kind,
        "model": kind,
        "style_id": style_id,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "architecture": dict(architecture),
        "weights": max(1, len(weights) // 4),
        "bytes": max(1, len(weights)),
        "trained_on": TrainedOn(what="nothing, for a test", photos=0, held_out=0, sha256="0" * 64),
        "training": Training(
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
        **changes,
    }
    return ModelCard(**values)
